"""Sampling draws from the distribution that transformers' warpers make, and a seed decides what it draws."""

from __future__ import annotations

import torch
from transformers.generation.logits_process import (
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from hymt.engine.decoding import Decoding
from hymt.engine.sampling import SamplingBatch, warped
from tests.engine.conftest import ask


def reference(scores, temperature, top_k, top_p):
    for warper in (TemperatureLogitsWarper(temperature), TopKLogitsWarper(top_k), TopPLogitsWarper(top_p)):
        scores = warper(None, scores)
    return scores.softmax(-1)


def test_distribution_is_transformers():
    generator = torch.Generator().manual_seed(0)
    scores = 3 * torch.randn(6, 1000, generator=generator)
    for temperature, top_k, top_p in ((0.7, 20, 0.6), (1.3, 200, 0.95), (0.2, 1, 1.0), (1.0, 50, 0.01)):
        column = [torch.full((6, 1), value) for value in (temperature, top_k, top_p)]
        probabilities, tokens = warped(scores, *column)
        ours = torch.zeros_like(scores).scatter(1, tokens, probabilities)
        torch.testing.assert_close(ours, reference(scores, temperature, top_k, top_p), atol=1e-5, rtol=1e-4)


def test_draws_follow_the_distribution():
    count, vocab = 4000, 12
    batch = SamplingBatch(count, 8, vocab, torch.tensor([vocab - 1]))
    scores = torch.linspace(0, 3, vocab).expand(count, -1)
    decodings = [Decoding(temperature=1.0, top_k=6, top_p=1.0, seed=seed) for seed in range(count)]
    batch.admit(list(range(count)), [[0]] * count, decodings, [8] * count)
    batch.advance(scores, 0, count)
    drawn = torch.bincount(batch.tokens, minlength=vocab) / count
    expected = reference(scores[:1], 1.0, 6, 1.0)[0]
    assert torch.all(drawn[expected == 0] == 0)
    assert (drawn - expected).abs().max() < 0.03


def test_a_seed_decides_whatever_runs_beside(prompts, engine):
    decoding = Decoding(temperature=1.2, top_k=100, top_p=1.0, seed=7)
    alone = ask(engine, prompts[:1], decoding)[0]
    crowd = ask(engine, prompts[:20], [decoding] + [Decoding(temperature=1.2, seed=i) for i in range(19)])
    assert crowd[0] == alone
    others = [ask(engine, prompts[:1], Decoding(temperature=1.2, top_k=100, top_p=1.0, seed=s))[0] for s in (8, 9, 10)]
    assert any(other != alone for other in others)
