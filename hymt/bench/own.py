"""hymt's own figures, through the manager that users have: its engine at each width, beams, a long text, swaps."""

from __future__ import annotations

import itertools
import queue
import time
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from hymt.bench.report import Timing
from hymt.bench.session import Prompts, Session, best
from hymt.engine.decoding import Decoding
from hymt.engine.protocol import Engine, Request, Update
from hymt.errors import UserError
from hymt.hardware.memory import show_bytes
from hymt.models import loading
from hymt.models.manager import ModelManager, SwapProgress

BEAMS = 4
PATIENCE = 900  # seconds to wait for an answer before the engine counts as stuck
WARM_UP = 4  # tokens
GREEDY = Decoding()
Heard = list[tuple[float, object, int]]  # a time, a sequence, and its tokens so far

_numbers = itertools.count()


def measure_own(session: Session, folder: Path, prompts: Prompts) -> None:
    """One precision after another, each swapped in by the manager; at last once more around.

    On a GPU the first round compiles kernels that the machine has not seen; the second tells what a swap costs then.
    """
    manager = ModelManager(session.device)
    asked = session.settings.precisions
    try:
        for precision in asked:
            if _swap(session, manager, folder, precision, prompts):
                _measure_loaded(session, manager.current().engine, precision, prompts)
        if session.wants("swap") and len(asked) > 1:
            for precision in asked:
                _swap(session, manager, folder, precision, prompts)
    finally:
        manager.close()
        loading.release_memory(session.device)


def _swap(session: Session, manager: ModelManager, folder: Path, precision: str, prompts: Prompts) -> bool:
    """Load a precision and time it; whether it is loaded now."""
    how = f"swap from {manager.loaded.precision.label}" if manager.loaded else "first load"

    def run() -> Timing:
        stages: dict[str, float] = {}

        def follow(at: SwapProgress) -> None:
            stages.setdefault(at.stage, time.perf_counter())

        began = time.perf_counter()
        swapped = manager.swap(str(folder), precision, follow)
        seconds = time.perf_counter() - began
        answer = ask(manager.current().engine, prompts.take(1), 1)
        notes = [f"{show_bytes(swapped.released_bytes)} given back"] if swapped.released_bytes is not None else []
        notes += [f"{stage} {end - begin:.1f} s" for (stage, begin), (_, end) in pairwise(stages.items())]
        return Timing(seconds, first_token=answer.times[0][0] - began, note=", ".join(notes))

    return not session.measure("swap", how, precision, 1, run).error


def _measure_loaded(session: Session, engine: Engine, precision: str, prompts: Prompts) -> None:
    settings = session.settings

    def measure(part: str, how: str, sequences: int, run) -> None:
        if session.wants(part):
            session.measure(part, how, precision, sequences, run)

    for width in settings.widths:
        measure("hymt", "hymt, greedy", width, partial(greedy, engine, prompts, width, settings.new))
    measure("beams", f"hymt, {BEAMS} beams", 1, partial(beams, engine, prompts, settings.new))
    how, at_once = f"hymt, a text of {settings.chunks} chunks", min(engine.slots, settings.chunks)
    measure("long", how, at_once, partial(long_text, engine, prompts, settings.chunks, settings.new))


def greedy(engine: Engine, prompts: Prompts, width: int, new: int) -> Timing:
    """`width` sequences at once, all begun together. Raises UserError when the engine has fewer slots."""
    if width > engine.slots:
        raise UserError("bench_slots", slots=engine.slots)
    found = best(lambda: ask(engine, prompts.take(width), new), lambda answers: answers.seconds)
    first = found.times[0][0] - found.began if width == 1 else None
    return Timing(found.seconds, width * new, decode_rate(found.times, width), first)


def beams(engine: Engine, prompts: Prompts, new: int) -> Timing:
    """Beam search of one sequence. What is settled comes late, so decoding is the whole less an answer of one token."""
    if engine.slots < BEAMS:
        raise UserError("bench_slots", slots=engine.slots)

    def seconds(tokens: int) -> float:
        return ask(engine, prompts.take(1), tokens, Decoding(beams=BEAMS)).seconds

    whole, one = best(lambda: seconds(new), float), best(lambda: seconds(1), float)
    return Timing(whole, new, rate_between(whole, one, new - 1), one)


def long_text(engine: Engine, prompts: Prompts, chunks: int, new: int) -> Timing:
    """All chunks submitted at once, as a long text's are; once, after a short warm-up of every slot."""
    ask(engine, prompts.take(min(chunks, engine.slots)), min(new, WARM_UP))
    found = ask(engine, prompts.take(chunks), new)
    return Timing(found.seconds, chunks * new)


@dataclass(frozen=True)
class Answers:
    """When each update came, of requests submitted from `began` on."""

    began: float
    times: Heard

    @property
    def seconds(self) -> float:
        return self.times[-1][0] - self.began


def ask(engine: Engine, prompts: list[list[int]], new: int, decoding: Decoding = GREEDY) -> Answers:
    """Submit all prompts; wait for their answers of exactly `new` tokens each.

    Raises what the engine failed with, or UserError for no answer, or one of another length.
    """
    times: Heard = []
    ended: queue.SimpleQueue[Update] = queue.SimpleQueue()

    def sink(update: Update) -> None:
        times.append((time.perf_counter(), update.request.key, len(update.tokens)))
        if update.state != "running":
            ended.put(update)

    job = f"bench {next(_numbers)}"
    began = time.perf_counter()
    try:
        for key, prompt in enumerate(prompts):
            engine.submit(Request(job, prompt, new, decoding, sink, key))
        for _ in prompts:
            _check(ended.get(timeout=PATIENCE), new)
    except queue.Empty:
        engine.cancel(job)
        raise UserError("bench_no_answer", seconds=PATIENCE) from None
    except BaseException:
        engine.cancel(job)
        raise
    return Answers(began, times)


def _check(update: Update, new: int) -> None:
    if update.state != "done":
        raise update.error or UserError("bench_state", state=update.state)
    if len(update.tokens) != new:
        raise UserError("bench_tokens", generated=len(update.tokens), wanted=new)


def decode_rate(times: Heard, sequences: int) -> float | None:
    """Tokens/s of all sequences once each has its first token; None if nothing was left to make then."""
    counts: dict[object, int] = {}
    begun = None  # the moment, and how many tokens there were
    for moment, key, tokens in times:
        counts[key] = tokens
        if begun is None and len(counts) == sequences and all(counts.values()):
            begun = moment, sum(counts.values())
    return rate_between(moment, begun[0], sum(counts.values()) - begun[1]) if begun else None


def rate_between(end: float, begin: float, tokens: int) -> float | None:
    """Tokens/s in a span of seconds; None where rounding or one token leaves nothing to divide."""
    return tokens / (end - begin) if tokens > 0 and end > begin else None
