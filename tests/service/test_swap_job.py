"""A visitor's swap through the door, with a manager that loads until it is told to stop."""

from __future__ import annotations

import threading
from contextlib import aclosing

import pytest

from hymt.engine.decoding import FUSED
from hymt.errors import UserError
from hymt.models.manager import SwapProgress, SwapReport
from hymt.models.variant import Variant
from hymt.service.permissions import Permissions
from hymt.service.swap_job import SwapJob
from hymt.service.visits import SWAPS, Queued, Refused, Visits
from tests.waiting import finished

PROGRESS = SwapProgress("loading", 0.5, Variant("hymt-mini", "fp16", None, FUSED, model="hymt-mini"))
REPORT = SwapReport("hymt-mini", "fp16", True, 1.0)


class Loading:
    """Asked to swap it tells that it loads; it ends when it is let go, or by its order."""

    def __init__(self, error: Exception | None = None) -> None:
        self.free, self.over, self.asked, self.error = threading.Event(), threading.Event(), [], error

    def swap(self, model, precision, on_progress, gpu_memory, order) -> SwapReport:
        self.asked.append((model, precision, gpu_memory))
        try:
            if self.error:
                raise self.error
            while not self.free.wait(0.01):
                on_progress(PROGRESS)
                order.check()
            return REPORT
        finally:
            self.over.set()


def events(visits: Visits, manager: Loading, permissions: Permissions | None = None, user: str | None = None):
    def start() -> SwapJob:
        return SwapJob(manager, permissions or Permissions(), user, "hymt-mini", "", 8)

    return visits.run("me", "swap", SWAPS, start, lambda _, event: event, 0.01)


async def collected(running) -> list:
    return [event async for event in running]


def test_a_swap_ends_with_its_report():
    manager = Loading()
    manager.free.set()
    assert finished(collected(events(Visits(), manager))) == [Queued(0), REPORT]
    assert manager.asked == [("hymt-mini", None, 8)]


@pytest.mark.parametrize("place", ["swap", None])
def test_a_visits_stop_and_its_closing_end_its_swap(place):
    visits, manager = Visits(), Loading()

    async def stopped():
        running, seen = events(visits, manager), []
        async for event in running:
            seen.append(event)
            if event == PROGRESS:
                visits.stop("me", place)
        return seen[-1]

    last = finished(stopped())
    assert isinstance(last, Refused) and last.error.key == "swap_cancelled" and manager.over.is_set()


def test_who_goes_ends_the_swap():
    manager = Loading()

    async def leave():
        async with aclosing(events(Visits(), manager)) as running:
            async for event in running:
                if event == PROGRESS:
                    return

    finished(leave())
    assert manager.over.wait(60)


def test_who_may_not_swaps_nothing():
    manager = Loading()
    *_, last = finished(collected(events(Visits(), manager, Permissions(control="users"))))
    assert last.error.key == "control_users" and not manager.asked


@pytest.mark.parametrize(
    ("error", "key"), [(OSError("/home/somebody"), "swap_unexpected"), (UserError("empty"), "empty")]
)
def test_a_swap_that_fails_says_why_and_no_path(error, key):
    *_, last = finished(collected(events(Visits(), Loading(error))))
    assert last.error.key == key and "somebody" not in last.error.say()
