"""Memory in plain sight: one reading of GPU and RAM, and a background monitor that keeps the last minutes."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import asdict, dataclass

import psutil

from hymt.hardware.devices import Device

GIB = 2**30


@dataclass(frozen=True)
class MemoryReading:
    """Bytes at one moment. `gpu_*` is the whole card as the driver (NVML) sees it; `torch_*` this process's share.

    On a machine without a GPU those are None.
    """

    time: float
    device: str
    process_ram: int
    system_ram_used: int
    system_ram_total: int
    gpu_used: int | None = None
    gpu_free: int | None = None
    gpu_total: int | None = None
    torch_allocated: int | None = None
    torch_reserved: int | None = None
    torch_peak: int | None = None

    @property
    def used(self) -> int:
        """What this process takes of the memory that its model lives in."""
        return self.process_ram if self.torch_allocated is None else self.torch_allocated

    def as_dict(self) -> dict:
        return asdict(self)


class MemoryReader:
    """Reads the memory of one device and of this process."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._process = psutil.Process()
        self._nvml = _nvml_handle(device) if device.kind == "cuda" else None

    def read(self) -> MemoryReading:
        ram = psutil.virtual_memory()
        reading = {
            "time": time.time(),
            "device": self.device.name,
            "process_ram": self._process.memory_info().rss,
            "system_ram_used": ram.total - ram.available,
            "system_ram_total": ram.total,
        }
        if self.device.kind == "cuda":
            reading |= self._read_gpu()
        return MemoryReading(**reading)

    def free(self) -> int:
        """Bytes that a model could still take on the device, counting what torch holds but does not use."""
        if self.device.kind != "cuda":
            return psutil.virtual_memory().available
        gpu = self._read_gpu()
        return gpu["gpu_free"] + gpu["torch_reserved"] - gpu["torch_allocated"]

    def total(self) -> int:
        """All bytes of the device's memory."""
        return psutil.virtual_memory().total if self.device.kind != "cuda" else self._read_gpu()["gpu_total"]

    def _read_gpu(self) -> dict[str, int]:
        import torch

        index = self.device.index
        if self._nvml is not None:
            import pynvml

            info = pynvml.nvmlDeviceGetMemoryInfo(self._nvml)
            used, free, total = int(info.used), int(info.free), int(info.total)
        else:
            free, total = torch.cuda.mem_get_info(index)
            used = total - free
        return {
            "gpu_used": used,
            "gpu_free": free,
            "gpu_total": total,
            "torch_allocated": torch.cuda.memory_allocated(index),
            "torch_reserved": torch.cuda.memory_reserved(index),
            "torch_peak": torch.cuda.max_memory_allocated(index),
        }


def _nvml_handle(device: Device):
    """NVML's handle of torch's device, found by its UUID: CUDA_VISIBLE_DEVICES may have renumbered it."""
    import pynvml
    import torch

    try:
        pynvml.nvmlInit()
        uuid = f"GPU-{torch.cuda.get_device_properties(device.index).uuid}"
        return pynvml.nvmlDeviceGetHandleByUUID(uuid)
    except pynvml.NVMLError:
        return None  # a container may hide NVML; torch's own figures remain


class MemoryMonitor:
    """Samples a reader in the background into a ring buffer, once for all who watch."""

    def __init__(self, reader: MemoryReader, interval: float = 1.0, keep: int = 300) -> None:
        self.reader, self.interval = reader, interval
        self._history: deque[MemoryReading] = deque(maxlen=keep)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> MemoryMonitor:
        if self._thread is None:
            self._history.append(self.reader.read())
            self._thread = threading.Thread(target=self._run, name="hymt-memory", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self.interval):
            self._history.append(self.reader.read())

    def history(self) -> list[MemoryReading]:
        """The readings kept, oldest first."""
        return list(self._history)

    def latest(self) -> MemoryReading:
        return self._history[-1] if self._history else self.reader.read()


def show_bytes(count: float) -> str:
    """12345678 → "11.8 MiB"."""
    for unit in ("B", "KiB", "MiB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.2f} GiB"
