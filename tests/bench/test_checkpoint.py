"""The folder that a run measures."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from hymt.bench import checkpoint as checkpoints
from hymt.bench.session import Prompts
from hymt.errors import UserError
from hymt.hardware.devices import detect_device
from hymt.models.catalogue import find_model
from hymt.models.shape import SHAPE_7B, ModelShape, UnsupportedModel
from tests.conftest import MINI

TINY = ModelShape(64, 2, 4, 2, 16, 128, 16000)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setitem(checkpoints.RANDOM_SHAPES, "7b", TINY)
    monkeypatch.setattr(checkpoints, "SHARD_BYTES", 500_000)  # so that there are several


@pytest.mark.parametrize("tied", [True, False])
def test_random_weights_load_in_transformers(tmp_path, tied):
    shape = ModelShape(64, 2, 4, 2, 16, 128, 16000, tied)
    checkpoints.write_random(tmp_path, shape, detect_device())
    model, info = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float16, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    assert sum(parameter.numel() for parameter in model.parameters()) == shape.parameters
    assert ModelShape.read(tmp_path) == shape
    deviation = model.model.layers[1].mlp.up_proj.weight.float().std().item()
    assert 0.015 < deviation < 0.025 and (model.model.norm.weight == 1).all()


def test_a_random_checkpoint_is_sharded_usable_and_deleted(tiny):
    with checkpoints.checkpoint("7b", detect_device(), 2000, lambda text: None) as chosen:
        assert chosen.random and chosen.shape == TINY
        assert len(list(chosen.folder.glob("*.safetensors"))) > 1
        model = find_model(str(chosen.folder))
        assert model.max_len == 2000
        kept = chosen.folder
    assert not kept.parent.exists()


def test_a_real_checkpoint_is_linked_and_its_end_token_off():
    with checkpoints.checkpoint("hymt-mini", detect_device(), 100, lambda text: None) as chosen:
        generation = json.loads((chosen.folder / "generation_config.json").read_text())
        assert generation["eos_token_id"] == -1
        assert (chosen.folder / "model.safetensors").samefile(MINI / "model.safetensors")
        assert find_model(str(chosen.folder)).max_len == 352  # the model's own, as it is larger
        kept = chosen.folder
    assert not kept.exists() and (MINI / "model.safetensors").exists()
    assert json.loads((MINI / "generation_config.json").read_text())["eos_token_id"] == 2


def test_a_disk_without_room_is_told_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(2**30))
    with pytest.raises(UserError, match=r"1\.00 GiB free.*TMPDIR"):
        checkpoints.write_random(tmp_path, SHAPE_7B, detect_device())
    assert not list(tmp_path.iterdir())


def test_a_quantised_checkpoint_is_refused(tmp_path):
    config = json.loads((MINI / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with (
        pytest.raises(UnsupportedModel, match="quantised already"),
        checkpoints.checkpoint(str(tmp_path), detect_device(), 100, lambda text: None),
    ):
        pass


def test_an_unknown_model_is_refused():
    with (
        pytest.raises(UnsupportedModel, match="no model or folder"),
        checkpoints.checkpoint("9b", detect_device(), 100, lambda text: None),
    ):
        pass


def test_prompts_are_the_same_in_every_run_and_have_no_special_tokens():
    one, other = (Prompts(Path(MINI), 16000, 8) for _ in range(2))
    first = one.take(3)
    assert other.take(3) == first and one.take(3) != first
    assert [len(prompt) for prompt in first] == [8, 8, 8]
    assert min(one._ids) > 2 and max(one._ids) < 16000
