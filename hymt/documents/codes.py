"""Codes: what stands within a text of a file and is no text, such as elements. Each comes back once and well nested."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hymt.documents.xml_text import tags

MOST_CODES = 200  # in a text


@dataclass(frozen=True, slots=True)
class Code:
    """How a code is shown within the text of a block, and how its file has it."""

    shown: str
    raw: str


def any_of(shown: Sequence[str]) -> re.Pattern[str] | None:
    """What matches any of these."""
    longest_first = sorted(set(shown), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if shown else None


def written(text: str, codes: Sequence[Code], pattern: re.Pattern[str] | None, escape: Callable[[str], str]) -> str:
    """A translation as its file has it, with every code once; what was lost or crossed comes at the end.

    `pattern` matches how codes are shown, `escape` writes what stands between them.
    """
    raw = {code.shown: code.raw for code in codes}
    parts: list[str] = []
    found: list[str] = []
    end = 0
    for match in pattern.finditer(text) if pattern else ():
        if match[0] in raw:
            parts += escape(text[end : match.start()]), raw[match[0]]
            found.append(match[0])
            end = match.end()
    parts.append(escape(text[end:]))
    if Counter(found) == Counter(code.shown for code in codes) and _nested(found):
        return "".join(parts)
    return "".join([*parts[::2], *(code.raw for code in codes)])


def _nested(shown: Sequence[str]) -> bool:
    """Whether every element is closed after it is opened, and after those within it."""
    opened: list[str] = []
    for tag in tags("".join(code for code in shown if code.startswith("<"))):
        if tag.closes and (not opened or opened.pop() != tag.name):
            return False
        if not tag.closes and not tag.empty:
            opened.append(tag.name)
    return not opened
