"""Waiting for what other threads do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic, sleep


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

    return asyncio.run(collect())
