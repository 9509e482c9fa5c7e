from __future__ import annotations

from dataclasses import replace

import pytest

from hymt.hardware.devices import Device
from hymt.models.catalogue import CATALOGUE
from hymt.models.plan import SLOTS, estimate, fits_whole, plan, plan_anywhere

GIB = 2**30
GPU = Device("cuda", "a GPU", "for a test")
CPU = Device("cpu", "a processor", "for a test")


def test_slots_follow_the_memory():
    model = CATALOGUE["Hunyuan-MT-7B"]
    slots = [plan(model, "fp16", gib * GIB, GPU).slots for gib in (20, 24, 40, 80)]
    assert slots == sorted(slots) and slots[0] >= 8 and slots[2:] == [64, 128]


def test_wide_slots_are_for_gpus_with_memory_to_spare():
    model, mini = CATALOGUE["Hunyuan-MT-7B"], CATALOGUE["hymt-mini"]
    for gib in (40, 60, 79, 140):
        chosen = plan(model, "nf4", gib * GIB, GPU)
        assert chosen.slots <= 64 or chosen.estimated_bytes["kv_cache"] <= gib * GIB / 4
    assert plan(mini, "fp16", 80 * GIB, GPU).slots == 128
    assert plan(mini, "fp16", 80 * GIB, CPU).slots == 64
    assert plan(model, "fp16", 400 * GIB, CPU).slots == 64


@pytest.mark.parametrize("gib", [6.15, 6.35, 6.7])
def test_shorter_chunks_before_it_does_not_fit(gib):
    model = CATALOGUE["Hunyuan-MT-7B"]
    chosen = plan(model, "nf4", int(gib * GIB), GPU)
    assert chosen.fits and 96 <= chosen.chunk_tokens < model.chunk_tokens and chosen.slots >= 8
    assert chosen.max_len == model.with_chunks(chosen.chunk_tokens).max_len < model.max_len
    assert f"chunks of {chosen.chunk_tokens} tokens instead of 256" in str(chosen.reason)
    assert not fits_whole(model, "nf4", int(gib * GIB), GPU)  # so another model is recommended
    assert plan(model, "nf4", int(7.5 * GIB), GPU).chunk_tokens == model.chunk_tokens


def test_the_plans_keys_stay():
    spread = plan_anywhere(CATALOGUE["Hunyuan-MT-7B"], "fp16", [12 * GIB] * 2, 0, GPU)
    assert spread.spread
    for chosen in (spread, plan(CATALOGUE["hymt-mini"], "fp16", 4 * GIB, GPU)):
        assert list(chosen.as_dict()) == [
            "model",
            "precision",
            "chunk_tokens",
            "slots",
            "max_len",
            "estimated_bytes",
            "fits",
            "reason",
            "speed",
        ]


def test_the_reason_names_the_limit():
    limited = replace(GPU, memory_limit=8 * GIB)
    model = CATALOGUE["Hunyuan-MT-7B"]
    assert "8.00 GiB that are free within the limit of 8.00 GiB" in str(plan(model, "nf4", 8 * GIB, limited).reason)
    assert "within the limit of 8.00 GiB" in str(plan(model, "fp16", 8 * GIB, limited).reason)
    assert "limit" not in str(plan(model, "nf4", 8 * GIB, GPU).reason)


# -- more than one device ------------------------------------------------------------------------------

BIG = CATALOGUE["Hunyuan-MT-7B"]


def test_one_gpu_comes_first():
    chosen = plan_anywhere(BIG, "fp16", [24 * GIB, 24 * GIB], 64 * GIB, GPU)
    assert chosen.fits and chosen.spread is None


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_over_all_gpus_what_one_cannot_hold(precision):
    free = {"fp16": 12, "int8": 8}[precision] * GIB
    chosen = plan_anywhere(BIG, precision, [free, free], 64 * GIB, GPU)
    assert chosen.fits and "spread over 2 GPUs" in str(chosen.reason) and chosen.slots in SLOTS
    budget = chosen.spread.max_memory()
    assert list(budget) == [0, 1] and sum(budget.values()) > chosen.estimated_bytes["weights"]
    left = free - max(budget.values())  # for its share of the KV cache, its workspace and its context
    assert left > chosen.estimated_bytes["kv_cache"] / 2 + chosen.estimated_bytes["cuda_context"] / 2


def test_a_gpu_without_room_is_left_alone():
    chosen = plan_anywhere(BIG, "fp16", [14 * GIB, GIB // 4, 14 * GIB], 0, GPU)
    assert chosen.fits and "spread over 2 GPUs" in str(chosen.reason) and list(chosen.spread.max_memory()) == [0, 2]


def test_the_rest_in_ram():
    chosen = plan_anywhere(BIG, "fp16", [8 * GIB], 32 * GIB, GPU)
    assert chosen.fits and "partly in RAM: slower" in str(chosen.reason)
    budget, parts = chosen.spread.max_memory(), chosen.estimated_bytes
    assert budget["cpu"] <= 32 * GIB and budget[0] + chosen.spread.in_ram >= parts["weights"]
    assert budget[0] + parts["kv_cache"] + parts["workspace"] + parts["cuda_context"] <= 8 * GIB


@pytest.mark.parametrize("precision", ["int8", "nf4"])
def test_quantised_weights_do_not_go_to_ram(precision):
    refused = plan_anywhere(BIG, precision, [5 * GIB], 64 * GIB, GPU)
    assert not refused.fits and refused.spread is None and "cannot lie partly in RAM" in str(refused.reason)


def test_the_speed_class_follows_the_place():
    assert plan(BIG, "nf4", 8 * GIB, GPU).speed == "fast"
    assert plan_anywhere(BIG, "fp16", [12 * GIB, 12 * GIB], 0, GPU).speed == "slow"
    assert plan_anywhere(BIG, "fp16", [8 * GIB], 32 * GIB, GPU).speed == "very slow"
    on_cpu = [plan(CATALOGUE[name], "fp16", 64 * GIB, CPU).speed for name in ("hymt-mini", "Hy-MT2-1.8B", BIG.name)]
    assert on_cpu == ["fast", "slow", "very slow"]


def test_a_cpu_needs_no_gpus():
    assert plan_anywhere(BIG, "fp16", (), 64 * GIB, CPU) == plan(BIG, "fp16", 64 * GIB, CPU)


def test_no_room_anywhere():
    refused = plan_anywhere(BIG, "fp16", [4 * GIB, 4 * GIB], 6 * GIB, GPU)
    assert not refused.fits and "6.00 GiB of RAM cannot take the rest" in str(refused.reason)
    assert not plan_anywhere(BIG, "fp16", [GIB], 64 * GIB, GPU).fits  # too little for one layer at a time


def test_what_does_not_fit_says_how_much_it_needs():
    small = plan(CATALOGUE["Hunyuan-MT-7B"], "fp16", 8 * GIB, GPU)
    assert not small.fits and "8.00 GiB" in str(small.reason) and small.slots == 8


def test_what_nearly_fits_needs_more_than_is_free():
    for free in range(5 * GIB, 7 * GIB, GIB // 16):
        chosen = plan(CATALOGUE["Hunyuan-MT-7B"], "nf4", free, GPU)
        assert chosen.fits == (chosen.needed_bytes <= free)


def test_parts_add_up():
    parts = estimate(CATALOGUE["hymt-mini"], "fp32", 64, CPU)
    assert parts["total"] == sum(size for name, size in parts.items() if name != "total")
    assert parts["cuda_context"] == 0
