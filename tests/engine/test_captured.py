"""The captured step without a GPU: its graphs are stand-ins that run what they would replay.

What a capture adds to the step is the same on both: widths with room to spare, rows that are not there, and news that
are read one step late.
"""

from __future__ import annotations

from typing import ClassVar

import pytest
import torch

from hymt.engine import decoder as decoding_room
from hymt.engine.decoder import Decoder
from hymt.engine.decoding import Decoding
from hymt.engine.local import LocalEngine
from hymt.engine.network import FusedNetwork
from hymt.engine.protocol import Request
from tests.engine.conftest import ask
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU captures in every test of the engine")


class Replayed:
    """Graphs that keep functions instead of recordings; what is replayed is noted."""

    replayed: ClassVar[list[object]] = []

    def __init__(self, pool=None) -> None:
        self.pool, self.kept = pool, {}

    def __contains__(self, key) -> bool:
        return key in self.kept

    def __iter__(self):
        return iter(self.kept)

    def capture(self, key, function) -> None:
        self.kept[key] = function

    def replay(self, key) -> None:
        self.replayed.append(key)
        self.kept[key]()


def reorder(self, batch, parents, count) -> None:
    """What the kernel does: each beam takes its parent's cache, groups that are not there change nothing."""
    rows = self._rows[batch.beams][: count * batch.beams].view(count, -1)
    sources, there = rows.gather(1, parents[:count]).view(-1), rows.view(-1) < self.slots
    self.cache.copy(sources[there], rows.view(-1)[there], 0, self.max_len)


@pytest.fixture
def capturing(engine, monkeypatch) -> None:
    """Engines made from here on capture; `engine` stays eager."""
    monkeypatch.setattr(decoding_room, "Graphs", Replayed)
    monkeypatch.setattr(Decoder, "_reorder", reorder)
    prepare = FusedNetwork.__init__

    def capture(self, *arguments) -> None:
        prepare(self, *arguments)
        self.captures = True

    monkeypatch.setattr(FusedNetwork, "__init__", capture)


@pytest.mark.usefixtures("capturing")
def test_results_are_the_eager_engines(engine, weights, prompts):
    """More sequences than slots, so that rows come, go and move while others run."""
    captured = LocalEngine(weights, slots=12, max_len=96)
    assert (captured._decoder.lag, engine._decoder.lag) == (1, 0)
    decodings = [Decoding(), Decoding(beams=4), Decoding(temperature=0.8, seed=3), Decoding(repetition_penalty=1.2)]
    mixed = [decodings[index % len(decodings)] for index in range(40)]
    Replayed.replayed.clear()
    assert ask(captured, prompts[:40], mixed) == ask(engine, prompts[:40], mixed)
    widths = {width for width in Replayed.replayed if isinstance(width, int)}
    assert widths <= {1, 2, 4, 8, 12} and len(widths) > 2
    captured.close()


@pytest.mark.usefixtures("capturing")
def test_an_answer_that_fills_its_slot_stays_in_it(engine, weights, prompts):
    """A finished sequence runs one step more before it is read: that step must not leave the cache."""
    captured = LocalEngine(weights, slots=4, max_len=len(prompts[0]) + 3)
    assert ask(captured, prompts[:1], Decoding(), max_new=3) == ask(engine, prompts[:1], Decoding(), max_new=3)
    captured.close()


@pytest.mark.usefixtures("capturing")
def test_wide_steps_are_recorded_when_there_is_time(weights):
    """A start waits for the narrowest alone; the others come in idle moments, the next wider one first."""
    captured = LocalEngine(weights, slots=12, max_len=96)
    assert eventually(lambda: list(captured._decoder.captured.forwards) == [1, 2, 4, 8, 12])
    captured.close()


@pytest.mark.usefixtures("capturing")
@torch.inference_mode()
def test_a_step_that_is_not_recorded_yet_runs_and_is_recorded(engine, weights, prompts):
    decoder = Decoder(weights, 4, 96)
    requests = [Request("a job", prompt, 6, Decoding(), print) for prompt in prompts[:3]]
    assert list(decoder.captured.forwards) == [1]
    running = decoder.settle(decoder.admit(requests))
    for _ in range(5):
        decoder.settle(decoder.step())
    assert list(decoder.captured.forwards) == [1, 4]
    expected = ask(engine, prompts[:3], Decoding(), max_new=6)
    assert [sequence.tokens for sequence in running] == expected
