"""Scheduling: fairness, cancelling, closing, failing."""

from __future__ import annotations

import gc
import itertools
import math
import queue
import weakref

import pytest
import torch

from hymt.engine.beams import BeamBatch
from hymt.engine.decoder import Decoder
from hymt.engine.decoding import MIN_TEMPERATURE, Decoding
from hymt.engine.local import LocalEngine
from hymt.engine.protocol import EngineClosed, EngineFailed, Request
from hymt.engine.sampling import SamplingBatch
from hymt.errors import UserError
from hymt.hardware.devices import detect_device
from hymt.models.loading import load
from hymt.models.precision import PRECISIONS
from tests.conftest import MINI
from tests.engine.conftest import ask
from tests.waiting import eventually


@pytest.fixture
def small(weights):
    engine = LocalEngine(weights, slots=8, max_len=128)
    yield engine
    engine.close()


def submit(engine, job, prompts, decoding=None, max_new=40):
    """Submit and return the queue of all updates."""
    inbox = queue.SimpleQueue()
    for key, prompt in enumerate(prompts):
        engine.submit(Request(job, prompt, max_new, decoding or Decoding(), inbox.put, key))
    return inbox


def ended(inbox, count):
    """The ended updates of `count` requests, in their order of ending."""
    updates = []
    while len(updates) < count:
        update = inbox.get(timeout=120)
        if update.state != "running":
            updates.append(update)
    return updates


def test_updates_grow_and_end(small, prompts):
    inbox = submit(small, "job", prompts[:1])
    seen = [()]
    while (update := inbox.get(timeout=60)).state == "running":
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
    inbox = submit(small, "job", prompts[:2], Decoding(beams=4))
    last = {0: (), 1: ()}
    for _ in range(200):
        update = inbox.get(timeout=60)
        key = update.request.key
        assert update.tokens[: len(last[key])] == last[key]
        last[key] = update.tokens
        if update.state == "done" and all(last.values()) and inbox.empty():
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
    inbox = submit(small, "long", prompts, max_new=100)
    while small.status().busy_slots < 8:
        inbox.get(timeout=60)
    small.cancel("long")
    states = {update.state for update in ended(inbox, len(prompts))}
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
    inbox = submit(engine, "job", prompts)
    inbox.get(timeout=60)
    engine.close()
    updates = ended(inbox, len(prompts))
    states = [update.state for update in updates]
    assert set(states) == {"done", "returned"}
    assert states.count("returned") >= len(prompts) - 40
    with pytest.raises(EngineClosed):
        submit(engine, "late", prompts[:1])


def failing(monkeypatch, owner, name, fails, error=None):
    """Let a method raise wherever `fails`, asked with its arguments, says so."""
    real = getattr(owner, name)
    error = error or RuntimeError("boom")

    def method(self, *arguments):
        if fails(*arguments):
            raise error
        return real(self, *arguments)

    monkeypatch.setattr(owner, name, method)


def turns(*which):
    """True at the calls of these numbers, counted from 0."""
    calls = itertools.count()
    return lambda *arguments: next(calls) in which


def test_a_failing_step_is_tried_again(small, prompts, monkeypatch):
    expected = ask(small, prompts[:20], Decoding())
    failing(monkeypatch, Decoder, "step", turns(3))
    assert ask(small, prompts[:20], Decoding()) == expected


def test_a_step_that_fails_twice_fails_its_jobs_and_the_engine_lives(small, prompts, monkeypatch):
    expected = ask(small, prompts[:1], Decoding())
    failing(monkeypatch, Decoder, "step", turns(1, 2))
    (update,) = ended(submit(small, "job", prompts[:1]), 1)
    assert update.state == "failed" and str(update.error) == "boom"
    assert ask(small, prompts[:1], Decoding()) == expected


def test_a_job_cancelled_as_its_step_fails_does_not_begin_anew(small, prompts, monkeypatch):
    def cancelled(*arguments):
        small.cancel("job")
        return not small.status().waiting

    failing(monkeypatch, Decoder, "step", cancelled)
    assert [update.state for update in ended(submit(small, "job", prompts[:4]), 4)] == ["cancelled"] * 4


