"""Checkpoints of hostile files: refused before anything is given up, within moments, whatever they are."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time

import pytest

from hymt.models.catalogue import find_model
from hymt.models.chat_template import BadTemplate
from hymt.models.files import UnsafeModel, UnsupportedModel, read_json
from hymt.models.manager import ModelManager, SwapFailed
from hymt.models.shape import BOUNDS, ModelShape
from hymt.models.tokenizer import ChatTokenizer
from tests.conftest import MINI
from tests.models.memory import Ample


@pytest.fixture(scope="module")
def manager():
    manager = ModelManager(reader=Ample())
    manager.swap("hymt-mini", "fp16")
    yield manager
    manager.close()


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(MINI, tmp_path / "copy")


def put_fifo(path) -> None:
    os.mkfifo(path)


def put_socket(path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's whole path has to be short
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def put_device(path) -> None:
    path.symlink_to("/dev/zero")


def put_folder(path) -> None:
    path.mkdir()


@pytest.mark.parametrize("put", [put_fifo, put_socket, put_device, put_folder])
@pytest.mark.parametrize("name", ["config.json", "hymt.json", "tokenizer.json", "model.safetensors"])
def test_what_is_no_file_is_refused_and_the_old_model_stays(manager, copy, name, put):
    (copy / name).unlink()
    put(copy / name)
    before = manager.loaded
    with pytest.raises(SwapFailed) as caught:
        manager.swap(str(copy), "fp16")
    assert manager.loaded is before and before.engine.status().busy_slots == 0
    assert str(copy.parent) not in str(caught.value)


def test_an_index_that_leads_elsewhere_is_refused(manager, copy):
    (copy / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "/dev/zero"}}))
    before = manager.loaded
    with pytest.raises(SwapFailed, match="names files elsewhere"):
        manager.swap(str(copy), "fp16")
    assert manager.loaded is before


@pytest.mark.parametrize("text", ["[" * 100_000, '{"hidden_size": NaN}', "[]", '"text"', "\xff", ""])
def test_a_config_that_is_none_is_refused(copy, text):
    (copy / "config.json").write_text(text, encoding="latin-1")
    with pytest.raises(UnsupportedModel):
        ModelShape.read(copy)


def test_a_large_json_is_not_read(tmp_path):
    path = tmp_path / "config.json"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(UnsafeModel, match="larger than"):
        read_json(path)


KEYS = {
    "hidden": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "head_dim": "head_dim",
    "intermediate": "intermediate_size",
    "vocab": "vocab_size",
}


@pytest.mark.parametrize("size", BOUNDS)
@pytest.mark.parametrize("value", [-1, 1.5, True, "8", 10**12, [1]])
def test_sizes_have_bounds(copy, size, value):
    config = json.loads((copy / "config.json").read_text()) | {KEYS[size]: value}
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedModel):
        ModelShape.read(copy)


def test_every_model_of_the_family_is_within_the_bounds():
    for name in ("hymt-mini", "Hunyuan-MT-7B", "HY-MT1.5-1.8B"):
        find_model(name).shape.check_bounds()


def test_a_link_keeps_its_own_name(tmp_path, copy):
    """What it leads to may tell more: /proc/self is a process's id."""
    (tmp_path / "link").symlink_to(copy)
    assert find_model(str(tmp_path / "link")).name == "link"
    with pytest.raises(UnsupportedModel) as caught:
        find_model("/proc/self")
    assert str(os.getpid()) not in str(caught.value)


@pytest.mark.parametrize("name", ["~nosuch", "x" * 5000, "/" + "x" * 5000, "a\0b"])
def test_names_that_are_none_are_refused_in_words(name):
    with pytest.raises(UnsupportedModel, match="no model or folder"):
        find_model(name)


# -- chat templates --------------------------------------------------------------------------------------

LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}"
HOSTILE = {
    "a loop without end": LOOP + "{% endfor %}{{ messages[0].content }}",
    "a text without end": "{{ messages[0].content }}{{ 'x' * 100000000 }}",
    "more than there is memory": "{{ messages[0].content }}{{ ('x' * 10000000000)|length }}",
    "an error": "{{ raise_exception('no') }}",
    "a syntax error": "{% for %}",
    "an escape": "{{ ''.__class__.__mro__ }}",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_chat_template_is_refused(copy, kind, monkeypatch):
    monkeypatch.setattr("hymt.models.chat_template.SECONDS", 5 if kind == "a loop without end" else 15)
    settings = json.loads((copy / "tokenizer_config.json").read_text()) | {"chat_template": HOSTILE[kind]}
    (copy / "tokenizer_config.json").write_text(json.dumps(settings))
    for left in copy.glob("chat_template.*"):
        left.unlink()
    began = time.process_time()
    with pytest.raises(UnsupportedModel, match="no chat template that hymt can use") as caught:
        ChatTokenizer(copy)
    assert isinstance(caught.value.__cause__, BadTemplate | ValueError)
    assert time.process_time() - began < 10  # of this process: the template ran in another
