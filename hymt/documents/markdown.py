"""Markdown: as plain text, but code, front matter and comments stay as they are, and table cells are blocks.

Line by line, without a parser: headings, lists and quotes keep their marks because `split_lines` leaves
every marker alone.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from hymt.documents import plain
from hymt.text.blocks import BlockText, Span, from_spans, line_spans

# Only with a key in its first line: a text may begin with a rule.
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?=[\w.-]+[ \t]*:)(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
# A fence ends with one of its own kind, at least as long; an open one runs to the end, as does a comment.
_VERBATIM = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n`]*$(?:[\s\S]*?^[ \t>]*(?P=fence)[`~]*[ \t]*\r?$|[\s\S]*)"
    r"|^[ \t]*<!--(?:[\s\S]*?-->|[\s\S]*)",
    re.MULTILINE,
)
_CELL = re.compile(r"(?:[^|\\]|\\.?)+")
_WHOLE = re.compile(r"[\s\S]+")


def parse(name: str, data: bytes) -> plain.TextDocument:
    """The document in these bytes. Raises DocumentError if it is no text."""
    return plain.parse(name, data, split)


def split(text: str) -> BlockText:
    """The prose of a Markdown text as blocks; filled with their texts, its skeleton is the text again, exactly."""
    return from_spans(text, _prose(text))


def _prose(text: str) -> Iterator[Span]:
    verbatim, none = _verbatim(text), (len(text) + 1, len(text) + 1)
    skip_from, skip_to = next(verbatim, none)
    for span in line_spans(text):
        while skip_to <= span.start:
            skip_from, skip_to = next(verbatim, none)
        if skip_from <= span.start:
            span = replace(span, start=skip_to)  # a comment may end within its line
        if span.start < span.end:
            yield from _cells(text, span)


def _verbatim(text: str) -> Iterator[tuple[int, int]]:
    """Ascending spans that are not prose."""
    front = _FRONT_MATTER.match(text)
    start = front.end() if front else 0
    if front:
        yield front.span()
    for match in _VERBATIM.finditer(text, start):
        yield match.span()


def _cells(text: str, line: Span) -> Iterator[Span]:
    """The cells of a table row that begins with a pipe; any other line as one."""
    row = text[line.start] == "|"
    for part in (_CELL if row else _WHOLE).finditer(text, line.start, line.end):
        content = part.group().lstrip()
        first = part.end() - len(content)
        yield Span(first, first + len(content.rstrip()), "cell" if row else line.kind)
