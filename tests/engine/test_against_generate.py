"""The engine's answers are those of transformers' `generate`, in FP32, alone and batched.

A difference counts unless the two candidates' scores tie within 1e-4.
"""

from __future__ import annotations

import pytest

from hymt.engine.decoding import Decoding
from tests.engine.conftest import ask, generate, log_probability

TIE = 1e-4
ALONE = slice(None, None, 6)  # a prompt by itself takes several times as long as in a batch
WIDE = slice(None, None, 2)  # four beams take four times as long as one


def greedy_tie(weights, prompt, ours, theirs) -> bool:
    """At the first token where they part, both are as likely."""
    end = weights.generation_config.eos_token_id
    ours, theirs = [*ours, end], [*theirs, end]
    part = next(i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b)
    scores = [log_probability(weights, prompt, answer[: part + 1]) for answer in (ours, theirs)]
    return abs(scores[0] - scores[1]) < TIE


def beam_tie(weights, prompt, ours, theirs) -> bool:
    """Both whole answers have the same score: the log-probability a token."""
    end = weights.generation_config.eos_token_id
    scores = [log_probability(weights, prompt, [*answer, end]) / (len(answer) + 1) for answer in (ours, theirs)]
    return abs(scores[0] - scores[1]) < TIE


def assert_same(weights, prompts, ours, theirs, tie, least: int = 100) -> None:
    assert len(ours) == len(theirs) == len(prompts) >= least
    for prompt, mine, reference in zip(prompts, ours, theirs, strict=True):
        assert mine == reference or tie(weights, prompt, mine, reference)
    assert sum(mine == reference for mine, reference in zip(ours, theirs, strict=True)) >= 0.97 * len(prompts)


@pytest.fixture(scope="module")
def greedy_reference(weights, prompts):
    return generate(weights, prompts, batch=26)


@pytest.fixture(scope="module")
def beam_reference(weights, prompts):
    return generate(weights, prompts[WIDE], batch=26, num_beams=4)


def test_greedy_batched(weights, prompts, engine, greedy_reference):
    assert_same(weights, prompts, ask(engine, prompts, Decoding()), greedy_reference, greedy_tie)


def test_greedy_alone(weights, prompts, engine, greedy_reference):
    some = prompts[ALONE]
    ours = [ask(engine, [prompt], Decoding())[0] for prompt in some]
    assert_same(weights, some, ours, greedy_reference[ALONE], greedy_tie, least=17)


def test_beams_batched(weights, prompts, engine, beam_reference):
    some = prompts[WIDE]
    assert_same(weights, some, ask(engine, some, Decoding(beams=4)), beam_reference, beam_tie, least=50)


def test_beams_alone(weights, prompts, engine, beam_reference):
    some = prompts[WIDE][ALONE]
    ours = [ask(engine, [prompt], Decoding(beams=4))[0] for prompt in some]
    assert_same(weights, some, ours, beam_reference[ALONE], beam_tie, least=9)


@pytest.mark.parametrize("beams", [2, 3, 8])
def test_other_widths(weights, prompts, engine, beams):
    few = prompts[::13]
    assert ask(engine, few, Decoding(beams=beams)) == generate(weights, few, batch=1, num_beams=beams)


@pytest.mark.parametrize("beams", [1, 4])
def test_repetition_penalty(weights, prompts, engine, beams):
    few = [prompts[0], prompts[8], prompts[22], prompts[-1]]
    theirs = generate(weights, few, batch=1, num_beams=beams, repetition_penalty=2.0)
    assert ask(engine, few, Decoding(beams=beams, repetition_penalty=2.0)) == theirs
    assert theirs != generate(weights, few, batch=1, num_beams=beams)


def test_all_kinds_together(weights, prompts, engine):
    """Greedy, sampled and beam rows share steps, move between slots, and do not disturb one another."""
    kinds = [
        Decoding(),
        Decoding(beams=4),
        Decoding(temperature=0.8, seed=5),
        Decoding(beams=3, repetition_penalty=1.2),
        Decoding(repetition_penalty=1.2),
        Decoding(beams=8),
    ]
    mixed = prompts[:24]
    decodings = [kinds[i % len(kinds)] for i in range(len(mixed))]
    together = ask(engine, mixed, decodings)
    two_of_each = zip(mixed[:12], decodings, strict=False)
    alone = [ask(engine, [prompt], decoding)[0] for prompt, decoding in two_of_each]
    assert together[:12] == alone


def test_length_limit(weights, prompts, engine):
    """An answer that meets its limit is as long as the limit, by beams too."""
    for beams in (1, 4):
        answers = ask(engine, prompts[:4], Decoding(beams=beams), max_new=3)
        assert all(len(answer) == 3 for answer in answers)
