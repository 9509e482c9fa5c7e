"""An adapter on its way into a checkpoint, and what is quantised already on its way to an adapter."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file

from hymt.hardware.devices import detect_device
from hymt.models.adapter import Adapter
from hymt.models.catalogue import find_model
from hymt.models.loading import load
from hymt.models.precision import PRECISIONS
from hymt.models.shape import UnsupportedModel
from tests.conftest import MINI
from tests.models.conversion.conftest import converted

pytest.importorskip("peft")
from tests.models.test_adapter import make


@pytest.fixture(scope="module")
def legal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters") / "legal"
    make(folder, size=0.02)
    return folder


def test_an_adapter_is_added_before_rounding(legal, tmp_path):
    done = converted(f"{MINI} + {legal}", tmp_path / "out", check=True)
    assert done.comparison.same == 4 and not any(loss.overflowed for loss in done.losses)
    loaded = dict(
        load(MINI, PRECISIONS["fp16"], detect_device(), lambda part: None, Adapter.read(legal)).named_parameters()
    )
    after, plain = load_file(tmp_path / "out" / "model.safetensors"), load_file(MINI / "model.safetensors")
    for name, value in after.items():  # a GPU adds in another order
        torch.testing.assert_close(value, loaded[name].cpu(), rtol=2**-10, atol=1e-6)
    assert (
        sum(not torch.equal(value, plain[name].half()) for name, value in after.items())
        == 5 * find_model("hymt-mini").shape.layers
    )
    assert not {"base", "adapter"} & json.loads((tmp_path / "out" / "hymt.json").read_text()).keys()
    assert find_model(str(tmp_path / "out")).adapter == ""


def test_none_is_added_to_what_is_quantised_already(quantised, legal, tmp_path):
    folder = quantised["int8"][0]
    with pytest.raises(UnsupportedModel, match="quantised already, and no adapter can be added"):
        find_model(f"{folder} + {legal}")
    with pytest.raises(UnsupportedModel, match="No adapter"):
        load(folder, PRECISIONS["int8"], detect_device(), lambda part: None, Adapter.read(legal))
