"""A text in blocks and what stands between them, and back.

A block is one line without its white space, markers and line end; what stands between blocks is kept verbatim, so the
shape of a text cannot be lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hymt.text.marks import RUN, Mark, find_marks, has_prose
from hymt.text.spans import BlockKind, Span
from hymt.text.wrapping import Lines, Wrap, joined, wrap_of

# Every line end that Python knows.
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Indentation, quote marks, headings, bullets, task boxes and numbers, in any order.
_MARKERS = re.compile(
    r"(?:[\s\ufeff]|>|\#{1,6}\s|[-*+•‣◦▪●○■□◆·–—]\s|\[[ xX]\]\s|\(?\d{1,3}[.)]\s|（?\d{1,3}[、．）])*+"
)
_COUNTED = re.compile(r"(?<!\d)(\d{1,3})\.\s+\Z")  # the number of an item, or an ordinal
# the time that a log or a chat gives a line, and who spoke
_STAMP = re.compile(r"(?:\[\d{1,2}:\d\d(?::\d\d)?\]\s+(?:<[\w@+~.-]{1,40}>\s+)?)?")
# a run of one sign beside a heading, as typed texts have it
_ORNAMENT = re.compile(rf"(?:(?:([^\w\s])\1{{2,}}(?=\s)|{RUN})\s*)+")
_ORNAMENT_AFTER = re.compile(rf"(?:\s+([^\w\s])\1{{2,}}|\s*{RUN})\Z")
_GAP = re.compile(r"\s{2,}|\t")
_PARTING = re.compile(r"(?<=[^\W_])[\x00\x1c-\x1f]+(?=[^\W_])")
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
    Zero-width joiners and bidi marks stay: Persian and emoji need them. Words that a NUL or a separator of data stood
    between stay apart.
    """
    kept, count = _UNWANTED.subn("", text)
    return (_UNWANTED.sub("", _PARTING.sub(" ", text)), count) if count else (kept, 0)


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
    for start, end, markers in _marked_lines(text):
        for before in (_STAMP, _ORNAMENT):
            if found := before.match(text, start, end):
                start = found.end()
        content = text[start:end].rstrip()
        if ornament := _ORNAMENT_AFTER.search(content, max(0, len(content) - 200)):
            content = content[: ornament.start()].rstrip(ornament[0][-1] + " ")
        yield Span(start, start + len(content), _kind(markers))


def _marked_lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each line's content begins after its markers, where the line ends, and its markers.

    The number with a full stop that begins a line is a marker if it counts, from 1 or along with the number before or
    after it; else it is an ordinal, such as a day's or century's.
    """
    lines = [(line.start(), line.end(), found[0]) for line in _LINE.finditer(text) if (found := _markers(text, line))]
    counted = [(at, found) for at, (_, _, markers) in enumerate(lines) if (found := _COUNTED.search(markers))]
    numbers = [int(found[1]) for _, found in counted]
    around = zip([0, *numbers], numbers, [*numbers[1:], 0], strict=False)
    ordinals = {
        at: found.start()
        for (at, found), (before, number, after) in zip(counted, around, strict=True)
        if number != 1 and number - before not in (0, 1) and after - number not in (0, 1)
    }
    for at, (start, end, markers) in enumerate(lines):
        markers = markers[: ordinals.get(at)]
        yield start + len(markers), end, markers


def _markers(text: str, line: re.Match) -> re.Match | None:
    return _MARKERS.match(text, line.start(), line.end())


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
