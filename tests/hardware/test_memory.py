from __future__ import annotations

import time

import pytest

from hymt.hardware.devices import Device, cpu_name, detect
from hymt.hardware.memory import MemoryMonitor, MemoryReader, show_bytes

CPU = Device("cpu", cpu_name(), "for a test")


def test_a_reading_on_the_cpu():
    reading = MemoryReader(CPU).read()
    assert 0 < reading.process_ram < reading.system_ram_used < reading.system_ram_total
    assert reading.gpu_total is None and reading.used == reading.process_ram
    assert reading.device == CPU.name and reading.as_dict()["process_ram"] == reading.process_ram


def test_it_sees_what_is_allocated():
    reader = MemoryReader(CPU)
    before = reader.read().process_ram
    block = bytearray(64 * 2**20)
    block[::4096] = b"x" * len(block[::4096])
    assert reader.read().process_ram - before > 50 * 2**20
    del block


def test_the_monitor_keeps_the_last_readings():
    monitor = MemoryMonitor(MemoryReader(CPU), interval=0.01, keep=5).start()
    deadline = time.monotonic() + 30
    first = monitor.history()[0]
    while monitor.history()[0].time == first.time and time.monotonic() < deadline:
        time.sleep(0.02)
    monitor.stop()
    history = monitor.history()
    assert len(history) == 5 and [r.time for r in history] == sorted(r.time for r in history)
    assert history[0].time > first.time


@pytest.mark.parametrize(
    ("count", "shown"), [(5, "5 B"), (2048, "2.0 KiB"), (12345678, "11.8 MiB"), (15 * 2**30, "15.00 GiB")]
)
def test_bytes_for_people(count, shown):
    assert show_bytes(count) == shown


def test_the_device_comes_with_its_reason():
    device = detect()
    assert device.name and device.reason and device.kind in ("cpu", "cuda")


@pytest.mark.cuda
def test_a_reading_on_a_gpu():
    import torch

    reader = MemoryReader(detect())
    before = reader.read()
    block = torch.zeros(256 * 2**20, dtype=torch.uint8, device="cuda")
    after = reader.read()
    assert after.torch_allocated - before.torch_allocated == block.nbytes
    assert after.gpu_used > before.gpu_used or before.torch_reserved >= block.nbytes
    assert after.gpu_used + after.gpu_free <= after.gpu_total * 1.01
