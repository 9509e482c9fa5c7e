from __future__ import annotations

from dataclasses import replace

import pytest

from hymt.hardware.devices import Device
from hymt.models.catalogue import CATALOGUE
from hymt.models.recommendation import recommend

GIB = 2**30
GPU = Device("cuda", "a GPU", "for a test")
CPU = Device("cpu", "a processor", "for a test")
BIG = CATALOGUE["Hunyuan-MT-7B"]


@pytest.mark.parametrize(
    ("gib", "model", "precision"),
    [
        (79, "Hunyuan-MT-7B", "fp16"),
        (23.5, "Hunyuan-MT-7B", "fp16"),
        (15.5, "Hunyuan-MT-7B", "int8"),
        (11.5, "Hunyuan-MT-7B", "int8"),
        (10, "Hunyuan-MT-7B", "int8"),
        (9, "Hunyuan-MT-7B", "nf4"),
        (7.2, "Hunyuan-MT-7B", "nf4"),
        (5.8, "HY-MT1.5-1.8B", "fp16"),
        (1.3, "hymt-mini", "fp16"),
    ],
)
def test_the_largest_model_at_the_finest_precision(gib, model, precision):
    chosen = recommend([int(gib * GIB)], 32 * GIB, GPU)
    assert (chosen.model, chosen.precision) == (model, precision)
    assert chosen.fits and chosen.reason and chosen.estimated_bytes["total"] <= gib * GIB


@pytest.mark.parametrize(("fast", "label"), [("int8", "INT8"), ("bf16", "BF16"), ("fp32", "FP32")])
def test_without_a_gpu_the_small_one_as_this_processor_computes_fastest(monkeypatch, fast, label):
    seconds = {"fp32": 3.0, "fp16": 3.0, "bf16": 3.0, "int8": 3.0} | {fast: 1.0}
    monkeypatch.setattr("hymt.models.recommendation.cpu_seconds", lambda device: seconds)
    chosen = recommend([], 16 * GIB, CPU)
    assert (chosen.model, chosen.precision) == ("hymt-mini", fast)
    assert "CPU" in str(chosen.reason) and f"in {label}, which was measured" in str(chosen.reason)
    assert recommend([], 64 * GIB, CPU, BIG).precision == fast


def test_one_gpu_before_several_and_several_before_a_smaller_model():
    assert recommend([8 * GIB] * 2, 0, GPU).spread is None
    both = recommend([6 * GIB] * 2, 64 * GIB, GPU)
    assert both.model == BIG.name and both.spread.gpu_count == 2 and both.spread.ram == 0
    assert recommend([3 * GIB] * 2, 64 * GIB, GPU).model == "HY-MT1.5-1.8B"


def test_a_gpu_that_is_too_old_for_int8_is_not_told_to_run_it():
    old = Device("cuda", "a GPU", "for a test", capability=(7, 0))
    assert recommend([12 * GIB], 0, old).precision == "nf4"


@pytest.mark.parametrize(
    ("gpus", "precision", "speed"),
    [
        ([24], "fp16", "fast"),
        ([12], "int8", "fast"),
        ([8], "nf4", "fast"),
        ([7], "nf4", "fast"),
        ([6, 6], "nf4", "slow"),
        ([6], "fp16", "very slow"),
    ],
)
def test_a_model_that_was_asked_for(gpus, precision, speed):
    chosen = recommend([size * GIB for size in gpus], 32 * GIB, GPU, BIG)
    assert (chosen.model, chosen.precision, chosen.speed, chosen.fits) == (BIG.name, precision, speed, True)


def test_a_model_that_fits_nowhere_is_refused_for_its_least_need():
    refused = recommend([4 * GIB], 2 * GIB, GPU, BIG)
    assert not refused.fits and "NF4 needs about 6.10 GiB, but only 4.00 GiB are free" in str(refused.reason)
    assert not recommend([], GIB, CPU, BIG).fits


def test_a_model_that_is_stored_quantised_stays_so():
    stored = replace(BIG, shape=replace(BIG.shape, stored="nf4"))
    for gpus, device in (([80 * GIB], GPU), ([], CPU)):
        chosen = recommend(gpus, 64 * GIB, device, stored)
        assert chosen.precision == "nf4" and chosen.fits
    assert not recommend([GIB], 64 * GIB, GPU, stored).fits
