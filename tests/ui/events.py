"""What the door hands to a tab of the page, without a page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

T = TypeVar("T")


def collected(events: AsyncIterator[T]) -> list[T]:
    """All of them, from a loop that ends with the last."""

    async def collect() -> list[T]:
        return [event async for event in events]

    return asyncio.run(collect())
