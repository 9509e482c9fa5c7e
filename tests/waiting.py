"""Waiting for what other threads do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any


def eventually(holds: Callable[[], bool], patience: float = 60) -> bool:
    """Whether a condition comes true; `patience` only ends a test that would hang."""
    end = monotonic() + patience
    while not (held := holds()) and monotonic() < end:
        sleep(0.02)
    return held


def collected(events: AsyncIterator) -> list:
    """All that an iterator of a surface yields, for a test that has no event loop."""

    async def collect() -> list:
        return [event async for event in events]

    return finished(collect())


def finished(work: Coroutine) -> Any:
    """What a coroutine returns, from a loop in a thread of its own: the browser's tests leave one in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
