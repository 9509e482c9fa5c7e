"""Checkpoints read for the fused network alone, against the model that transformers makes of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
import torch

from hymt.engine.model import fused
from hymt.engine.projections import UnsupportedLayer
from hymt.hardware.devices import detect_device
from hymt.models.fused import load_fused
from hymt.models.loading import load
from hymt.models.precision import PRECISIONS
from tests.conftest import MINI

ALPHA = {"rope_scaling": {"type": "dynamic", "alpha": 1000.0, "factor": 1.0}, "rope_theta": 5000.0}


def configured(folder, **changes):
    """The embedded model with another config."""
    shutil.copytree(MINI, folder, dirs_exist_ok=True)
    config = json.loads((folder / "config.json").read_text())
    for name in ("rope_parameters",) if changes else ():
        config.pop(name)
    (folder / "config.json").write_text(json.dumps(config | changes))
    return folder


@pytest.mark.parametrize("name", PRECISIONS)
@torch.inference_mode()
def test_the_same_weights_lie_in_the_same_form(name):
    device = detect_device()
    ours = load_fused(MINI, PRECISIONS[name], device, lambda fraction: None)
    theirs = fused(load(MINI, PRECISIONS[name], device, lambda fraction: None))
    assert ours.dtype == theirs.dtype and ours.config == theirs.config
    assert torch.equal(ours.norm, theirs.norm)
    for one, other in zip(ours.layers, theirs.layers, strict=True):
        for mine, their in zip(one.norms, other.norms, strict=True):
            assert torch.equal(mine, their)
        for mine, their in zip(one.projections, other.projections, strict=True):
            assert all(map(torch.equal, mine.tensors, their.tensors))
    assert ours.head is ours.embedding  # tied
    whole, exact = ours.head.widened(torch.float32), theirs.head.widened(torch.float32)
    if PRECISIONS[name].bits is None:
        assert torch.equal(whole, exact)
    else:  # in INT8, half a step of a row's largest off at most
        assert ((whole - exact).abs() <= exact.abs().amax(1, keepdim=True) / 250).all()
        tokens = torch.tensor([3, 99, 15_999], device=ours.device)
        assert torch.equal(ours.embedding.rows(tokens, torch.float32), whole[tokens])
    assert ours.generation_config.eos_token_id == theirs.generation_config.eos_token_id


@pytest.mark.parametrize("changes", [{}, ALPHA], ids=["plain", "alpha"])
def test_angles_are_transformers_own(changes, tmp_path):
    folder, device, precision = configured(tmp_path, **changes), detect_device(), PRECISIONS["fp32"]
    ours = load_fused(folder, precision, device, lambda fraction: None)
    theirs = fused(load(folder, precision, device, lambda fraction: None))
    steps = torch.arange(300, device=ours.device)
    for one, other in zip(ours.angles(steps), theirs.angles(steps), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden_act": "gelu"},
        {"attention_bias": True},
        {"rope_scaling": {"type": "yarn", "factor": 4.0}},
        {"rope_scaling": {"type": "dynamic", "factor": 4.0}},
    ],
)
def test_what_only_transformers_runs_is_left_to_it(changes, tmp_path):
    with pytest.raises(UnsupportedLayer):
        load_fused(configured(tmp_path, **changes), PRECISIONS["fp32"], detect_device(), lambda fraction: None)


def test_a_translation_imports_no_model_library():
    """Importing transformers and bitsandbytes takes longer than all else of a start."""
    code = (
        "import sys; from hymt import Translator; "
        "print(Translator(precision='int8').translate('Good morning.', 'fr', 'en')); "
        "sys.exit(' '.join({'transformers', 'bitsandbytes', 'accelerate'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and done.stdout.strip(), done.stderr[-500:]
