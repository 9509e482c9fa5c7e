"""Texts that a file writes otherwise than they read: in quotes, with escapes, wrapped, or in a place of their own.

A format finds the fields of its file and says how each is written; all between them stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from hymt.documents.base import DocumentError
from hymt.text.blocks import Block, BlockKind, BlockText, Skeleton, clean, split_lines
from hymt.text.marks import Mark, find_marks, moved

MOST_FIELDS = 300_000  # in a file; each takes a kilobyte of memory
_MARKUP = ("<", "{\\")  # how tags begin, those of subtitles too
_TAG = re.compile(r"<(/)?([\w:.-]+)(?:[^<>]*[^<>/])?>")  # one that begins or ends something


@dataclass(frozen=True, slots=True)
class Field:
    """A text in a file: where it is written, how it reads, and what is written for its translation.

    `split` finds the blocks of the text; `codes` matches what is no prose in this format, besides the marks that any
    text may have. `both` is what is written for the text and its translation, where the format can show both.
    """

    start: int
    end: int
    text: str
    write: Callable[[str], str]
    kind: BlockKind | None = None
    codes: re.Pattern[str] | None = None
    split: Callable[[str], BlockText] = split_lines
    both: Callable[[str], str] | None = None


@dataclass(frozen=True)
class _Place:
    """A field's text in blocks, and what the file has there."""

    text: BlockText
    raw: str
    write: Callable[[str], str]
    write_both: Callable[[str], str] | None

    def fill(self, translations: Sequence[str]) -> str:
        # What is not translated keeps its bytes: any of several escapes, or the empty place of a translation.
        if list(translations) == [block.text for block in self.text.blocks]:
            return self.raw
        return self.write(self.text.skeleton.fill(translations))

    def both(self, translations: Sequence[str]) -> str:
        """What the file has there, and below it the translation: "" for a block that has none."""
        if self.write_both is None or not any(translations):
            return self.raw
        said = [new or block.text for new, block in zip(translations, self.text.blocks, strict=True)]
        return self.write_both(self.text.skeleton.fill(said))


@dataclass(frozen=True)
class FieldSkeleton(Skeleton):
    """A file without its fields, each of which has one block or several."""

    places: list[_Place] = field(default_factory=list)

    def fill(self, translations: Sequence[str]) -> str:
        """The file with the blocks of its fields replaced, one for one. Raises ValueError if their number differs."""
        return self._with(_Place.fill, translations)

    def interleaved(self, translations: Sequence[str]) -> str:
        """The same with each field's text above its translation, for formats that can show both."""
        return self._with(_Place.both, translations)

    def _with(self, write: Callable[[_Place, Sequence[str]], str], translations: Sequence[str]) -> str:
        if len(translations) != sum(len(place.text.blocks) for place in self.places):
            raise ValueError("There must be one translation a block.")
        parts, done = [self.separators[0]], 0
        for place, separator in zip(self.places, self.separators[1:], strict=True):
            count = len(place.text.blocks)
            parts += write(place, translations[done : done + count]), separator
            done += count
        return "".join(parts)


def from_fields(text: str, fields: Iterable[Field]) -> BlockText:
    """The text with what `fields` (ascending, apart) have to translate as its blocks.

    Raises DocumentError if there are more than MOST_FIELDS.
    """
    blocks: list[Block] = []
    separators: list[str] = []
    places: list[_Place] = []
    end, line = 0, 1
    for one in fields:
        found = one.split(clean(one.text)[0])
        if not found.blocks:
            continue
        if len(places) == MOST_FIELDS:
            raise DocumentError("too_many_texts", limit=f"{MOST_FIELDS:,}")
        separators.append(text[end : one.start])
        line += _line_ends(separators[-1])
        raw = text[one.start : one.end]
        # the lines of a field may be lines of its file, or an escape in a single one
        ends = _line_ends(raw)
        as_written = ends == _line_ends(one.text)
        blocks += _blocks_of(one, found.blocks, line, as_written)
        places.append(_Place(found, raw, one.write, one.both))
        line, end = line + ends, one.end
    return BlockText(blocks, FieldSkeleton([*separators, text[end:]], places=places))


def _line_ends(text: str) -> int:
    return len(f"{text}.".splitlines()) - 1


def _blocks_of(field: Field, found: Iterable[Block], line: int, as_written: bool) -> Iterator[Block]:
    for block in found:
        at = line + block.line - 1 if as_written else line
        marks = marks_with(block.text, field.codes) if field.codes else block.marks
        yield replace(block, line=at, kind=field.kind or block.kind, marks=marks)


def marks_with(text: str, codes: re.Pattern[str]) -> tuple[Mark, ...]:
    """The marks of a text, with what matches `codes` before any other."""
    found: list[Mark] = []
    end = 0
    for match in codes.finditer(text):
        found += (moved(mark, end) for mark in find_marks(text[end : match.start()]))
        found.append(_code(match))
        end = match.end()
    return (*found, *(moved(mark, end) for mark in find_marks(text[end:])))


def _code(match: re.Match[str]) -> Mark:
    if not match[0].startswith(_MARKUP):
        return Mark(*match.span(), "placeholder")
    tag = _TAG.fullmatch(match[0])
    if tag is None:
        return Mark(*match.span(), "format")
    return Mark(*match.span(), "format", "close" if tag[1] else "open", tag[2].lower())
