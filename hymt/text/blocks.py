"""A text in blocks and what stands between them, and back.

A block is one line without its white space, markers and line end; what stands between blocks is kept verbatim, so the
shape of a text cannot be lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hymt.text.marks import Mark, find_marks, has_prose
from hymt.text.spans import BlockKind, Span
from hymt.text.wrapping import Lines, Wrap, joined, wrap_of

# Every line end that Python knows.
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Indentation, quote marks, headings, bullets, task boxes and numbers, in any order.
_MARKERS = re.compile(
    r"(?:[\s\ufeff]|>|\#{1,6}\s|[-*+•‣◦▪●○■□◆·–—]\s|\[[ xX]\]\s|\(?\d{1,3}[.)]\s|（?\d{1,3}[、．）])*+"
)
# a run of one sign beside a heading, as typed texts have it
_ORNAMENT = re.compile(r"([^\w\s])\1{2,}\s+")
_ORNAMENT_AFTER = re.compile(r"\s+([^\w\s])\1{2,}$")
_GAP = re.compile(r"\s{2,}|\t")
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document that is translated by itself.

    `line` is where it stands in its document, from 1; `marks` are the parts of `text` that must survive as they are.
    """

    text: str
    line: int = 1
    kind: BlockKind = "line"
    marks: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, text: str, line: int = 1, kind: BlockKind = "line") -> Block:
        """A block with the marks that its text shows."""
        return cls(text, line, kind, find_marks(text))

    def seen(self, text: str) -> str:
        """The block's text, or a translation of it, as readers of its document see it: without the format's tags."""
        hidden = {self.text[mark.start : mark.end] for mark in self.marks if mark.kind == "format"}
        return re.sub("|".join(map(re.escape, sorted(hidden, key=len, reverse=True))), "", text) if hidden else text


@dataclass(frozen=True)
class Skeleton:
    """A text without its blocks: `separators[0]`, a block, `separators[1]`, …, a block, `separators[-1]`."""

    separators: list[str]
    wraps: Mapping[int, Wrap] = field(default_factory=dict)  # of blocks that were lines, by their index

    def fill(self, translations: Sequence[str]) -> str:
        """The text with its blocks replaced, one for one. Raises ValueError if their number differs."""
        parts = [self.separators[0]]
        for index, (translation, separator) in enumerate(zip(translations, self.separators[1:], strict=True)):
            parts += self.wrapped(index, translation), separator
        return "".join(parts)

    def wrapped(self, index: int, translation: str) -> str:
        """A block's translation in lines, if the block was."""
        return self.wraps[index].apply(translation) if index in self.wraps else translation


@dataclass(frozen=True)
class BlockText:
    """A text in blocks, and its skeleton."""

    blocks: list[Block]
    skeleton: Skeleton


def clean(text: str) -> tuple[str, int]:
    """The text without what no model should see and no file should carry, and the number of such characters.

    Dropped: control characters other than tab and line ends, U+FEFF, U+FFFE, U+FFFF, lone surrogates.
    Zero-width joiners and bidi marks stay: Persian and emoji need them.
    """
    return _UNWANTED.subn("", text)


def translatable(text: str) -> bool:
    """Whether there is anything to translate: a letter that is no part of a mark."""
    return any(map(str.isalpha, text)) and has_prose(text, find_marks(text))


def split_lines(text: str, lines: Lines = "auto") -> BlockText:
    """The text's lines as blocks; filled with their texts, its skeleton is the text again, exactly.

    Lines that only wrap a paragraph are one block, unless they are to be kept.
    """
    spans = joined(text, line_spans(text), lines)
    return from_spans(text, (part for span in spans for part in columns(text, span)))


def line_spans(text: str) -> Iterator[Span]:
    """Where each line's content stands: what comes after its markers, without trailing blanks and ornaments."""
    for line in _LINE.finditer(text):
        found = _MARKERS.match(text, line.start(), line.end())
        markers = found[0] if found else ""
        start = line.start() + len(markers)
        if ornament := _ORNAMENT.match(text, start, line.end()):
            start = ornament.end()
        content = text[start : line.end()].rstrip()
        if ornament := _ORNAMENT_AFTER.search(content[-200:]):
            content = content[: len(content) - len(ornament[0])]
        yield Span(start, start + len(content), _kind(markers))


def columns(text: str, line: Span) -> Iterator[Span]:
    """The columns of a line that are parted by tabs or many blanks; most lines have one."""
    if line.lines:
        yield line
        return
    start = line.start
    for gap in _GAP.finditer(text, line.start, line.end):
        if "\t" not in gap[0] and len(gap[0]) < 3:
            continue
        yield Span(start, gap.start(), "cell")
        start = gap.end()
    yield Span(start, line.end, line.kind if start == line.start else "cell")


def _kind(markers: str) -> BlockKind:
    if "#" in markers:
        return "heading"
    return "item" if markers.strip("> \t\u3000\ufeff") else "line"


def from_spans(text: str, spans: Iterable[Span], marks_of: Callable[[str], tuple[Mark, ...]] = find_marks) -> BlockText:
    """The text with the translatable ones of `spans` (ascending, apart) as its blocks, with the marks of each."""
    blocks: list[Block] = []
    separators: list[str] = []
    wraps: dict[int, Wrap] = {}
    end, line = 0, 1
    for span in spans:
        wrap = wrap_of(text, span)
        content = wrap.joined if wrap else text[span.start : span.end]
        if any(map(str.isalpha, content)) and has_prose(content, marks := marks_of(content)):
            separators.append(text[end : span.start])
            line += len(_LINE_END.findall(separators[-1]))
            if wrap:
                wraps[len(blocks)] = wrap
            blocks.append(Block(content, line, span.kind, marks))
            line += max(0, len(span.lines) - 1)
            end = span.end
    return BlockText(blocks, Skeleton([*separators, text[end:]], wraps))
