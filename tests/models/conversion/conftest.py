from __future__ import annotations

import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, HunYuanDenseV1Config

from hymt.models.conversion.convert import convert
from hymt.models.conversion.forms import Form
from tests.conftest import MINI


@pytest.fixture
def tiny(tmp_path):
    """A model of two layers with random FP32 weights, in one file, with no tokenizer."""
    return write_tiny(tmp_path / "tiny")


def write_tiny(folder, tied: bool = True, vocab: int = 1000, **sharding):
    torch.manual_seed(7)
    sizes = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "head_dim": 32}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    config = HunYuanDenseV1Config(vocab_size=vocab, tie_word_embeddings=tied, **sizes, **heads)
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(folder, **sharding)
    return folder


@pytest.fixture(scope="session")
def widened(tmp_path_factory):
    """The embedded model in FP32, in several files."""
    folder = tmp_path_factory.mktemp("source") / "widened"
    AutoModelForCausalLM.from_pretrained(MINI, dtype=torch.float32).save_pretrained(folder, max_shard_size="30MB")
    for file in ("tokenizer.json", "tokenizer_config.json", "hymt.json", "README.md"):
        shutil.copy(MINI / file, folder)
    return folder


@pytest.fixture(scope="session")
def quantised(widened, tmp_path_factory):
    """What that becomes in INT8 and NF4, compared with it: {precision: (folder, conversion)}."""
    folders = {}
    for name, check in (("int8", True), ("nf4", None)):
        folder = tmp_path_factory.mktemp("quantised") / f"mini-{name}"
        folders[name] = folder, converted(widened, folder, quantised=name, check=check)
    return folders


def converted(source, destination, dtype="float16", quantised=None, shard=2 * 10**9, check=False, on_progress=None):
    report = on_progress or (lambda what, part: None)
    return convert(str(source), destination, Form(dtype, quantised), shard, check, report)
