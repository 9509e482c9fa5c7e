from __future__ import annotations

import mmap
from types import SimpleNamespace

import pynvml
import pytest

from hymt.errors import UserError
from hymt.hardware.devices import Device, cpu_name, detect_device
from hymt.hardware.memory import MachineReader, MemoryReader, show_bytes

CPU = Device("cpu", cpu_name(), "for a test")
GIB = 2**30


@pytest.fixture
def driver(monkeypatch):
    """An NVIDIA driver with cards of a name, bytes used and bytes in all; without cards there is no driver."""

    def install(*cards):
        def begin():
            if not cards:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

        def memory(number):
            _, used, total = cards[number]
            if used is None:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
            return SimpleNamespace(used=used, free=total - used, total=total)

        for name, answer in {
            "nvmlInit": begin,
            "nvmlDeviceGetCount": lambda: len(cards),
            "nvmlDeviceGetHandleByIndex": lambda number: number,
            "nvmlDeviceGetName": lambda number: cards[number][0],
            "nvmlDeviceGetMemoryInfo": memory,
        }.items():
            monkeypatch.setattr(pynvml, name, answer)

    return install


def test_a_reading_on_the_cpu():
    reading = MemoryReader(CPU).read()
    assert 0 < reading.process_ram < reading.system_ram_used < reading.system_ram_total
    assert reading.gpu_total is None and reading.used == reading.process_ram
    assert reading.device == CPU.name and reading.as_dict()["process_ram"] == reading.process_ram


def test_it_sees_what_is_allocated():
    reader = MemoryReader(CPU)
    before = reader.read().process_ram
    with mmap.mmap(-1, 64 * 2**20) as block:  # pages of its own: the heap may have room enough
        block[::4096] = b"x" * len(block[::4096])
        assert reader.read().process_ram - before > 50 * 2**20


def test_the_machine_without_a_gpu(driver):
    driver()
    reading = MachineReader().read()
    assert reading.device == cpu_name() and reading.gpu_total is None and reading.process_ram is None
    assert 0 < reading.system_ram_used < reading.system_ram_total
    with pytest.raises(UserError, match="no GPU 0: the driver shows none"):
        MachineReader(0)


def test_the_machines_gpus_are_counted_together(driver):
    driver(("Card A", 3 * GIB, 24 * GIB), ("Card B", GIB, 8 * GIB), ("Card A", GIB, 24 * GIB))
    reading = MachineReader().read()
    assert reading.device == "2 × Card A + Card B"
    assert (reading.gpu_used, reading.gpu_free, reading.gpu_total) == (5 * GIB, 51 * GIB, 56 * GIB)


def test_one_of_the_machines_gpus(driver):
    driver(("Card A", 3 * GIB, 24 * GIB), ("Card B", GIB, 8 * GIB))
    reading = MachineReader(1).read()
    assert (reading.device, reading.gpu_used, reading.gpu_total) == ("Card B", GIB, 8 * GIB)
    with pytest.raises(UserError, match="no GPU 2: the driver shows 0, 1"):
        MachineReader(2)


def test_a_gpu_that_does_not_tell_its_memory_counts_as_none(driver):
    driver(("Card A", 3 * GIB, 24 * GIB), ("Shared", None, None))
    assert MachineReader().device == "Card A"
    with pytest.raises(UserError, match="the driver shows 0"):
        MachineReader(1)


@pytest.mark.parametrize(
    ("count", "shown"), [(5, "5 B"), (2048, "2.0 KiB"), (12345678, "11.8 MiB"), (15 * 2**30, "15.00 GiB")]
)
def test_bytes_for_people(count, shown):
    assert show_bytes(count) == shown


def test_the_device_comes_with_its_reason():
    device = detect_device()
    assert device.name and device.reason and device.kind in ("cpu", "cuda")


@pytest.mark.cuda
def test_a_reading_on_a_gpu():
    import torch

    reader = MemoryReader(detect_device())
    before = reader.read()
    block = torch.zeros(256 * 2**20, dtype=torch.uint8, device="cuda")
    after = reader.read()
    assert after.torch_allocated - before.torch_allocated == block.nbytes
    assert after.gpu_used > before.gpu_used or before.torch_reserved >= block.nbytes
    assert after.gpu_used + after.gpu_free <= after.gpu_total * 1.01


@pytest.mark.cuda
def test_the_machine_with_a_gpu():
    reading = MachineReader().read()
    assert 0 < reading.gpu_used < reading.gpu_total and reading.device.endswith(detect_device().name)