@pytest.mark.parametrize("beams", [1, 4])
@pytest.mark.parametrize("place", ["prefill", "admit", "advance"])
def test_what_cannot_be_admitted_fails_alone(small, prompts, monkeypatch, beams, place):
    """Whichever part of the admission fails: who runs and who enters beside the guilty one do not notice."""
    decoding, few = Decoding(beams=beams), prompts[:6]
    expected = ask(small, few, decoding)
    guilty = [5, 6, 7]
    if place == "prefill":
        failing(monkeypatch, type(small._decoder.network), "prefill", lambda entering, rows: guilty in entering)
    else:
        entering = []
        batch = BeamBatch if beams > 1 else SamplingBatch
        real = batch.admit

        def admit(self, rows, prompts, *more):
            entering[:] = [guilty in prompts]
            real(self, rows, prompts, *more)
            if entering[0] and place == "admit":
                raise RuntimeError("boom")

        monkeypatch.setattr(batch, "admit", admit)
        if place == "advance":
            failing(monkeypatch, batch, "advance", lambda *arguments: entering and entering.pop())
    inbox = submit(small, "job", [*few[:3], guilty, *few[3:]], decoding)
    updates = {update.request.key: update for update in ended(inbox, 7)}
    failed = updates.pop(3)
    assert failed.state == "failed" and str(failed.error) == "boom"
    assert [list(updates[key].tokens) for key in sorted(updates)] == [answer[:40] for answer in expected]
    assert eventually(lambda: small.status().busy_slots == 0)


# -- the end of the thread ---------------------------------------------------------------------------------


def out_of_memory_for_good(monkeypatch):
    oom = torch.cuda.OutOfMemoryError("out of memory")
    failing(monkeypatch, Decoder, "step", turns(2), oom)
    failing(monkeypatch, LocalEngine, "_start", lambda model: True, oom)


ENDS = {
    "memory again while halving": out_of_memory_for_good,
    "the reset": lambda patch: (
        failing(patch, Decoder, "step", turns(2)),
        failing(patch, Decoder, "reset", lambda: True),
    ),
    "SystemExit": lambda patch: failing(patch, Decoder, "step", turns(2), SystemExit()),
    "a sink": lambda patch: failing(patch, LocalEngine, "_report", turns(2), KeyboardInterrupt()),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_when_the_thread_ends_every_request_fails_with_a_message(weights, prompts, monkeypatch, end):
    engine = LocalEngine(weights, slots=32, max_len=128)
    order = []
    engine.when_failed(lambda: order.append("told"))
    end(monkeypatch)
    inbox = submit(engine, "job", prompts)
    updates = ended(inbox, len(prompts))
    order.append("heard")
    assert {update.state for update in updates} == {"failed"} and order == ["told", "heard"]
    assert all(isinstance(update.error, EngineFailed) for update in updates)
    with pytest.raises(EngineFailed, match="loaded again"):
        submit(engine, "late", prompts[:1])
    status = engine.status()
    assert (status.busy_slots, status.waiting, engine.cache_bytes) == (0, 0, 0)
    engine.when_failed(lambda: order.append("told at once"))
    assert order[-1] == "told at once"
    engine.close()


def test_a_dead_engine_holds_no_model(prompts, monkeypatch):
    model = load(MINI, PRECISIONS["fp16"], detect_device(), lambda fraction: None)
    gone = weakref.ref(model)
    engine = LocalEngine(model, slots=8, max_len=128)
    del model
    failing(monkeypatch, Decoder, "step", turns(2), SystemExit())
    kept = ended(submit(engine, "job", prompts[:4]), 4)
    engine.close()
    gc.collect()
    assert gone() is None and len(kept) == 4


@pytest.mark.parametrize("value", [math.nan, 0.0], ids=["NaN", "zero"])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_weights_that_compute_no_numbers_are_refused(precision, value):
    model = load(MINI, PRECISIONS["fp32"], detect_device(), lambda fraction: None)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)
    with pytest.raises(UserError, match="no numbers"):
        LocalEngine(model, slots=8, max_len=128)


