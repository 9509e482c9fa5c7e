"""Checkpoints that are quantised on the disk: what is written, who can load it, and at which precision."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from hymt.hardware.devices import detect_device
from hymt.models.catalogue import find_model
from hymt.models.loading import load, load_spread
from hymt.models.manager import ModelManager, SwapFailed
from hymt.models.precision import PRECISIONS
from hymt.models.shape import ModelShape, UnsupportedModel
from hymt.models.stored import IncompleteCheckpoint
from hymt.translation.translator import Translator
from tests.conftest import MINI
from tests.models.conversion.conftest import converted

NAMES = ["int8", "nf4"]
IDS = [[1, 5, 77, 300, 24, 9]]
BITS = {
    "int8": {"load_in_8bit": True},
    "nf4": {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.float16},
}


def ours(folder, name):
    return load(folder, PRECISIONS[name], detect_device(), lambda part: None)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_what_is_loaded_from_the_original(quantised, name):
    stored, quantised_here = ours(quantised[name][0], name), ours(MINI, name)
    others = dict(quantised_here.named_parameters())
    for path, parameter in stored.named_parameters():
        assert torch.equal(parameter, others[path]), path
        for scales in ("SCB", "quant_state"):
            mine, its = getattr(parameter, scales, None), getattr(others[path], scales, None)
            assert torch.equal(getattr(mine, "absmax", mine), getattr(its, "absmax", its)) if mine is not None else True
    ids = torch.tensor(IDS, device=stored.device)
    with torch.inference_mode():
        assert torch.equal(stored(ids).logits, quantised_here(ids).logits)


@pytest.mark.parametrize("name", NAMES)
def test_transformers_writes_the_same_and_loads_it(quantised, name, tmp_path):
    place = {"": detect_device().torch_name}
    theirs = AutoModelForCausalLM.from_pretrained(
        MINI, dtype=torch.float16, device_map=place, quantization_config=BitsAndBytesConfig(**BITS[name])
    )
    theirs.save_pretrained(tmp_path / "theirs")
    before, after = (
        load_file(tmp_path / "theirs" / "model.safetensors"),
        load_file(quantised[name][0] / "model.safetensors"),
    )
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) and before[key].dtype == after[key].dtype for key in before)
    loaded, info = AutoModelForCausalLM.from_pretrained(quantised[name][0], device_map=place, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    ids = torch.tensor(IDS, device=loaded.device)
    with torch.inference_mode():
        assert torch.equal(loaded(ids).logits, theirs(ids).logits)
    theirs_again = ours(tmp_path / "theirs", name)  # and hymt loads what transformers has written
    assert torch.equal(theirs_again(ids).logits, ours(quantised[name][0], name)(ids).logits)


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_tell_of_it(quantised, name):
    folder, done = quantised[name]
    assert done.after == name.upper() and done.bytes_after < 0.33 * done.bytes_before
    assert done.comparison.total == 4 and 0 < done.comparison.logit_difference < done.comparison.logit_range
    assert done.comparison.same >= 2 if name == "int8" else done.comparison.tokens > 0.2
    assert ModelShape.read(folder).stored == find_model(str(folder)).stored == name


def test_small_shards_and_bf16_make_the_same_bytes(widened, quantised, tmp_path):
    converted(widened, tmp_path / "out", dtype="bfloat16", quantised="int8", shard=5 * 10**6)
    held = {key: value for file in (tmp_path / "out").glob("*.safetensors") for key, value in load_file(file).items()}
    before = load_file(quantised["int8"][0] / "model.safetensors")
    assert held.keys() == before.keys() and held["model.norm.weight"].dtype == torch.bfloat16
    assert all(torch.equal(held[key], before[key]) for key in before if key.endswith(("proj.weight", "SCB")))


def test_a_stored_precision_is_chosen_and_kept_to(quantised):
    manager = ModelManager()
    try:
        for name, other in (("int8", "nf4"), ("nf4", "fp16")):
            folder = str(quantised[name][0])
            assert manager.swap(folder).precision == name
            before = manager.loaded
            with pytest.raises(SwapFailed, match=f"stored in {name.upper()}: load it as {name}, or convert") as caught:
                manager.swap(folder, other)
            assert manager.loaded is before and "/" not in str(caught.value)
        translator = Translator(manager=manager)
        stored = translator.translate("Good morning. How are you?", to="fr", source="en")
        manager.swap("hymt-mini", "nf4")
        assert stored == translator.translate("Good morning. How are you?", to="fr", source="en")
    finally:
        manager.close()


@pytest.mark.parametrize("name", NAMES)
def test_over_several_devices_too(quantised, name):
    place = {detect_device().index if detect_device().kind == "cuda" else "cpu": 2**33}
    spread = load_spread(quantised[name][0], PRECISIONS[name], detect_device(), place, lambda part: None)
    ids = torch.tensor(IDS, device=spread.device)
    with torch.inference_mode():
        difference = (spread(ids).logits.float() - ours(quantised[name][0], name)(ids).logits.float()).abs().max()
    assert difference < 0.5


@pytest.mark.parametrize("name", [*NAMES, "fp16"])
def test_the_loader_itself_refuses_another_precision(quantised, name):
    other = "nf4" if name == "int8" else "int8"
    with pytest.raises(IncompleteCheckpoint):
        ours(quantised[other][0], name)


def test_what_is_quantised_is_not_converted_again(quantised, tmp_path):
    with pytest.raises(UnsupportedModel, match="stored in INT8 already: convert the 16-bit original"):
        converted(quantised["int8"][0], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"quant_method": "gptq"},
        {"bnb_4bit_use_double_quant": True},
        {"bnb_4bit_quant_type": "fp4"},
        {"bnb_4bit_quant_storage": "bfloat16"},
        {"llm_int8_skip_modules": ["lm_head", "down_proj"]},
        {"load_in_4bit": False},
    ],
)
def test_other_ways_of_quantising_stay_refused(quantised, tmp_path, changed):
    config = json.loads((quantised["nf4"][0] / "config.json").read_text())
    config["quantization_config"] |= changed
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedModel, match="quantised already"):
        ModelShape.read(tmp_path)


def test_larger_blocks_of_nf4_are_not_read_as_ours(quantised, tmp_path):
    from safetensors.torch import save_file

    shutil.copytree(quantised["nf4"][0], tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    held = load_file(file)
    save_file({key: value[::2].clone() if key.endswith("absmax") else value for key, value in held.items()}, file)
    with pytest.raises(IncompleteCheckpoint, match="absmax"):
        ours(tmp_path / "model", "nf4")


def test_shapes_that_nf4_cannot_hold_are_refused(tiny, tmp_path):
    config = json.loads((tiny / "config.json").read_text())
    shutil.rmtree(tiny)
    from transformers import HunYuanDenseV1Config

    odd = HunYuanDenseV1Config(**config | {"intermediate_size": 96})
    AutoModelForCausalLM.from_config(odd, dtype=torch.float32).save_pretrained(tiny)
    with pytest.raises(UnsupportedModel, match="multiple of 64"):
        converted(tiny, tmp_path / "out", quantised="nf4")
    converted(tiny, tmp_path / "out", quantised="int8")
