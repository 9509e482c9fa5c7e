"""How the kernels round and look up NF4's values; that they multiply right is for tests/engine/test_kernels.py."""

from __future__ import annotations

import re

import pytest
import torch

pytest.importorskip("triton")

from hymt.engine.kernels.nf4 import MIDDLE, STEPS, UNPACK
from hymt.engine.projections import NF4_CODE

CODE = torch.tensor(NF4_CODE, dtype=torch.float64)


def prmt(first: int, second: int, selector: int) -> int:
    """PTX's prmt.b32: a selector whose first bit is set spreads the sign of the byte that it names."""
    bytes_ = (first | second << 32).to_bytes(8, "little")
    found = 0
    for place in range(4):
        nibble = selector >> 4 * place & 15
        byte = bytes_[nibble & 7]
        found |= (byte if nibble < 8 else 255 * (byte >> 7)) << 8 * place
    return found


def test_a_nibble_finds_its_value():
    found = re.findall(r"prmt\.b32 [pr], (0x\w+), (0x\w+), [wx]", UNPACK.value)
    low, high = ([int(word, 16) for word in pair] for pair in found)
    for nibble, value in enumerate(NF4_CODE):
        found = (prmt(*low, nibble) | prmt(*high, nibble ^ 8)) & 255
        assert found == round(STEPS * value) + MIDDLE < 128


def test_rounded_values_are_as_near_to_weights_as_nf4():
    weights = torch.randn(4096, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    largest = weights.abs().amax(1, keepdim=True)
    places = torch.bucketize(weights / largest, (CODE[1:] + CODE[:-1]) / 2)

    def error(values: torch.Tensor) -> float:
        return ((values[places] * largest - weights) ** 2).mean().item()

    assert error((STEPS * CODE).round() / STEPS) == pytest.approx(error(CODE), rel=0.004)
