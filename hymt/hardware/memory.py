"""Memory in plain sight: one reading of GPU and RAM, of this process or of the whole machine."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

import psutil

from hymt.errors import Listing, Sentence, UserError
from hymt.hardware.devices import CUDA_CONTEXT, Device, cpu_name

GIB = 2**30
FIGURES = ("gpu_used", "torch_allocated", "torch_reserved", "process_ram", "system_ram_used")


@dataclass(frozen=True)
class MemoryReading:
    """Bytes at one moment. `gpu_*` is the device's card as the driver (NVML) sees it; `torch_*` this process's share.

    `gpu_process` is about what this process takes of the card, its CUDA context included; `gpu_limit` what it may
    take, None for all. A model may be spread: `torch_*` counts all GPUs. Without a GPU all of these are None.
    `torch_peak` is the most that was allocated since the counter was last reset, which the model's manager does when
    it gives memory back. A reading of the whole machine has nothing of this process: `process_ram` is None too.
    """

    time: float
    device: str
    process_ram: int | None
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
        """What this process takes of the memory that its model lives in: 0 in a reading of the whole machine."""
        return (self.process_ram or 0) if self.torch_allocated is None else self.torch_allocated

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
        own = self._process.memory_info().rss
        reading = MemoryReading(time.time(), self.device.name, own, ram.total - ram.available, ram.total)
        return self._with_gpu(reading) if self.device.kind == "cuda" else reading

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

    def _with_gpu(self, reading: MemoryReading) -> MemoryReading:
        import torch

        gpus = range(torch.cuda.device_count())
        used, free, total = self._card(self.device.index)
        return replace(
            reading,
            gpu_used=used,
            gpu_free=free,
            gpu_total=total,
            gpu_process=torch.cuda.memory_reserved(self.device.index) + CUDA_CONTEXT,
            gpu_limit=self.device.memory_limit,
            torch_allocated=sum(self.allocated()),
            torch_reserved=sum(map(torch.cuda.memory_reserved, gpus)),
            torch_peak=sum(map(torch.cuda.max_memory_allocated, gpus)),
        )

    def _card(self, index: int) -> tuple[int, int, int]:
        """Bytes of a GPU that are used (by anyone), free, and there at all."""
        if index not in self._nvml:
            self._nvml[index] = _nvml_handle(index)
        if handle := self._nvml[index]:
            return _driver_memory(handle)
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


class MachineReader:
    """Reads the memory of the whole machine, whoever takes it: of its NVIDIA GPU number `gpu`, or of all together.

    The driver (NVML) alone is asked, by its own numbers: torch would take the memory of a CUDA context to answer.
    A GPU whose memory NVML does not tell counts as none. Raises UserError for a GPU that the driver does not show.
    """

    def __init__(self, gpu: int | None = None) -> None:
        cards = _cards_that_answer()
        if gpu is not None and gpu not in cards:
            raise UserError("no_such_gpu", gpu=gpu, known=Listing(cards) if cards else Sentence("none"))
        chosen = cards.values() if gpu is None else [cards[gpu]]
        names = Counter(name for _, name in chosen)
        self._handles = [handle for handle, _ in chosen]
        self.device = " + ".join(f"{n} × {name}" if n > 1 else name for name, n in names.items()) or cpu_name()

    def read(self) -> MemoryReading:
        ram = psutil.virtual_memory()
        reading = MemoryReading(time.time(), self.device, None, ram.total - ram.available, ram.total)
        if not self._handles:
            return reading
        used, free, total = map(sum, zip(*map(_driver_memory, self._handles), strict=True))
        return replace(reading, gpu_used=used, gpu_free=free, gpu_total=total)


def _cards_that_answer() -> dict[int, tuple[object, str]]:
    """NVML's handle and name of each GPU by the driver's number."""
    import pynvml

    cards: dict[int, tuple[object, str]] = {}
    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
    except pynvml.NVMLError:
        return cards  # no driver, or a container that hides it
    for number in range(count):
        with suppress(pynvml.NVMLError):
            handle = pynvml.nvmlDeviceGetHandleByIndex(number)
            _driver_memory(handle)
            cards[number] = handle, str(pynvml.nvmlDeviceGetName(handle))
    return cards


def _driver_memory(handle) -> tuple[int, int, int]:
    """Bytes of a GPU that are used, free, and there at all, as NVML counts them."""
    import pynvml

    info = pynvml.nvmlDeviceGetMemoryInfo(handle)
    return int(info.used), int(info.free), int(info.total)


def figures(history: Sequence[MemoryReading]) -> dict[str, list[int]]:
    """The readings' bytes by the name of the figure, of those that the machine has."""
    values = {name: [getattr(reading, name) for reading in history] for name in FIGURES}
    return {name: counts for name, counts in values.items() if None not in counts}


def show_bytes(count: float) -> str:
    """12345678 → "11.8 MiB"."""
    for unit in ("B", "KiB", "MiB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.2f} GiB"
