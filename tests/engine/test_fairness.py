"""Slots are shared between visits, then between their jobs."""

from __future__ import annotations

from collections import Counter, deque
from threading import Condition
from types import SimpleNamespace

from hymt.engine.decoding import Decoding
from hymt.engine.local import LocalEngine
from hymt.engine.protocol import Request


def admitted(waiting: dict[str, tuple[str | None, int]], slots: int) -> Counter:
    """How many requests of each job get a slot of an idle engine; `waiting` are visit and requests by job."""
    engine = LocalEngine.__new__(LocalEngine)
    engine._changed, engine._admitted = Condition(), {}
    engine._waiting = {
        job: deque(Request(job, [1], 9, Decoding(), print, visit=visit) for _ in range(count))
        for job, (visit, count) in waiting.items()
    }
    return Counter(request.job for request in engine._next_requests(SimpleNamespace(running=list, free=slots)))


def test_a_visit_with_many_jobs_gets_no_more_than_one_with_a_single_job():
    many = {f"job {number}": ("greedy", 8) for number in range(6)}
    assert admitted({**many, "alone": ("modest", 8)}, 8)["alone"] == 4


def test_a_visits_jobs_share_its_part():
    assert admitted({"a": ("me", 9), "b": ("me", 9), "c": ("you", 9)}, 8) == {"a": 2, "b": 2, "c": 4}


def test_a_job_without_a_visit_is_one_of_its_own():
    assert admitted({"a": (None, 9), "b": (None, 9)}, 8) == {"a": 4, "b": 4}
