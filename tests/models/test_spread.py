"""Loading weights over several devices: what accelerate makes of a budget, and what is refused."""

from __future__ import annotations

import pytest
import torch

from hymt.errors import UserError
from hymt.hardware.devices import Device, detect_device
from hymt.models import loading
from hymt.models.precision import PRECISIONS
from tests.conftest import MINI

CPU = Device("cpu", "a processor", "for a test")
GIB, MIB = 2**30, 2**20


def load(precision: str, max_memory: dict, fractions: list | None = None, device: Device = CPU):
    on_fraction = (lambda fraction: None) if fractions is None else fractions.append
    return loading.load_spread(MINI, PRECISIONS[precision], device, max_memory, on_fraction)


def test_one_place_holds_it_all():
    fractions, budget = [], {"cpu": 8 * GIB}
    spread = load("fp32", budget, fractions)
    assert fractions[-1] == 1 and budget == {"cpu": 8 * GIB}
    ids = torch.arange(40)[None]
    whole = loading.load(MINI, PRECISIONS["fp32"], CPU, lambda fraction: None)
    with torch.inference_mode():
        assert torch.equal(spread(ids).logits, whole(ids).logits)
    assert loading.held_bytes(spread) == loading.held_bytes(whole)


@pytest.mark.parametrize("precision", ["fp32", "int8", "nf4"])
def test_the_disk_is_refused(precision):
    with pytest.raises(UserError, match="do not fit"):
        load(precision, {"cpu": 10 * MIB})


@pytest.mark.parametrize("precision", ["int8", "nf4"])
def test_quantised_weights_partly_in_ram_are_refused(precision):
    with pytest.raises(UserError, match="partly in RAM"):
        load(precision, {0: GIB, "cpu": 8 * GIB})


def test_every_gpu_is_held_to_the_limit(monkeypatch):
    held = []
    monkeypatch.setattr(loading, "enforce", lambda device, index: held.append(index))
    monkeypatch.setattr(
        "transformers.AutoModelForCausalLM.from_pretrained", lambda *args, **kwargs: torch.nn.Identity()
    )
    load("fp16", {0: GIB, 2: GIB, "cpu": GIB})
    assert held == [0, 2]


@pytest.mark.cuda
def test_a_gpu_and_ram_compute_the_same():
    ids = torch.arange(40, device="cuda")[None]
    whole = loading.load(MINI, PRECISIONS["fp32"], detect_device(), lambda fraction: None)
    spread = load("fp32", {detect_device().index: 72 * MIB, "cpu": 8 * GIB}, device=detect_device())
    assert {"cpu", detect_device().index} <= set(spread.hf_device_map.values())
    with torch.inference_mode():
        torch.testing.assert_close(spread(ids).logits, whole(ids).logits, atol=1e-4, rtol=1e-4)
    assert loading.held_bytes(spread) == loading.held_bytes(whole)
