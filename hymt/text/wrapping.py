"""Lines that are halves of sentences: paragraphs that were wrapped at a width, joined for a model and wrapped again.

A paragraph counts as wrapped if none of its lines had room for the first word of the next, and a sentence goes over one
of its line ends at least. Verses, addresses and lists do not look like that.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from hymt.text.spans import Span

Lines = Literal["auto", "join", "keep"]
"""What becomes of the lines of a paragraph: all are one, each is by itself, or what they look like decides."""

NARROWEST = 20  # characters of the longest line
NARROWEST_PAIR = 50  # of two lines, of which the first is nearly always full
SLACK = 2  # characters that a line may have had left
_ENDED = re.compile(r"[.!?:;…。！？：；‥][\"'”“’‘»«›‹」』)\]）】》]*$")
_GAP = re.compile(r"[ \t]*(?:\r\n|\n|\r)[ \t>]*")
_HYPHEN = re.compile(r"[^\W\d_][-\u2010]$")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e\u3001-\u301f]")


@dataclass(frozen=True)
class Wrap:
    """How a paragraph was wrapped: its lines as they were, the same joined, the width, and what begins a line."""

    original: str
    joined: str
    width: int
    gap: str

    def apply(self, text: str) -> str:
        """A text wrapped alike; the joined one as it was."""
        if text == self.joined:
            return self.original
        if " " not in text and _UNSPACED.search(text):
            width = max(1, self.width // 2)  # each as wide as two letters
            lines = [text[start : start + width] for start in range(0, len(text), width)]
        else:
            lines = textwrap.wrap(text, self.width, break_long_words=False, break_on_hyphens=False)
        return self.gap.join(lines)


def joined(text: str, spans: Iterable[Span], lines: Lines = "auto") -> Iterator[Span]:
    """The same spans, with the lines of each wrapped paragraph as one."""
    if lines == "keep":
        yield from spans
        return
    paragraph: list[Span] = []
    for span in spans:
        if paragraph and not _follows(text, paragraph[-1], span):
            yield from _whole(text, paragraph, lines)
            paragraph = []
        paragraph.append(span)
    yield from _whole(text, paragraph, lines)


def _follows(text: str, before: Span, line: Span) -> bool:
    """Whether a line goes on with the paragraph of the one before."""
    return (
        line.kind == "line" and before.kind in ("line", "item") and bool(_GAP.fullmatch(text, before.end, line.start))
    )


def _whole(text: str, paragraph: Sequence[Span], lines: Lines) -> Iterator[Span]:
    together = lines == "join" or _is_wrapped([text[span.start : span.end] for span in paragraph])
    if len(paragraph) > 1 and together:
        lines_of_it = tuple((span.start, span.end) for span in paragraph)
        yield replace(paragraph[0], end=paragraph[-1].end, lines=lines_of_it)
    else:
        yield from paragraph


def _is_wrapped(lines: Sequence[str]) -> bool:
    width = max(map(len, lines), default=0)
    if (
        len(lines) < 2
        or width < (NARROWEST if len(lines) > 2 else NARROWEST_PAIR)
        or any("\t" in line or "   " in line for line in lines)
    ):
        return False
    return all(_had_no_room(*pair, width) for pair in pairwise(lines)) and any(
        goes_on(*pair) for pair in pairwise(lines)
    )


def _had_no_room(line: str, following: str, width: int) -> bool:
    if _is_hyphenated(line, following):
        return True
    if _UNSPACED.search(line[-1:]):
        return len(line) >= width - SLACK
    return len(line) + 1 + len(following.split(" ", 1)[0]) > width - SLACK


def goes_on(line: str, following: str) -> bool:
    """Whether a sentence goes over the end of a line."""
    if _ENDED.search(line):
        return False
    return following[:1].islower() or bool(_UNSPACED.match(following) and _UNSPACED.search(line[-1:]))


def _is_hyphenated(line: str, following: str) -> bool:
    return bool(_HYPHEN.search(line[-2:])) and following[:1].islower()


def join(lines: Sequence[str]) -> str:
    """Lines of a paragraph as one."""
    whole = lines[0]
    for line in lines[1:]:
        if _is_hyphenated(whole, line):
            whole = whole[:-1] + line
        elif _UNSPACED.search(whole[-1:]) and _UNSPACED.match(line):
            whole += line
        else:
            whole += " " + line
    return whole


def wrap_of(text: str, span: Span) -> Wrap | None:
    """How the lines of a span were wrapped; None if it has but one."""
    if len(span.lines) < 2:
        return None
    lines = [text[start:end] for start, end in span.lines]
    gap = text[span.lines[0][1] : span.lines[1][0]].lstrip(" \t")
    return Wrap(text[span.start : span.end], join(lines), max(map(len, lines)), gap)
