"""The CPU's own ways through products and attention."""

from __future__ import annotations

import pytest
import torch

from hymt.engine.cpu import MANY, PIECE, CpuOperations
from hymt.engine.decoder import Decoder
from hymt.engine.parts import Shape
from hymt.engine.projections import Dense
from tests.conftest import MINI


@pytest.fixture
def without_instructions(monkeypatch):
    """As on a processor that cannot multiply FP16."""
    monkeypatch.setattr("hymt.engine.cpu.cpu_has_half", lambda: False)


@pytest.mark.parametrize("rows", [1, MANY - 1, MANY, 64])
@pytest.mark.parametrize("outputs", [1, PIECE, PIECE + 1, 5 * PIECE])
def test_products_in_half_are_rounded_once(without_instructions, rows, outputs):
    torch.manual_seed(rows)
    x, weight = torch.randn(rows, 96).half(), torch.randn(outputs, 96).half()
    operations = CpuOperations(Shape(1, 1, 2, 1e-5), torch.ones(4, 2), torch.ones(4, 2))
    found = operations.product(x, Dense(weight))[0]
    exact = x.double() @ weight.double().t()
    assert found.dtype == torch.float16 and found.shape == (rows, outputs)
    torch.testing.assert_close(found.double(), exact, rtol=2**-10, atol=2**-6)


@pytest.mark.parametrize("rows", [1, MANY - 1, MANY, 3 * MANY])
def test_steps_in_half_are_near_those_in_single(without_instructions, prompts, rows):
    """Prompts of several lengths, then a step for each: the same ranks of logits, as far as FP16 tells them apart."""
    from transformers import AutoModelForCausalLM

    logits = []
    for dtype in (torch.float16, torch.float32):
        network = Decoder(AutoModelForCausalLM.from_pretrained(MINI, dtype=dtype).eval(), rows, 128).network
        with torch.inference_mode():
            first = network.prefill(prompts[:rows], list(range(rows)))
            lengths = [len(prompt) for prompt in prompts[:rows]]
            step = network.decode(torch.full((rows,), 5), torch.tensor(lengths), max(lengths) + 1)
        logits.append(torch.cat((first, step)).float())
    spread = logits[1].std()
    assert (logits[0] - logits[1]).abs().max() < 0.05 * spread
