"""What heads attend to, asked of an engine: as transformers has it, beside sequences that run."""

from __future__ import annotations

import queue

import pytest
import torch

from hymt.engine.decoding import Decoding
from hymt.engine.local import LocalEngine
from hymt.engine.network import FusedNetwork
from hymt.engine.protocol import Alignment, EngineClosed, Request
from hymt.engine.reference import ReferenceNetwork
from tests.engine.conftest import ask, submit_all

LAYER, HEADS = 4, (0, 7)


def attentions(weights, text: list[int]) -> torch.Tensor:
    """What transformers' own attention gives in LAYER (heads, tokens, tokens)."""
    usual = weights.config._attn_implementation
    weights.set_attn_implementation("eager")
    try:
        with torch.inference_mode():
            return weights(input_ids=torch.tensor([text]), output_attentions=True).attentions[LAYER][0].float()
    finally:
        weights.set_attn_implementation(usual)


@pytest.mark.parametrize("network", [FusedNetwork, ReferenceNetwork])
def test_heads_attend_as_transformers_has_it(weights, prompts, network):
    """Texts of several lengths in one pass: what stands beside the shorter ones must not be seen."""
    texts = [prompts[0], prompts[1] + prompts[2], prompts[3][:5]]
    with torch.inference_mode():
        found = network(weights, 4, 128).attention(texts, LAYER, HEADS)
    for text, heads in zip(texts, found, strict=True):
        torch.testing.assert_close(heads, attentions(weights, text)[list(HEADS)], atol=2e-3, rtol=0)


def test_an_engine_answers_beside_what_runs(weights, prompts):
    engine = LocalEngine(weights, slots=2, max_len=128)
    alone = ask(engine, prompts[:3], Decoding())
    inbox = submit_all(engine, prompts[:3], Decoding())  # one waits for a slot
    aligned: queue.SimpleQueue = queue.SimpleQueue()
    asked = Alignment(alone[0], (1, len(prompts[0])), LAYER, HEADS)
    engine.submit(Request("aligned", prompts[0], 1, Decoding(), aligned.put, alignment=asked))
    update = aligned.get(timeout=120)
    answers = {}
    while len(answers) < 3:
        news = inbox.get(timeout=120)
        if news.state != "running":
            answers[news.request.key] = list(news.tokens)
    engine.close()
    assert update.state == "done" and not update.tokens
    expected = attentions(weights, prompts[0] + alone[0])[list(HEADS), len(prompts[0]) :, 1 : len(prompts[0])]
    torch.testing.assert_close(torch.tensor(update.attention), expected, atol=2e-3, rtol=0)
    assert [answers[key] for key in range(3)] == alone


def test_a_text_longer_than_a_slot_is_cut(weights, prompts):
    engine = LocalEngine(weights, slots=1, max_len=32)
    inbox: queue.SimpleQueue = queue.SimpleQueue()
    prompt = prompts[0][:8]
    asked = Alignment(list(range(100, 150)), (0, 8), LAYER, HEADS)
    engine.submit(Request("long", prompt, 1, Decoding(), inbox.put, alignment=asked))
    attention = inbox.get(timeout=120).attention
    engine.close()
    assert [len(head) for head in attention] == [24, 24] and len(attention[0][0]) == 8


def test_a_closed_engine_takes_none(weights, prompts):
    engine = LocalEngine(weights, slots=1, max_len=64)
    engine.close()
    with pytest.raises(EngineClosed):
        engine.submit(Request("late", prompts[0], 1, Decoding(), print, alignment=Alignment([5], (0, 1), 0, (0,))))
