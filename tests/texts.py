"""Texts for tests."""

from __future__ import annotations

from collections.abc import Sequence


def varied(lines: Sequence[str], times: int) -> list[str]:
    """Lines so many times over, no two alike: equal ones would be computed once, and a long text be done at once."""
    numbered = (f"{line[:-1]} {turn}{line[-1]}" for turn in range(1, times) for line in lines)
    return [*lines, *numbered]
