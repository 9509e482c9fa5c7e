"""How the engine is asked, and what is made of the times of its updates."""

from __future__ import annotations

import pytest

from hymt.bench import own
from hymt.bench.session import Prompts, best
from hymt.engine.local import LocalEngine
from hymt.engine.protocol import Update
from hymt.errors import UserError
from tests.conftest import MINI


def test_decoding_begins_when_the_last_sequence_has_its_first_token():
    times = [(1.0, 0, 1), (2.0, 0, 2), (2.0, 1, 1), (3.0, 0, 3), (3.0, 1, 2), (4.0, 0, 4), (4.0, 1, 3)]
    assert own.decode_rate(times, 2) == 2  # four tokens in the two seconds from 2.0 on


def test_updates_of_several_tokens():
    assert own.decode_rate([(1.0, 0, 1), (2.0, 0, 5), (3.0, 0, 9)], 1) == 4


@pytest.mark.parametrize("times", [[(1.0, 0, 1)], [(1.0, 0, 1), (2.0, 0, 2)], [(1.0, 0, 0), (1.0, 1, 0)]])
def test_no_rate_when_a_sequence_never_began_or_nothing_followed(times):
    assert own.decode_rate(times, 1 if len(times) == 1 else 2) is None


class Stub:
    """An engine that answers at once."""

    slots, max_len = 4, 100

    def __init__(self, state="done", tokens=3, error=None) -> None:
        self.answer, self.cancelled = (state, tokens, error), []

    def submit(self, request) -> None:
        state, tokens, error = self.answer
        request.sink(Update(request, state, (7,) * tokens, error=error))

    def cancel(self, job) -> None:
        self.cancelled.append(job)


@pytest.mark.parametrize(
    ("engine", "error", "words"),
    [
        (Stub(tokens=2), UserError, "2 of 3 tokens"),
        (Stub("failed", 0, MemoryError("no more")), MemoryError, "no more"),
        (Stub("returned", 0), UserError, "returned"),
    ],
)
def test_what_is_no_full_answer_is_no_measurement(engine, error, words):
    with pytest.raises(error, match=words):
        own.ask(engine, [[1, 2]], 3)
    assert len(engine.cancelled) == 1


def test_more_sequences_than_slots():
    with pytest.raises(UserError, match="4 slots"):
        own.greedy(Stub(), None, 5, 3)


def test_a_long_text_of_answers_shorter_than_the_warm_up():
    """The slots may end with the answer: a longer warm-up would not fit."""
    assert own.long_text(Stub(tokens=2), Prompts(MINI, 16000, 98), 5, 2).tokens == 10


def test_the_engine_makes_exactly_as_many_tokens(weights, monkeypatch):
    monkeypatch.setattr(weights.generation_config, "eos_token_id", -1)
    prompts = Prompts(MINI, 16000, 12)
    engine = LocalEngine(weights, slots=8, max_len=64)
    try:
        wide, beams = own.greedy(engine, prompts, 3, 6), own.beams(engine, prompts, 6)
        long = own.long_text(engine, prompts, 10, 6)
    finally:
        engine.close()
    assert (wide.tokens, beams.tokens, long.tokens) == (18, 6, 60)
    assert wide.decode_rate > 0 and wide.first_token is None and beams.first_token > 0


def test_best_of_rounds_leaves_the_first_out(monkeypatch):
    found = iter([1.0, 5.0, 3.0, 4.0])
    assert best(lambda: next(found), float) == 3.0


def test_one_slow_round_is_enough(monkeypatch):
    clock = iter([0.0, 10.0])
    monkeypatch.setattr("hymt.bench.session.time.perf_counter", lambda: next(clock))
    assert best(lambda: 10.0, float) == 10.0
