"""Answers that repeat themselves without end, as translation models of every size do now and then."""

from __future__ import annotations

import re

LOOP = re.compile(r"(.{2,60}?)\1{3,}", re.DOTALL)  # the same 2 to 60 characters four times in a row
REPEATED = re.compile(r"(.{2,60}?)\1{2,}", re.DOTALL)  # three times: a text that may well come out as four


def is_stuck(answer: str, text: str = "") -> bool:
    """Whether an answer repeats itself, and the text that it translates does not."""
    return bool(LOOP.search(answer)) and not REPEATED.search(text)
