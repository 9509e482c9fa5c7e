"""The most memory that training took: torch's own count on a GPU, the system's of this process on a CPU."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hymt.hardware.devices import CUDA_CONTEXT, Device
from hymt.hardware.memory import show_bytes

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass(frozen=True)
class Peak:
    """Bytes. `allocated` and `reserved` are torch's on a GPU, `process` with the CUDA context; on a CPU the process's
    resident memory is all there is."""

    process: int
    allocated: int | None = None
    reserved: int | None = None

    def __str__(self) -> str:
        if self.allocated is None or self.reserved is None:
            return f"{show_bytes(self.process)} of RAM"
        return f"{show_bytes(self.allocated)} allocated, {show_bytes(self.reserved)} reserved by torch"


def reset_peak(device: Device) -> None:
    """Count from now on."""
    if device.kind == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats(device.index)
        return
    with suppress(OSError):
        CLEAR.write_text("5")  # Linux's way to begin the resident set's peak anew


def read_peak(device: Device) -> Peak:
    """The most since the last `reset_peak`, or since the process began where the system cannot reset it."""
    if device.kind == "cuda":
        import torch

        reserved = torch.cuda.max_memory_reserved(device.index)
        return Peak(reserved + CUDA_CONTEXT, torch.cuda.max_memory_allocated(device.index), reserved)
    with suppress(OSError, StopIteration):
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return Peak(int(line.split()[1]) * 1024)
    import resource  # not on Windows

    return Peak(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
