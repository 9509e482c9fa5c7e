"""XLIFF 1.2 for translators' tools: a unit a block, with the state that the standard has for it.

What is no prose is an inline code that holds what the file has there, so that tools show it, protect it and check it:
`<bpt>` and `<ept>` for a pair of tags, `<ph>` for anything else.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hymt import __version__
from hymt.documents.bilingual.bitext import Bitext, escape
from hymt.text.blocks import Block
from hymt.text.marks import Mark, MarkKind

_CODES: tuple[MarkKind, ...] = ("format", "tag", "placeholder")


@dataclass(frozen=True, slots=True)
class _Code:
    """What a block has from `start` to `end`, and the element that stands for it."""

    start: int
    end: int
    text: str
    element: str


def write(bitext: Bitext) -> bytes:
    """The file. Raises ValueError if there are not as many translations as blocks."""
    return "".join(f"{line}\n" for line in _lines(bitext)).encode("utf-8", "replace")


def _lines(bitext: Bitext) -> Iterator[str]:
    name = escape(bitext.document.name)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
    yield (
        f'<file original="{name}" source-language="{bitext.source.code}" target-language="{bitext.target.code}" '
        'datatype="plaintext" tool-id="hymt">'
    )
    yield f'<header><tool tool-id="hymt" tool-name="hymt" tool-version="{__version__}"/></header>'
    yield "<body>"
    for number, (block, said) in enumerate(zip(bitext.document.blocks, bitext.translations, strict=True), 1):
        yield _unit(number, block, said)
    yield "</body>"
    yield "</file>"
    yield "</xliff>"


def _unit(number: int, block: Block, said: str) -> str:
    codes = list(_codes(block))
    state = 'state="needs-review-translation" state-qualifier="mt-suggestion"' if said else 'state="needs-translation"'
    return (
        f'<trans-unit id="{number}" xml:space="preserve">'
        f"<source>{_source(block.text, codes)}</source><target {state}>{_target(said, codes)}</target>"
        '<context-group purpose="location">'
        f'<context context-type="linenumber">{block.line}</context></context-group></trans-unit>'
    )


def _codes(block: Block) -> Iterator[_Code]:
    """The marks of a block that are inline codes. Both of a pair have the same `rid`."""
    marks = [mark for mark in block.marks if mark.kind in _CODES]
    pairs = dict(_pairs(marks))
    for number, mark in enumerate(marks, 1):
        name, attributes = "ph", f'id="{number}"'
        if number in pairs:
            name, attributes = "bpt" if mark.role == "open" else "ept", f'{attributes} rid="{pairs[number]}"'
        text = block.text[mark.start : mark.end]
        yield _Code(mark.start, mark.end, text, f"<{name} {attributes}>{escape(text)}</{name}>")


def _pairs(marks: Sequence[Mark]) -> Iterator[tuple[int, int]]:
    """The numbers of marks that are one of a pair, each with the number of the pair, from 1."""
    opened: list[tuple[int, str]] = []
    count = 0
    for number, mark in enumerate(marks, 1):
        if mark.role == "open":
            opened.append((number, mark.name))
        elif mark.role == "close" and opened and opened[-1][1] == mark.name:
            count += 1
            yield opened.pop()[0], count
            yield number, count


def _source(text: str, codes: Sequence[_Code]) -> str:
    parts: list[str] = []
    end = 0
    for code in codes:
        parts += escape(text[end : code.start]), code.element
        end = code.end
    return "".join([*parts, escape(text[end:])])


def _target(said: str, codes: Sequence[_Code]) -> str:
    """A translation with the same codes; one that it has too often is text."""
    if not codes:
        return escape(said)
    left: defaultdict[str, deque[str]] = defaultdict(deque)
    for code in codes:
        left[code.text].append(code.element)
    known = re.compile(f"({'|'.join(map(re.escape, sorted(left, key=len, reverse=True)))})")
    parts = known.split(said)  # every other one is a code
    return "".join(
        left[part].popleft() if place % 2 and left[part] else escape(part) for place, part in enumerate(parts)
    )
