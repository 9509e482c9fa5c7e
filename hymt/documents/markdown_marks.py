"""What stands in a line of Markdown beside its prose: emphasis, links, formulas, and the marks of any text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import attrgetter

from hymt.text.marks import Mark, find_marks

_LINK = re.compile(
    r"(?P<open>!?\[)(?P<text>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)(?P<close>\]\((?:[^()\n]|\([^()\n]*\))*\)|\]\[[^\[\]\n]*\])"
)
_CODE = re.compile(r"(?P<ticks>`+)(?!`).{1,2000}?(?<!`)(?P=ticks)(?!`)|\$(?=[^\s$])[^$\n]{1,500}?(?<=[^\s$])\$(?!\d)")
_NAMED = re.compile(r"\[!\w+\]|\{\{[<%].{0,500}?[>%]\}\}|\{%.{0,500}?%\}|\\[\\`*_{}\[\]()#+.!~|-]")
_WHOLE = re.compile(f"{_CODE.pattern}|{_NAMED.pattern}")
_EMPHASIS = re.compile(
    r"(?P<sign>\*{1,3}|~~|(?<!\w)_{1,3})(?=[^\s*_~])(?P<text>.{1,1000}?)(?<=[^\s*_~])(?P=sign)(?!\w|(?<=\*)\*)"
)

_START = attrgetter("start")


def find(text: str) -> tuple[Mark, ...]:
    """The marks of a line of Markdown, ascending and apart."""
    marks = _apart(_apart([], _whole(text)), _links(text))
    marks = _apart(marks, _emphasis(text, 0, len(text), marks))
    return tuple(_apart(marks, find_marks(text)))


def _whole(text: str) -> Iterator[Mark]:
    for match in _WHOLE.finditer(text):
        yield Mark(*match.span(), "code" if match["ticks"] or match[0][0] == "$" else "placeholder")


def _links(text: str) -> Iterator[Mark]:
    for match in _LINK.finditer(text):
        yield Mark(*match.span("open"), "tag", "open", "[]")
        yield Mark(*match.span("close"), "tag", "close", "[]")


def _emphasis(text: str, start: int, end: int, taken: list[Mark]) -> Iterator[Mark]:
    """Pairs of signs outside of other marks, and those within them."""
    for match in _EMPHASIS.finditer(text, start, end):
        size, sign = len(match["sign"]), match["sign"]
        begin = Mark(match.start(), match.start() + size, "tag", "open", sign)
        close = Mark(match.end() - size, match.end(), "tag", "close", sign)
        if _meets(begin, taken) or _meets(close, taken):
            continue
        yield begin
        yield from _emphasis(text, begin.end, close.start, taken)
        yield close


def _apart(marks: list[Mark], more: Iterable[Mark]) -> list[Mark]:
    """Marks and those of `more` that meet none of them, ascending."""
    return sorted([*marks, *(mark for mark in more if not _meets(mark, marks))], key=_START)


def _meets(mark: Mark, marks: list[Mark]) -> bool:
    """Whether a mark overlaps one of these, which are ascending and apart."""
    after = bisect_left(marks, mark.end, key=_START)
    return after > 0 and marks[after - 1].end > mark.start
