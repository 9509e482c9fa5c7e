"""What stands in a line of Markdown beside its prose: emphasis, links, formulas, and the marks of any text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hymt.text.marks import Mark, find_marks

_LINK = re.compile(
    r"(?P<open>!?\[)(?P<text>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)(?P<close>\]\((?:[^()\n]|\([^()\n]*\))*\)|\]\[[^\[\]\n]*\])"
)
_CODE = re.compile(r"(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|\$(?=[^\s$])[^$\n]{1,500}?(?<=[^\s$])\$(?!\d)")
_NAMED = re.compile(r"\[!\w+\]|\{\{[<%].*?[>%]\}\}|\{%.*?%\}|\\[\\`*_{}\[\]()#+.!~|-]")
_EMPHASIS = re.compile(
    r"(?P<sign>\*{1,3}|~~|(?<!\w)_{1,3})(?=[^\s*_~])(?P<text>.+?)(?<=[^\s*_~])(?P=sign)(?!\w|(?<=\*)\*)"
)


def find(text: str) -> tuple[Mark, ...]:
    """The marks of a line of Markdown, ascending and apart."""
    marks = _apart([*_whole(text), *_links(text)])
    marks = _apart([*marks, *find_marks(text)])
    return tuple(_apart([*marks, *_emphasis(text, 0, len(text), marks)]))


def _whole(text: str) -> Iterator[Mark]:
    for pattern, kind in ((_CODE, "code"), (_NAMED, "placeholder")):
        for match in pattern.finditer(text):
            yield Mark(*match.span(), kind)


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
        if any(_meet(mark, other) for mark in (begin, close) for other in taken):
            continue
        yield begin
        yield from _emphasis(text, begin.end, close.start, taken)
        yield close


def _apart(marks: Iterable[Mark]) -> list[Mark]:
    """In their order in the text, without those that meet one that was found before."""
    kept: list[Mark] = []
    for mark in marks:
        if not any(_meet(mark, other) for other in kept):
            kept.append(mark)
    return sorted(kept, key=lambda mark: mark.start)


def _meet(one: Mark, other: Mark) -> bool:
    return one.start < other.end and other.start < one.end
