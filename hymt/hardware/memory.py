"""Memory in plain sight: one reading of GPU and RAM, and a background monitor that keeps the last minutes."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import asdict, dataclass

import psutil

from hymt.hardware.devices import CUDA_CONTEXT, Device

GIB = 2**30


@dataclass(frozen=True)
class MemoryReading:
    """Bytes at one moment. `gpu_*` is the device's card as the driver (NVML) sees it; `torch_*` this process's share.

    `gpu_process` is about what this process takes of the card, its CUDA context included; `gpu_limit` what it may
    take, None for all. A model may be spread: `torch_*` counts all GPUs. Without a GPU all of these are None.
    """

    time: float
    device: str
    process_ram: int
    system_ram_used: int
    system_ram_total: int
    gpu_used: int | None = None
    gpu_free: int | None = None
    gpu_total: int | None = None
    gpu_process: int | None = None
    gpu_limit: int | None = None
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
    """Reads the memory of one device and of this process. `device` may be replaced by the same with another limit."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._process = psutil.Process()
        self._nvml: dict[int, object] = {}  # handles by torch's index of the GPU

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

    def free(self, device: Device | None = None) -> int:
        """Bytes that a model could still take on the device, within its limit.

        It counts what torch holds but does not use. Under a limit it counts the CUDA context too: the plan takes
        that off.
        """
        device = device or self.device
        return self.ram() if device.kind != "cuda" else self.free_by_gpu(device)[device.index]

    def free_by_gpu(self, device: Device | None = None) -> tuple[int, ...]:
        """The same for every GPU that torch sees, each with the device's limit."""
        import torch

        limit = (device or self.device).memory_limit
        free = []
        for index, allocated in enumerate(self.allocated()):
            unused = torch.cuda.memory_reserved(index) - allocated
            available = self._card(index)[1] + unused
            free.append(available if limit is None else min(available, limit - allocated))
        return tuple(free)

    def allocated(self) -> tuple[int, ...]:
        """Bytes of this process's tensors on each GPU; nothing for a CPU, where no one keeps such an account."""
        if self.device.kind != "cuda":
            return ()
        import torch

        return tuple(torch.cuda.memory_allocated(index) for index in range(torch.cuda.device_count()))

    def ram(self) -> int:
        """Bytes of RAM that programs could still take without swapping."""
        return psutil.virtual_memory().available

    def total(self) -> int:
        """All bytes of the device's memory that this process may take."""
        if self.device.kind != "cuda":
            return psutil.virtual_memory().total
        card = self._card(self.device.index)[2]
        return card if self.device.memory_limit is None else min(card, self.device.memory_limit)

    def _read_gpu(self) -> dict[str, int | None]:
        import torch

        gpus = range(torch.cuda.device_count())
        used, free, total = self._card(self.device.index)
        return {
            "gpu_used": used,
            "gpu_free": free,
            "gpu_total": total,
            "gpu_process": torch.cuda.memory_reserved(self.device.index) + CUDA_CONTEXT,
            "gpu_limit": self.device.memory_limit,
            "torch_allocated": sum(self.allocated()),
            "torch_reserved": sum(map(torch.cuda.memory_reserved, gpus)),
            "torch_peak": sum(map(torch.cuda.max_memory_allocated, gpus)),
        }

    def _card(self, index: int) -> tuple[int, int, int]:
        """Bytes of a GPU that are used (by anyone), free, and there at all."""
        if index not in self._nvml:
            self._nvml[index] = _nvml_handle(index)
        if handle := self._nvml[index]:
            import pynvml

            info = pynvml.nvmlDeviceGetMemoryInfo(handle)
            return int(info.used), int(info.free), int(info.total)
        import torch

        free, total = torch.cuda.mem_get_info(index)
        return total - free, free, total


def _nvml_handle(index: int):
    """NVML's handle of torch's GPU, found by its UUID: CUDA_VISIBLE_DEVICES may have renumbered it."""
    import pynvml
    import torch

    try:
        pynvml.nvmlInit()
        uuid = f"GPU-{torch.cuda.get_device_properties(index).uuid}"
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
