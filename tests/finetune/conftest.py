"""A model small enough to train in a moment, and a few pairs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from hymt.bench.checkpoint import write_random
from hymt.finetune.settings import Settings
from hymt.hardware.devices import detect_device
from hymt.models.shape import ModelShape
from tests.conftest import MINI

TINY = ModelShape(64, 2, 4, 2, 16, 128, 16000)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """Random weights with hymt-mini's tokenizer, settings and ten languages."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    torch.manual_seed(0)
    write_random(folder, TINY, detect_device())
    (folder / "generation_config.json").write_bytes((MINI / "generation_config.json").read_bytes())
    said = json.loads((MINI / "hymt.json").read_text())
    (folder / "hymt.json").write_text(json.dumps(said | {"max_len": 96, "beams": 1}))
    return folder


@pytest.fixture
def pairs(tmp_path) -> Path:
    file = tmp_path / "pairs.tsv"
    lines = [f"The number is {number}.\tLe nombre est {number}." for number in range(20)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def settings(tiny) -> Settings:
    return Settings(
        str(tiny), "en", "fr", steps=4, batch_size=4, rank=4, alpha=8, learning_rate=1e-2, eval_share=0, save_every=2
    )
