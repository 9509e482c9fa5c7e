"""Scheduling: fairness, cancelling, closing, failing."""

from __future__ import annotations

import queue
import threading

import pytest
import torch

from hymt.engine.decoder import Decoder
from hymt.engine.decoding import Decoding, EngineClosed, Request
from hymt.engine.local import LocalEngine
from hymt.errors import UserError
from tests.engine.conftest import ask


@pytest.fixture
def small(weights):
    engine = LocalEngine(weights, slots=8, max_len=128)
    yield engine
    engine.close()


def submit(engine, job, prompts, decoding=None, max_new=40):
    """Submit and return the queue of all updates."""
    heard = queue.SimpleQueue()
    for key, prompt in enumerate(prompts):
        engine.submit(Request(job, prompt, max_new, decoding or Decoding(), heard.put, key))
    return heard


def ended(heard, count):
    """The ended updates of so many requests, in their order of ending."""
    updates = []
    while len(updates) < count:
        update = heard.get(timeout=120)
        if update.state != "running":
            updates.append(update)
    return updates


def test_updates_grow_and_end(small, prompts):
    heard = submit(small, "job", prompts[:1])
    seen = [()]
    while (update := heard.get(timeout=60)).state == "running":
        assert update.tokens[: len(seen[-1])] == seen[-1]
        seen.append(update.tokens)
    assert update.state == "done" and update.tokens == tuple(ask(small, prompts[:1], Decoding())[0])
    assert len(seen) > 3


def test_more_slots_than_positions(weights, prompts):
    """Rows and positions are counted apart: many slots may be short."""
    chosen = sorted(prompts, key=len)[:24]
    room = max(map(len, chosen)) + 4
    answers = {}
    for slots in (2 * room, 4):
        engine = LocalEngine(weights, slots=slots, max_len=room)
        answers[slots] = ask(engine, chosen * (2 if slots > room else 1), Decoding(), max_new=4)
        engine.close()
    assert answers[2 * room] == answers[4] * 2


def test_streamed_beams_never_take_back(small, prompts):
    """What a beam search streams is settled: each update continues the one before."""
    heard = submit(small, "job", prompts[:2], Decoding(beams=4))
    last = {0: (), 1: ()}
    for _ in range(200):
        update = heard.get(timeout=60)
        key = update.request.key
        assert update.tokens[: len(last[key])] == last[key]
        last[key] = update.tokens
        if update.state == "done" and all(last.values()) and heard.empty():
            break


def test_a_sentence_beside_a_document_gets_the_next_slot(small, prompts):
    document = submit(small, "document", prompts * 2)
    while document.get(timeout=60).state == "running":  # the document fills the engine
        pass
    sentence = submit(small, "sentence", prompts[:1])
    ended(sentence, 1)
    assert small.status().waiting > 100  # most of the document has not even begun
    small.cancel("document")


def test_a_wide_request_is_not_starved(small, prompts):
    narrow = submit(small, "narrow", prompts)
    narrow.get(timeout=60)
    wide = submit(small, "wide", prompts[:1], Decoding(beams=8))
    ended(wide, 1)
    assert small.status().waiting > 50
    small.cancel("narrow")


def test_cancel_frees_the_slots(small, prompts):
    heard = submit(small, "long", prompts, max_new=100)
    while small.status().busy_slots < 8:
        heard.get(timeout=60)
    small.cancel("long")
    states = {update.state for update in ended(heard, len(prompts))}
    assert "cancelled" in states and states <= {"cancelled", "done"}
    ask(small, prompts[:1], Decoding(), job="next")
    assert small.status().waiting == 0


def test_cancel_leaves_others_alone(small, prompts):
    expected = ask(small, prompts[:6], Decoding())
    doomed = submit(small, "doomed", prompts[50:90])
    kept = submit(small, "kept", prompts[:6])
    small.cancel("doomed")
    answers = {update.request.key: list(update.tokens) for update in ended(kept, 6)}
    assert [answers[key] for key in range(6)] == expected
    ended(doomed, 40)


def test_close_returns_what_waits_and_finishes_what_runs(weights, prompts):
    engine = LocalEngine(weights, slots=8, max_len=128)
    heard = submit(engine, "job", prompts)
    heard.get(timeout=60)
    engine.close()
    updates = ended(heard, len(prompts))
    states = [update.state for update in updates]
    assert set(states) == {"done", "returned"}
    assert states.count("returned") >= len(prompts) - 40
    with pytest.raises(EngineClosed):
        submit(engine, "late", prompts[:1])


def test_a_failing_step_fails_its_jobs_and_the_engine_lives(small, prompts, monkeypatch):
    expected = ask(small, prompts[:1], Decoding())
    decoder, broken = small._decoder, threading.Event()
    step = decoder.step

    def fail_once():
        if not broken.is_set():
            broken.set()
            raise RuntimeError("boom")
        return step()

    monkeypatch.setattr(decoder, "step", fail_once)
    (update,) = ended(submit(small, "job", prompts[:1]), 1)
    assert update.state == "failed" and str(update.error) == "boom"
    assert ask(small, prompts[:1], Decoding()) == expected


def test_what_cannot_fit_is_refused(small, prompts):
    with pytest.raises(UserError, match="shorter chunk"):
        submit(small, "job", [[1] * 128])
    with pytest.raises(UserError, match="only"):
        submit(small, "job", prompts[:1], max_new=500)


@pytest.mark.parametrize("wrong", [{"beams": 0}, {"beams": 9}, {"top_p": 0}, {"temperature": -1}, {"beams": 2.5}])
def test_decoding_is_checked(wrong):
    with pytest.raises(UserError, match=next(iter(wrong))):
        Decoding(**wrong)


def test_beams_and_sampling_exclude_each_other():
    with pytest.raises(UserError, match="does not sample"):
        Decoding(beams=4, temperature=0.7)


def test_too_little_memory_means_fewer_slots_and_no_lost_job(weights, prompts, monkeypatch):
    engine = LocalEngine(weights, slots=32, max_len=128)
    expected = ask(engine, prompts, Decoding())
    step, failures = Decoder.step, iter((False, False, True))

    def fail_third(decoder):
        if next(failures, False):
            raise torch.cuda.OutOfMemoryError("out of memory")
        return step(decoder)

    monkeypatch.setattr(Decoder, "step", fail_third)
    assert ask(engine, prompts, Decoding()) == expected
    assert engine.slots == engine.status().slots == 16
    engine.close()
