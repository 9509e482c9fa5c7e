from __future__ import annotations

import pytest

from hymt.errors import UserError
from hymt.hardware.devices import Device
from hymt.models.fused import load_fused
from hymt.models.loading import held_bytes, load
from hymt.models.precision import PRECISIONS, find_precision
from hymt.models.shape import SHAPE_1_8B, SHAPE_7B, ModelShape
from tests.conftest import MINI

GIB = 2**30
CPU = Device("cpu", "a processor", "for a test")


def test_parameters_are_the_models_own(weights):
    assert ModelShape.read(MINI).parameters == sum(p.numel() for p in weights.parameters())


@pytest.mark.parametrize("precision", list(PRECISIONS))
def test_weight_bytes_are_what_is_loaded(precision):
    shape, how = ModelShape.read(MINI), (MINI, PRECISIONS[precision], CPU, lambda fraction: None)
    assert held_bytes(load(*how)) == pytest.approx(shape.weight_bytes(precision, "cpu", fused=False), rel=0.02)
    assert held_bytes(load_fused(*how)) == pytest.approx(shape.weight_bytes(precision, "cpu"), rel=0.01)


def test_the_7b_is_as_measured():
    """Measured on real weights in transformers' modules: 13.98, 7.48 and 4.23 GiB, NF4's scales not counted.

    With the output matrix in INT8 7.00 and 4.15 GiB, scales and all; 128 KiB of KV cache a token.
    """
    assert SHAPE_7B.weight_bytes("fp16") / GIB == pytest.approx(13.98, rel=0.01)
    assert SHAPE_7B.weight_bytes("int8", fused=False) / GIB == pytest.approx(7.48, rel=0.01)
    assert SHAPE_7B.weight_bytes("int8") / GIB == pytest.approx(7.00, rel=0.01)
    scales = SHAPE_7B.linear_weights * 4 / 64
    assert (SHAPE_7B.weight_bytes("nf4", fused=False) - scales) / GIB == pytest.approx(4.23, rel=0.01)
    assert SHAPE_7B.weight_bytes("nf4") / GIB == pytest.approx(4.15, rel=0.01)
    assert SHAPE_7B.kv_bytes_per_token("fp16") == 128 * 1024
    assert SHAPE_1_8B.weight_bytes("fp16") == pytest.approx(3.6e9, rel=0.02)


def test_progress_is_reported_while_loading():
    fractions = []
    load(MINI, PRECISIONS["fp16"], CPU, fractions.append)
    assert fractions == sorted(fractions) and fractions[-1] == 1.0 and len(fractions) > 10


def test_precisions_are_found_in_any_case():
    assert find_precision(" FP16 ").name == "fp16"
    with pytest.raises(UserError, match="fp32, bf16, fp16, int8, nf4"):
        find_precision("fp8")


def test_every_precision_runs_on_the_cpu():
    assert not any(precision.unavailable(CPU) for precision in PRECISIONS.values())


def test_old_gpus_are_told_what_they_lack():
    old = Device("cuda", "Tesla V100", "for a test", capability=(7, 0))
    assert "8.0" in str(PRECISIONS["bf16"].unavailable(old))
    assert "Tesla V100" in str(PRECISIONS["int8"].unavailable(old))
    assert PRECISIONS["fp16"].unavailable(old) is None