# -- what is refused ---------------------------------------------------------------------------------------


def test_what_cannot_fit_is_refused(small, prompts):
    with pytest.raises(UserError, match="shorter chunk"):
        submit(small, "job", [[1] * 128])
    with pytest.raises(UserError, match="only"):
        submit(small, "job", prompts[:1], max_new=500)


@pytest.mark.parametrize(
    "wrong",
    [
        {"beams": 0},
        {"beams": 9},
        {"beams": 2.5},
        {"beams": True},
        {"beams": "4"},
        {"top_k": 10**400},
        {"top_p": 0},
        {"top_p": math.nan},
        {"temperature": -1},
        {"temperature": math.inf},
        {"temperature": 1e-40},
        {"repetition_penalty": None},
        {"seed": "x" * 10**6},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_decoding_is_checked(wrong):
    with pytest.raises(UserError, match=next(iter(wrong))) as refused:
        Decoding(**wrong)
    assert len(refused.value.say("zh")) < 200


def test_numbers_come_in_any_type():
    decoding = Decoding(beams=8.0, top_k=20.0, seed=7.0, temperature=0, repetition_penalty=1)
    assert decoding == Decoding(beams=8, seed=7)
    kinds = {name: type(value) for name, value in vars(decoding).items()}
    assert {name for name, kind in kinds.items() if kind is int} == {"beams", "top_k", "seed"}


def test_the_lowest_temperature_draws_what_is_likeliest(small, prompts):
    assert ask(small, prompts[:8], Decoding(temperature=MIN_TEMPERATURE)) == ask(small, prompts[:8], Decoding())


def test_beams_and_sampling_exclude_each_other():
    with pytest.raises(UserError, match="does not sample"):
        Decoding(beams=4, temperature=0.7)


@pytest.mark.parametrize(("failures", "left"), [((2,), 16), ((2, 9), 8)])
def test_too_little_memory_means_fewer_slots_and_no_lost_job(weights, prompts, monkeypatch, failures, left):
    engine, some = LocalEngine(weights, slots=32, max_len=128), prompts[:40]  # more than there are slots
    expected, whole = ask(engine, some, Decoding()), engine.cache_bytes
    failing(monkeypatch, Decoder, "step", turns(*failures), torch.cuda.OutOfMemoryError("out of memory"))
    assert ask(engine, some, Decoding()) == expected
    assert engine.slots == engine.status().slots == left
    assert engine.cache_bytes < 1.2 * whole * left / 32
    engine.close()
    assert engine.cache_bytes == 0


def test_halving_goes_on_until_the_slots_fit(weights, prompts, monkeypatch):
    engine, some = LocalEngine(weights, slots=32, max_len=128), prompts[:40]
    expected, oom = ask(engine, some, Decoding()), torch.cuda.OutOfMemoryError("out of memory")
    failing(monkeypatch, Decoder, "step", turns(2), oom)
    failing(monkeypatch, LocalEngine, "_start", lambda model: engine.slots > 8, oom)
    assert ask(engine, some, Decoding()) == expected
    assert engine.slots == 8
    engine.close()


def test_at_the_fewest_slots_too_little_memory_is_an_error_like_others(small, prompts, monkeypatch):
    expected = ask(small, prompts[:4], Decoding())
    oom = torch.cuda.OutOfMemoryError("out of memory")
    failing(monkeypatch, type(small._decoder.network), "prefill", lambda entering, rows: [5] in entering, oom)
    updates = {update.request.key: update for update in ended(submit(small, "job", [[5], *prompts[:4]]), 5)}
    assert updates.pop(0).state == "failed" and small.slots == 8
    assert [list(updates[key].tokens) for key in sorted(updates)] == [answer[:40] for answer in expected]
