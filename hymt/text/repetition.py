"""Answers that repeat themselves without end, as translation models of every size do now and then."""

from __future__ import annotations

import re

_REPEATED = re.compile(r"(.{2,60}?)\1{2,}", re.DOTALL)  # the same 2 to 60 characters three times in a row
STUCK = 4  # times in a row
LONGER = 2  # as often in a row as in the text, which may well come out as more


def is_stuck(answer: str, text: str = "") -> bool:
    """Whether an answer repeats itself more than the text that it translates: its words, or its signs."""
    found, before = _times(answer), _times(text)
    return any(times >= STUCK and times > LONGER * before[words] for words, times in found.items())


def _times(text: str) -> dict[bool, int]:
    """How often in a row something is repeated at the most: something with letters or digits, and without."""
    times = {True: 1, False: 1}
    for match in _REPEATED.finditer(text):
        words = any(map(str.isalnum, match[1]))
        times[words] = max(times[words], len(match[0]) // len(match[1]))
    return times
