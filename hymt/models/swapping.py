"""One swap on its way: who asked for it and may end it, where it stands, what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from hymt.errors import UserError, as_user_error
from hymt.models.loaded import Loaded
from hymt.models.plan import Spread
from hymt.models.variant import Prepared, Variant


class SwapFailed(UserError):
    """The variant asked for is not loaded; its sentence says why, and what is loaded instead."""


class SwapStopped(SwapFailed):
    """A swap that was cancelled, took too long, or could not begin; what was loaded before is loaded."""


@dataclass(frozen=True)
class SwapProgress:
    """Where a swap stands. `fraction` is of the whole swap, from 0 to 1."""

    stage: str  # one of those below, or "ready"
    fraction: float
    variant: Variant


@dataclass(frozen=True)
class SwapReport:
    """What a swap did. `released_bytes` is measured, not estimated; None for the first load."""

    model: str
    precision: str
    changed: bool
    seconds: float
    released_bytes: int | None = None
    weight_bytes: int = 0
    cache_bytes: int = 0
    memory_limit: int | None = None
    spread: Spread | None = None


OnProgress = Callable[[SwapProgress], None]
# where each stage begins, as a share of the whole swap: first with the old variant given up before the new one is
# loaded, then with both in memory for a while
IN_TURN = {
    "checking": 0.0,
    "downloading": 0.02,
    "draining": 0.6,
    "releasing": 0.65,
    "loading": 0.7,
    "warming up": 0.95,
}
SIDE_BY_SIDE = {
    "checking": 0.0,
    "downloading": 0.02,
    "loading": 0.6,
    "warming up": 0.85,
    "draining": 0.9,
    "releasing": 0.95,
}
STOPPABLE = ("checking", "downloading", "loading")


class SwapOrder:
    """How somebody wants a swap to be done; `cancel` ends it, from any thread.

    `seconds` is the time that it may take. Without `login` the hub does not see who is logged in on this machine.
    `side_by_side`: whether the new variant may be in memory before the old one is gone, where both fit.
    """

    def __init__(self, seconds: float | None = None, login: bool = True, side_by_side: bool = True) -> None:
        self.login, self.side_by_side = login, side_by_side
        self._seconds, self._began = seconds, time.monotonic()
        self._stopped = threading.Event()
        self._why = "swap_cancelled"

    def cancel(self, why: str = "swap_cancelled") -> None:
        """End the swap as soon as it can be ended, for a reason of the errors' table. Returns at once."""
        if not self._stopped.is_set():
            self._why = why
            self._stopped.set()

    def check(self) -> None:
        """Raises SwapStopped if the swap is to end."""
        if self._stopped.is_set():
            raise SwapStopped(self._why)
        if self._seconds is not None and time.monotonic() - self._began > self._seconds:
            raise SwapStopped("swap_too_long", minutes=f"{self._seconds / 60:.0f}")


class Swap:
    """A swap on its way; `progress` is None until it has begun."""

    def __init__(self, order: SwapOrder, on_progress: OnProgress | None) -> None:
        self.order, self._stages = order, IN_TURN
        self._began = time.monotonic()
        self.variant: Variant  # from when it is chosen, before the first report
        self.progress: SwapProgress | None = None
        self._on_progress = on_progress or (lambda progress: None)

    def report(self, stage: str, fraction: float = 0.0) -> None:
        """Tell where it stands. Raises SwapStopped if it is to end and still can."""
        if stage in STOPPABLE:
            self.order.check()
        begins = self._stages.get(stage, 1.0)
        ends = min((start for start in self._stages.values() if start > begins), default=1.0)
        self.progress = SwapProgress(stage, begins + fraction * (ends - begins), self.variant)
        self._on_progress(self.progress)

    def side_by_side(self, both: bool) -> None:
        """Which way it takes from now on: with both variants in memory, or one after the other."""
        self._stages = SIDE_BY_SIDE if both else IN_TURN

    def ready(self, loaded: Loaded, released: int | None) -> SwapReport:
        """Tell that it has ended; its report."""
        self.report("ready", 1.0)
        return self._outcome(loaded, True, time.monotonic() - self._began, released)

    def unchanged(self, loaded: Loaded) -> SwapReport:
        """The report of a swap to what is loaded already."""
        return self._outcome(loaded, False, 0.0, None)

    def _outcome(self, loaded: Loaded, changed: bool, seconds: float, released: int | None) -> SwapReport:
        held = loaded.weight_bytes, loaded.cache_bytes
        limit, spread = loaded.variant.memory_limit, loaded.plan.spread
        return SwapReport(*loaded.variant.named, changed, seconds, released, *held, limit, spread)


def reason(error: Exception) -> UserError:
    """Why a load failed, in words for a user: no traceback, no path."""
    return as_user_error(error, "files_damaged")


def could_not_load(prepared: Prepared, error: Exception) -> dict:
    """The values of the sentences that say so."""
    return {"model": prepared.model.name, "precision": prepared.precision.label, "reason": reason(error)}


def loaded_instead(previous: Loaded) -> dict:
    """Of those that tell what is loaded now, the values for that."""
    return {"previous": previous.model.name, "previous_precision": previous.precision.label}
