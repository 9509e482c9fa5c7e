"""Markdown: as plain text, but code, formulas, front matter and the like stay as they are, and table cells are blocks.

Line by line, without a parser: headings, lists and quotes keep their marks because `split_lines` leaves
every marker alone.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from heapq import merge

from hymt.documents import markdown_marks, plain
from hymt.text.blocks import BlockText, from_spans, line_spans
from hymt.text.spans import Span
from hymt.text.wrapping import Lines, joined

# Only with a key in its first line: a text may begin with a rule.
_FRONT_MATTER = re.compile(
    r"---[ \t]*\r?\n(?=[\w.-]+[ \t]*:)(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)"
    r"|\+\+\+[ \t]*\r?\n(?:.*\n)*?\+\+\+[ \t]*(?:\r?\n|\Z)"
)
# A fence ends with one of its own kind, at least as long; an open one runs to the end, as do the others.
_VERBATIM = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n`]*$(?:[\s\S]*?^[ \t>]*(?P=fence)[`~]*[ \t]*\r?$|[\s\S]*)"
    r"|^[ \t]*<!--(?:[\s\S]*?-->|[\s\S]*)"
    r"|^[ \t]*<(?P<element>script|style|pre)\b(?:[\s\S]*?</(?P=element)>|[\s\S]*)"
    r"|^[ \t>]*\$\$(?:[\s\S]*?\$\$[ \t]*\r?$|[\s\S]*)"
    r"|^[ \t>]*:{3,}[ \t]*[\w-]*|^[ \t]*[!?]{3}\+?[ \t]+[\w-]+"  # the names of call-outs
    r"|^(?:import|export)[ \t].*['\"];?[ \t]*\r?$"  # of MDX
    r"|^ {0,3}\[[^\]\n]+\]:[ \t]+\S.*$",  # where links lead
    re.MULTILINE,
)
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_LINE = re.compile(r"[^\n]*\n?")
_TAB = 4  # columns
_CELL = re.compile(r"(?:[^|\\]|\\.?)+")
_WHOLE = re.compile(r"[\s\S]+")


def parse(name: str, data: bytes, lines: Lines = "auto") -> plain.TextDocument:
    """The document in these bytes. Raises DocumentError if it is no text."""
    return plain.in_blocks(name, data, partial(split, lines=lines))


def split(text: str, lines: Lines = "auto") -> BlockText:
    """The prose of a Markdown text as blocks; filled with their texts, its skeleton is the text again, exactly."""
    return from_spans(text, joined(text, _prose(text), lines), markdown_marks.find)


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
    blocks = (match.span() for match in _VERBATIM.finditer(text, start))
    end = 0
    for first, last in merge(blocks, _indented_code(text, start)):
        if last > end:
            yield max(first, end), last
            end = last


def _indented_code(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Lines that are code by their indentation: after an empty line, deeper by four columns than the list around."""
    content, after_blank, is_code = 0, True, False
    for line in _LINE.finditer(text, start):
        written = line[0].expandtabs(_TAB)
        indent = len(written) - len(written.lstrip(" "))
        if not written.strip():
            after_blank = True
            continue
        is_code = indent >= content + _TAB and (after_blank or is_code)
        if is_code:
            yield line.span()
        elif item := _ITEM.match(written):
            content = item.end()
        elif after_blank and indent < content:
            content = 0
        after_blank = False


def _cells(text: str, line: Span) -> Iterator[Span]:
    """The cells of a table row that begins with a pipe; any other line as one."""
    row = text[line.start] == "|"
    for part in (_CELL if row else _WHOLE).finditer(text, line.start, line.end):
        content = part.group().lstrip()
        first = part.end() - len(content)
        yield Span(first, first + len(content.rstrip()), "cell" if row else line.kind)
