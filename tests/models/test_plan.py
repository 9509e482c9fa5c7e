from __future__ import annotations

import pytest

from hymt.hardware.devices import Device
from hymt.models.catalogue import CATALOGUE
from hymt.models.plan import estimate, plan, recommend

GIB = 2**30
GPU = Device("cuda", "a GPU", "for a test")
CPU = Device("cpu", "a processor", "for a test")


@pytest.fixture(autouse=True)
def modern_gpu(monkeypatch):
    monkeypatch.setattr("hymt.models.precision._capability", lambda device: (9, 0))


@pytest.mark.parametrize(
    ("gib", "model", "precision"),
    [
        (79, "Hunyuan-MT-7B", "fp16"),
        (23.5, "Hunyuan-MT-7B", "fp16"),
        (15.5, "Hunyuan-MT-7B", "int8"),
        (11.5, "Hunyuan-MT-7B", "int8"),
        (7.5, "Hunyuan-MT-7B", "nf4"),
        (5.8, "HY-MT1.5-1.8B", "fp16"),
        (1.0, "hymt-mini", "fp16"),
    ],
)
def test_the_largest_model_at_the_finest_precision(gib, model, precision):
    chosen = recommend(int(gib * GIB), GPU)
    assert (chosen.model, chosen.precision) == (model, precision)
    assert chosen.fits and chosen.reason and chosen.estimated_bytes["total"] <= gib * GIB


def test_without_a_gpu_the_small_one():
    chosen = recommend(16 * GIB, CPU)
    assert chosen.model == "hymt-mini" and "CPU" in chosen.reason


def test_slots_follow_the_memory():
    model = CATALOGUE["Hunyuan-MT-7B"]
    slots = [plan(model, "fp16", gib * GIB, GPU).slots for gib in (20, 24, 40, 80)]
    assert slots == sorted(slots) and slots[0] >= 8 and slots[-1] == 64


def test_what_does_not_fit_says_how_much_it_needs():
    small = plan(CATALOGUE["Hunyuan-MT-7B"], "fp16", 8 * GIB, GPU)
    assert not small.fits and "8.00 GiB" in small.reason and small.slots == 8


def test_parts_add_up():
    parts = estimate(CATALOGUE["hymt-mini"], "fp32", 64, CPU)
    assert parts["total"] == sum(size for name, size in parts.items() if name != "total")
    assert parts["cuda_context"] == 0
