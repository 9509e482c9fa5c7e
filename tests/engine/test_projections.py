"""Merged and quantised projections against the modules that they come from."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hymt.engine.network import FusedNetwork
from hymt.engine.projections import Dense, UnsupportedLayer, merge
from hymt.hardware.devices import detect_device
from hymt.models.loading import load
from hymt.models.precision import PRECISIONS
from tests.conftest import MINI


@pytest.fixture(scope="module")
def inputs(weights, prompts) -> dict[str, torch.Tensor]:
    """What each linear layer of the model reads for some prompts, in FP32."""
    inputs: dict[str, list[torch.Tensor]] = {}
    hooks = [
        module.register_forward_pre_hook(lambda _, given, name=name: inputs.setdefault(name, []).append(given[0][0]))
        for name, module in weights.named_modules()
        if type(module) is torch.nn.Linear and name != "lm_head"
    ]
    with torch.inference_mode():
        for prompt in prompts[::8]:
            weights(input_ids=torch.tensor([prompt], device=weights.device))
    for hook in hooks:
        hook.remove()
    return {name: torch.cat(rows) for name, rows in inputs.items()}


def error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return ((found.float() - expected).norm() / expected.norm()).item()


@torch.inference_mode()
def test_int8_is_no_worse_than_llm_int8(weights, inputs):
    """Against FP32, on the inputs that the layers really get: ours, and bitsandbytes' own matmul."""
    device = detect_device()
    model = load(MINI, PRECISIONS["int8"], device, lambda fraction: None)
    network = FusedNetwork(model, 1, 64)
    ours, theirs = [], []
    for name, x in inputs.items():
        if not name.endswith(("o_proj", "down_proj")):  # the others are merged, and read by the same kernels
            continue
        module, expected = model.get_submodule(name), weights.get_submodule(name)(x)
        layer = network.layers[int(name.split(".")[2])]
        projection = layer.out if name.endswith("o_proj") else layer.down
        rows = x.to(network.dtype)
        found = torch.cat([network.operations.product(part, projection).float().sum(0) for part in rows.split(48)])
        ours.append(error(found, expected))
        theirs.append(error(module(x.half()), expected))
    assert len(ours) == 2 * len(network.layers)
    assert sum(ours) <= sum(theirs)
    assert max(ours) < 0.02


def test_merged_weights_are_the_modules_own(weights):
    attention = weights.model.layers[0].self_attn
    before = [projection.weight.clone() for projection in (attention.q_proj, attention.k_proj)]
    merged = merge(attention, ("q_proj", "k_proj"))
    assert isinstance(merged, Dense) and torch.equal(merged.weight, torch.cat(before))
    assert attention.q_proj.weight.data_ptr() == merged.weight.data_ptr()
    again = merge(attention, ("q_proj", "k_proj"))
    assert again.weight.data_ptr() == merged.weight.data_ptr()  # they lie side by side: no second copy


def test_a_bias_is_not_for_the_fused_network():
    with pytest.raises(UnsupportedLayer, match="bias"):
        merge(nn.ModuleDict({"one": nn.Linear(8, 8)}), ("one",))
    with pytest.raises(UnsupportedLayer, match="Identity"):
        identity = nn.Identity()
        identity.bias = None
        merge(nn.ModuleDict({"one": identity}), ("one",))
