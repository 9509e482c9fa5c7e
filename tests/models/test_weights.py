"""Checkpoints on their way to a device, against transformers' own loading."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from hymt.hardware.devices import detect_device
from hymt.models import weights as reading
from hymt.models.loading import held_bytes, load, load_spread
from hymt.models.precision import PRECISIONS
from hymt.models.shape import ModelShape, UnsupportedModel
from tests.conftest import MINI


def by_transformers(precision, folder=MINI):
    dtype = getattr(torch, precision.compute_on(detect_device()))
    options = {8: {"load_in_8bit": True}, 4: {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}}.get(precision.bits)
    if options and precision.bits == 4:
        options["bnb_4bit_compute_dtype"] = dtype
    return AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=dtype,
        device_map={"": detect_device().torch_name},
        quantization_config=BitsAndBytesConfig(**options) if options else None,
    ).eval()


@pytest.mark.parametrize("name", PRECISIONS)
@torch.inference_mode()
def test_a_model_is_the_one_that_transformers_loads(name):
    precision = PRECISIONS[name]
    ours, theirs = load(MINI, precision, detect_device(), lambda fraction: None), by_transformers(precision)
    ids = torch.tensor([[1, 5, 77, 300, 24, 9]], device=ours.device)
    assert torch.equal(ours(ids).logits, theirs(ids).logits)
    assert held_bytes(ours) == held_bytes(theirs)
    assert ours.generation_config.eos_token_id == theirs.generation_config.eos_token_id


@pytest.mark.parametrize("name", ["fp16", "int8", "nf4"])
def test_many_files_and_small_pieces_make_the_same_model(name, tmp_path, monkeypatch):
    whole = by_transformers(PRECISIONS[name])
    AutoModelForCausalLM.from_pretrained(MINI, dtype=torch.float16).save_pretrained(tmp_path, max_shard_size="9MB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 3
    monkeypatch.setattr(reading, "PIECE", 300_000)
    fractions = []
    parted = load(tmp_path, PRECISIONS[name], detect_device(), fractions.append)
    assert fractions == sorted(fractions) and fractions[-1] == 1
    others = dict(parted.named_parameters())
    for path, parameter in whole.named_parameters():
        assert torch.equal(parameter, others[path]), path
        if name == "nf4" and hasattr(parameter, "quant_state"):
            assert torch.equal(parameter.quant_state.absmax, others[path].quant_state.absmax), path


@pytest.mark.parametrize("name", ["fp32", "fp16", "int8", "nf4"])
def test_floats_of_8_bit_are_widened(name, tmp_path):
    for path in MINI.iterdir():
        if path.suffix != ".safetensors":
            shutil.copy(path, tmp_path)
    stored = load_file(MINI / "model.safetensors")
    narrow = {key: value.to(torch.float8_e4m3fn) if value.dim() == 2 else value for key, value in stored.items()}
    save_file(narrow, tmp_path / "model.safetensors", {"format": "pt"})
    ours = load(tmp_path, PRECISIONS[name], detect_device(), lambda fraction: None)
    theirs = by_transformers(PRECISIONS[name], tmp_path)
    ids = torch.tensor([[1, 5, 77, 300, 24, 9]], device=ours.device)
    with torch.inference_mode():
        assert torch.equal(ours(ids).logits, theirs(ids).logits)


def test_a_missing_tensor_is_named(tmp_path):
    AutoModelForCausalLM.from_pretrained(MINI, dtype=torch.float16).save_pretrained(tmp_path, max_shard_size="9MB")
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    del index["weight_map"]["model.norm.weight"]
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(reading.IncompleteCheckpoint, match=r"model\.norm\.weight"):
        load(tmp_path, PRECISIONS["fp16"], detect_device(), lambda fraction: None)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda whole: whole[: len(whole) // 2], "model.safetensors is cut short"),
        (lambda whole: whole[:100], "model.safetensors is damaged"),
        (lambda whole: b"", "model.safetensors is damaged"),
        (lambda whole: b"x" * len(whole), "model.safetensors is damaged"),
    ],
    ids=["half", "its beginning", "empty", "something else"],
)
def test_a_damaged_file_is_named(damage, said, tmp_path):
    shutil.copytree(MINI, tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(reading.IncompleteCheckpoint, match=said):
        load(tmp_path / "model", PRECISIONS["fp16"], detect_device(), lambda fraction: None)


def with_header(whole: bytes, change) -> bytes:
    """A safetensors file whose header, a dictionary, is changed in place."""
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    change(header)
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + whole[8 + length :]


NORM, OTHER_NORM = "model.norm.weight", "model.layers.0.input_layernorm.weight"
NESTED = b"[" * 100_000


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda header: header[NORM].update(data_offsets=header[OTHER_NORM]["data_offsets"]), "tensors overlap"),
        (lambda header: header[NORM].update(data_offsets=[10**12, 10**12 + 1024]), "readable header|cut short"),
        (lambda header: header[NORM].update(data_offsets=[-1024, 0]), "no readable header"),
        (lambda header: header[NORM].update(data_offsets=[1024, 0]), "no readable header"),
        (lambda header: header[NORM].update(data_offsets=["0", "1"]), "no readable header"),
        (lambda header: header[NORM].update(shape=[True]), "no readable header"),
        (lambda header: header[NORM].update(shape=[2**40]), "no readable header"),
        (lambda header: header.update({NORM: None}), "no readable header"),
        (lambda header: header.update(padding=" " * 9 * 2**20), "no readable header"),
    ],
    ids=["overlap", "beyond", "before", "backwards", "text", "bool", "shape", "nothing", "large"],
)
def test_a_header_that_cannot_be_is_refused(damage, said, tmp_path):
    shutil.copytree(MINI, tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    file.write_bytes(with_header(file.read_bytes(), damage))
    with pytest.raises(reading.IncompleteCheckpoint, match=said), reading.open_checkpoint(file.parent):
        pass


def test_a_deep_header_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(len(NESTED).to_bytes(8, "little") + NESTED)
    with pytest.raises(reading.IncompleteCheckpoint, match="no readable header"), reading.open_checkpoint(tmp_path):
        pass


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "model.safetensors")
    with pytest.raises(reading.IncompleteCheckpoint, match="no file"), reading.open_checkpoint(tmp_path):
        pass


@pytest.mark.parametrize(
    "index",
    [
        b"{",
        NESTED,
        b"[]",
        b'{"weight_map": []}',
        b'{"weight_map": {"a": 1}}',
        b'{"weight_map": {"a": "../model.safetensors"}}',
        json.dumps({"weight_map": {str(number): f"{number}.safetensors" for number in range(300)}}).encode(),
    ],
    ids=["cut", "deep", "list", "no map", "number", "elsewhere", "many"],
)
def test_an_index_that_cannot_be_is_refused(index, tmp_path):
    (tmp_path / "model.safetensors.index.json").write_bytes(index)
    with pytest.raises(reading.IncompleteCheckpoint, match="list of tensors"), reading.open_checkpoint(tmp_path):
        pass


@pytest.mark.parametrize("name", ["fp16", "int8", "nf4"])
def test_whole_numbers_are_no_floats(name, tmp_path):
    shutil.copytree(MINI, tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    stored = load_file(file)
    projection = "model.layers.0.mlp.up_proj.weight"
    save_file(stored | {projection: stored[projection].to(torch.int8)}, file, {"format": "pt"})
    for loading in (load, partial(load_spread, max_memory={"cpu": 2**33})):
        with pytest.raises(reading.IncompleteCheckpoint, match=projection):
            loading(file.parent, PRECISIONS[name], detect_device(), on_fraction=lambda fraction: None)


def test_a_file_replaced_while_it_is_read_is_not_mixed_in(tmp_path, monkeypatch):
    shutil.copytree(MINI, tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    expected = load(MINI, PRECISIONS["fp16"], detect_device(), lambda fraction: None)
    monkeypatch.setattr(reading, "PIECE", 300_000)

    def replace_it(fraction: float) -> None:
        if not (tmp_path / "other").exists():
            save_file({key: torch.zeros_like(value) for key, value in load_file(file).items()}, tmp_path / "other")
            shutil.copy(tmp_path / "other", tmp_path / "model" / "new")
            os.replace(tmp_path / "model" / "new", file)

    ours = dict(load(file.parent, PRECISIONS["fp16"], detect_device(), replace_it).named_parameters())
    for path, parameter in expected.named_parameters():
        assert torch.equal(parameter, ours[path]), path


def test_a_tensor_of_another_shape_is_named(tmp_path):
    shutil.copytree(MINI, tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    (tmp_path / "model" / "config.json").write_text(json.dumps(config | {"intermediate_size": 1280}))
    with pytest.raises(reading.IncompleteCheckpoint, match=r"(gate|up|down)_proj"):
        load(tmp_path / "model", PRECISIONS["fp16"], detect_device(), lambda fraction: None)


def test_biases_are_not_dropped_by_quantising(tmp_path):
    shutil.copytree(MINI, tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    (tmp_path / "model" / "config.json").write_text(json.dumps(config | {"attention_bias": True}))
    with pytest.raises(reading.IncompleteCheckpoint, match="biases"):
        load(tmp_path / "model", PRECISIONS["int8"], detect_device(), lambda fraction: None)


def test_a_checkpoint_that_is_quantised_already_is_refused_before_it_is_read(tmp_path):
    """Its numbers mean nothing without its scales: read as plain weights they would translate to noise."""
    config = json.loads((MINI / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "fp8"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedModel, match="quantised already"):
        ModelShape.read(tmp_path)
