"""Messages of ICU: `{n, plural, one {# file} other {# files}}`. The texts of the branches are for people."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hymt.text.blocks import BlockText, from_spans, split_lines
from hymt.text.spans import Span

CODES = re.compile(r"\{\s*[\w.]+\s*(?:,[^{}]*)?\}|#(?=[\s.,!?)]|\Z)")
_CHOICE = re.compile(r"\{\s*[\w.]+\s*,\s*(?:plural|select|selectordinal)\s*,")
_SELECTOR = re.compile(r"\s*(?:offset:\d+\s*)?(?:=\d+|[\w-]+)\s*\{")
_MOST_CHOICES = 50  # within one another


def split(text: str) -> BlockText:
    """The lines of a text, or the texts of the branches of a message with choices; nothing of a malformed one."""
    if not _CHOICE.search(text):
        return split_lines(text)
    try:
        spans = list(_message(text, 0, len(text), 0))
    except ValueError:
        spans = []
    return from_spans(text, spans)


def _message(text: str, start: int, end: int, depth: int) -> Iterator[Span]:
    """The spans of a message's texts. Raises ValueError if braces do not match."""
    if depth > _MOST_CHOICES:
        raise ValueError("too many choices within one another")
    begun = start
    while choice := _CHOICE.search(text, start, end):
        yield from _stripped(text, begun, choice.start())
        start = choice.end()
        while selector := _SELECTOR.match(text, start, end):
            close = _closing(text, selector.end(), end)
            yield from _message(text, selector.end(), close, depth + 1)
            start = close + 1
        begun = start = _closing(text, start, end) + 1
    yield from _stripped(text, begun, end)


def _closing(text: str, start: int, end: int) -> int:
    """Where the brace that is open at `start` is closed."""
    depth = 1
    for brace in re.compile(r"[{}]").finditer(text, start, end):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    raise ValueError("a brace is not closed")


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    content = text[start:end]
    start, end = end - len(content.lstrip()), start + len(content.rstrip())
    if start < end:
        yield Span(start, end)
