"""Cards of several sizes, run and not estimated: what the plan says for each limit, loaded and held to it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from hymt.bench import own
from hymt.bench.report import Timing
from hymt.bench.session import Prompts, Session
from hymt.hardware.memory import GIB
from hymt.models import loading
from hymt.models.catalogue import find_model
from hymt.models.manager import ModelManager
from hymt.models.plan import FAST, Plan
from hymt.models.precision import find_precision

SLOW_CHUNKS, SLOW_TOKENS = 8, 8  # of a text where every step takes seconds


def measure_cards(session: Session, folder: Path, prompts: Prompts) -> None:
    """The recommended precision within each limit; then each precision without one."""
    manager = ModelManager(session.device)
    try:
        for gib in session.settings.gpu_memory:
            advised = manager.recommendation(manager.device_within(gib), find_model(str(folder)))
            _measure(session, manager, folder, prompts, advised, gib)
        for precision in session.settings.precisions:
            chosen = manager.plan(find_model(str(folder)), find_precision(precision), manager.device_within(0))
            _measure(session, manager, folder, prompts, chosen, 0)
    finally:
        manager.close()
        loading.release_memory(session.device)


def _measure(session: Session, manager: ModelManager, folder: Path, prompts: Prompts, chosen: Plan, gib: float) -> None:
    """Load what the plan says within a limit of `gib` GiB (0: none), and translate a long text."""
    how = f"a card of {gib:g} GiB" if gib else "no limit"
    run = partial(_run, session, manager, folder, prompts, chosen, gib)
    described = chosen.as_dict() | {"memory_limit": int(gib * GIB) or None}
    session.measure("card", how, chosen.precision, chosen.slots, run, described)


def _run(session: Session, manager: ModelManager, folder: Path, prompts: Prompts, chosen: Plan, gib: float) -> Timing:
    settings = session.settings
    began = time.perf_counter()
    manager.swap(str(folder), chosen.precision, gpu_memory=gib if session.device.kind == "cuda" else None)
    load = time.perf_counter() - began
    engine = manager.current().engine
    if chosen.speed != FAST:
        chunks, new = min(settings.chunks, SLOW_CHUNKS), min(settings.new, SLOW_TOKENS)
        whole = own.long_text(engine, prompts, chunks, new)
        note = f"a text of {chunks} chunks, {new} tokens each; {chosen.speed}"
        return Timing(whole.seconds, whole.tokens, load=load, note=note)
    alone = own.greedy(engine, prompts, 1, settings.new)
    whole = own.long_text(engine, prompts, settings.chunks, settings.new)
    return Timing(whole.seconds, whole.tokens, alone.decode_rate, alone.first_token, load=load)
