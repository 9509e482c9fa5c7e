"""Markdown: as plain text, but code, front matter and comments stay as they are, and table cells are blocks.

Line by line, without a parser: headings, lists and quotes keep their marks because `split_lines` leaves
every marker alone.
"""

import re
from collections.abc import Iterator

from hymt.documents import plain
from hymt.text.segmentation import Blocks, from_spans, line_spans

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


def split(text: str) -> Blocks:
    """The prose of a Markdown text as blocks; `split(text).join(blocks)` is the text again, exactly."""
    return from_spans(text, _prose(text))


def _prose(text: str) -> Iterator[tuple[int, int]]:
    verbatim, none = _verbatim(text), (len(text) + 1, len(text) + 1)
    skip_from, skip_to = next(verbatim, none)
    for start, end in line_spans(text):
        while skip_to <= start:
            skip_from, skip_to = next(verbatim, none)
        if skip_from <= start:
            start = skip_to  # a comment may end within its line
        if start < end:
            yield from _cells(text, start, end)


def _verbatim(text: str) -> Iterator[tuple[int, int]]:
    """Ascending spans that are not prose."""
    front = _FRONT_MATTER.match(text)
    start = front.end() if front else 0
    if front:
        yield front.span()
    for match in _VERBATIM.finditer(text, start):
        yield match.span()


def _cells(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The cells of a table row that begins with a pipe; any other line as one."""
    pattern = _CELL if text[start] == "|" else _WHOLE
    for part in pattern.finditer(text, start, end):
        content = part.group().lstrip()
        first = part.end() - len(content)
        yield first, first + len(content.rstrip())
