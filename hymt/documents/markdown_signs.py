"""Whether a text is written in Markdown, by the signs that it has."""

from __future__ import annotations

import re
from typing import Literal

Likeness = Literal["none", "some", "sure"]

_SAMPLE = 20_000  # characters
_SURE = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n`]*\n(?:.*\n){0,200}?[ \t>]*(?P=fence)[ \t]*$"  # fenced code
    r"|^(?=[^|\n]*+\|)[^\n]*+\n[ \t]*+\|?(?:[ \t]*+:?-{3,}+:?[ \t]*+\|)++[ \t]*+(?::?-{3,}+:?[ \t]*+)?$",  # a table
    re.MULTILINE,
)
_SIGNS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^ {0,3}#{1,6} \S",
        r"(?<![*\w])\*\*(?=\S)[^*\n]{1,500}(?<=\S)\*\*(?![*\w])",
        r"!?\[[^\[\]\n]{1,500}\]\((?:https?:|[./#]|mailto:|[\w-]+[./])[^()\s]*\)",
        r"(?<!`)`[^`\n]{1,200}`(?!`)",
        r"^ {0,3}[-*+] \[[ xX]\] ",
        r"^\|.+\|[ \t]*$",
    )
)


def likeness(text: str) -> Likeness:
    """How much a text looks like Markdown: "sure" by code between fences, a table, or two signs of different kinds."""
    sample = text[:_SAMPLE]
    found = sum(1 for sign in _SIGNS if sign.search(sample))
    if found > 1 or _SURE.search(sample):
        return "sure"
    return "some" if found else "none"
