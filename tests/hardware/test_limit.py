"""A limit on the memory of a GPU: what is a limit, how it is enforced, what is free within it."""

from __future__ import annotations

import os

import pytest

from hymt.errors import UserError
from hymt.hardware.devices import CUDA_CONTEXT, Device, detect_device
from hymt.hardware.limit import enforce, limited, parse_gib
from hymt.hardware.memory import MemoryReader
from tests.hardware.stand_in import GIB, GPU, Cards

CPU = Device("cpu", "a processor", "for a test")


@pytest.fixture
def card(monkeypatch):
    return Cards(80 * GIB).install(monkeypatch)


@pytest.mark.parametrize("text", ["0", "-1", "eight", "", "nan", "inf", "8 GiB"])
def test_what_is_no_limit(text):
    with pytest.raises(UserError, match="number of GiB above 0"):
        parse_gib(text)


def test_a_limit_belongs_to_the_device(card):
    device = limited(GPU, parse_gib("7.5"))
    assert device.memory_limit == 7.5 * GIB and device.torch_name == GPU.torch_name
    assert limited(device, 0) == GPU


def test_more_than_the_card_has_is_the_card(card, caplog):
    assert limited(GPU, 200).memory_limit == 80 * GIB
    assert "80.00 GiB" in caplog.text


def test_a_limit_that_cannot_be(card):
    with pytest.raises(UserError, match="NVIDIA GPUs"):
        limited(CPU, 8)
    with pytest.raises(UserError, match="too low"):
        limited(GPU, 0.25)
    with pytest.raises(UserError, match="above 0"):
        limited(GPU, -8)


def test_the_allocator_gets_what_the_context_leaves(card):
    enforce(limited(GPU, 8))
    assert card.shares[0] * 80 * GIB == pytest.approx(8 * GIB - CUDA_CONTEXT)
    enforce(GPU)
    assert card.shares == {0: 1.0}
    enforce(CPU)


def test_free_is_what_is_left_of_the_limit(card):
    reader = MemoryReader(limited(GPU, 8))
    assert (reader.free(), reader.total()) == (8 * GIB, 8 * GIB)
    card.own[0], card.cached[0] = 3 * GIB, 1 * GIB
    assert reader.free() == 5 * GIB
    assert reader.free(GPU) == 77 * GIB  # without the limit; what torch caches is free
    reading = reader.read()
    assert (reading.gpu_limit, reading.gpu_process) == (8 * GIB, 4 * GIB + CUDA_CONTEXT)
    assert (reading.gpu_total, reading.gpu_used) == (80 * GIB, 4 * GIB)


def test_others_on_the_card_count_before_the_limit(card):
    card.others[0] = 75 * GIB
    assert MemoryReader(limited(GPU, 8)).free() == 5 * GIB


def test_every_gpu_has_its_own_account(monkeypatch):
    cards = Cards(24 * GIB, 16 * GIB).install(monkeypatch)
    cards.own, cards.others = [2 * GIB, 1 * GIB], [0, 4 * GIB]
    reader = MemoryReader(GPU)
    assert reader.free_by_gpu() == (22 * GIB, 11 * GIB)
    assert reader.free_by_gpu(limited(GPU, 8)) == (6 * GIB, 7 * GIB)
    assert reader.read().torch_allocated == 3 * GIB and reader.allocated() == (2 * GIB, 1 * GIB)


def test_a_processor_keeps_no_account_of_gpus():
    reader = MemoryReader(CPU)
    assert reader.allocated() == () and 0 < reader.free() < reader.total()
    assert reader.read().gpu_limit is None


# -- on a real card ------------------------------------------------------------------------------------


@pytest.fixture
def gpu():
    """The machine's GPU, held to 1.5 GiB more than what is taken (2 GiB in a fresh process); afterwards to nothing."""
    import torch

    torch.cuda.empty_cache()
    device = limited(detect_device(), (torch.cuda.memory_reserved() + CUDA_CONTEXT) / GIB + 1.5)
    enforce(device)
    yield device
    enforce(detect_device())
    torch.cuda.empty_cache()


def driver_bytes(index: int) -> int | None:
    """What NVML says that this process takes; None where a container hides who is who."""
    import pynvml

    from hymt.hardware.memory import _nvml_handle

    processes = pynvml.nvmlDeviceGetComputeRunningProcesses(_nvml_handle(index))
    mine = [process for process in processes if process.pid == os.getpid()] or processes
    return mine[0].usedGpuMemory if len(mine) == 1 else None


@pytest.mark.cuda
def test_torch_refuses_what_is_over_the_limit(gpu):
    import torch

    blocks = []
    with pytest.raises(torch.cuda.OutOfMemoryError):
        while True:
            blocks.append(torch.zeros(64 * 2**20, dtype=torch.uint8, device=gpu.torch_name))
    assert torch.cuda.memory_reserved(gpu.index) <= gpu.memory_limit - CUDA_CONTEXT
    assert torch.cuda.memory_reserved(gpu.index) > gpu.memory_limit - CUDA_CONTEXT - 128 * 2**20


@pytest.mark.cuda
def test_the_driver_sees_this_process_under_the_limit(gpu):
    import torch

    left = gpu.memory_limit - CUDA_CONTEXT - torch.cuda.memory_reserved(gpu.index)
    block = torch.ones(left - 2**21, dtype=torch.uint8, device=gpu.torch_name)
    torch.cuda.synchronize()
    seen = driver_bytes(gpu.index)
    if seen is None:
        pytest.skip("NVML does not tell which process is this one")
    assert block.nbytes < seen <= gpu.memory_limit


@pytest.mark.cuda
def test_a_lifted_limit_is_lifted(gpu):
    import torch

    enforce(limited(gpu, 0))
    assert torch.zeros(3 * GIB, dtype=torch.uint8, device=gpu.torch_name).nbytes == 3 * GIB
