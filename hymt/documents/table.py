"""Tables as text: .csv and .tsv. Cells of the columns that hold prose are translated, all else stays byte for byte.

Where no column holds prose, as in a list of words, every column that has words is translated. A first row of short
labels over something else is a header and stays: programs find columns by it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from pathlib import PurePath

from hymt.documents import plain
from hymt.documents.base import DocumentError
from hymt.documents.fields import Field, from_fields
from hymt.documents.prose import has_words, is_prose
from hymt.errors import Listing, Sentence
from hymt.text.blocks import BlockText

DELIMITERS = ",;\t|"
MOST_COLUMNS = 16_384  # as in a spreadsheet
_SAMPLE_ROWS = 100
_SAMPLE = 200_000  # characters that tell the delimiter
_NONE = "\0"  # the delimiter of a single column; no text has it
_NAMED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # a first line for Excel
_LABEL = re.compile(r"(?:[^\W_]|[ _()#%/'’&-]){1,40}:?")
_LABEL_WORDS = 4
_NAMED_COLUMNS = 20  # at most, in the note


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where a cell's content stands, within its quotes if it has some."""

    row: int
    column: int
    start: int
    end: int
    quoted: bool


@dataclass
class _Column:
    """What the rows after the first hold."""

    filled: int = 0
    numbers: int = 0
    words: int = 0
    prose: int = 0

    def add(self, text: str) -> None:
        self.filled += 1
        self.numbers += not any(map(str.isalpha, text))
        self.words += has_words(text)
        self.prose += is_prose(text)

    def mostly(self, count: int) -> bool:
        return count * 2 >= max(1, self.filled)


@dataclass
class _Seen:
    """What a table is made of: its first row, and what the columns below it hold."""

    first: dict[int, str] = field(default_factory=dict)
    below: defaultdict[int, _Column] = field(default_factory=lambda: defaultdict(_Column))

    @property
    def count(self) -> int:
        return len(self.first.keys() | self.below.keys())

    def has_header(self) -> bool:
        """Whether the first row only names what stands below it."""
        return bool(self.first) and all(map(_is_label, self.first.values())) and any(map(self._named, self.first))

    def _named(self, index: int) -> bool:
        column, label = self.below[index], self.first[index]
        if not column.filled:
            return False
        if column.mostly(column.words):
            return column.mostly(column.prose) and not is_prose(label)
        return column.mostly(column.numbers) or has_words(label)

    def translated(self, header: bool) -> list[int]:
        """The columns that are translated."""
        columns = {index: replace(column) for index, column in self.below.items()}
        for index, text in () if header else self.first.items():
            columns.setdefault(index, _Column()).add(text)
        for kind in ("prose", "words"):
            found = [index for index, column in columns.items() if column.mostly(getattr(column, kind))]
            if found:
                return sorted(found)
        return []


def parse(name: str, data: bytes) -> plain.TextDocument:
    """The document in these bytes. Raises DocumentError if it is no text, or too wide for a table."""
    notes: list[Sentence] = []
    document = plain.in_blocks(name, data, partial(_split, name=name, notes=notes))
    return replace(document, notes=tuple(notes))


def _split(text: str, name: str, notes: list[Sentence]) -> BlockText:
    """The cells to translate as blocks; what is to be said of the choice is added to `notes`."""
    named = _NAMED.match(text)
    start = named.end() if named else 0
    delimiter = named[1] if named else "\t" if PurePath(name).suffix.lower() == ".tsv" else _delimiter(text)
    seen = _look(text, start, delimiter, name)
    header = seen.has_header()
    columns = seen.translated(header)
    notes += _notes(seen, header, columns)
    wanted = set(columns)
    return from_fields(
        text,
        (
            _field(text, cell, delimiter)
            for cell in _cells(text, start, delimiter)
            if cell.column in wanted and cell.row >= header and has_words(text[cell.start : cell.end])
        ),
    )


def _notes(seen: _Seen, header: bool, columns: list[int]) -> Iterator[Sentence]:
    if seen.count > 1:
        names = [seen.first.get(index, index + 1) if header else index + 1 for index in columns[:_NAMED_COLUMNS]]
        yield Sentence("table_columns", {"columns": Listing(names), "count": len(columns), "of": seen.count})
    if header:
        yield Sentence("table_header")


def _cells(text: str, start: int, delimiter: str) -> Iterator[_Cell]:
    """The cells in order. A quotation mark that is not where it belongs is a character as any other."""
    mark = re.escape(delimiter)
    pattern = re.compile(rf'(?:"((?:[^"]++|"")*+)"(?=[{mark}\r\n]|\Z)|([^{mark}\r\n]*+))({mark}|\r\n|\r|\n|\Z)')
    row = column = 0
    for match in pattern.finditer(text, start):
        quoted = match[1] is not None
        yield _Cell(row, column, *match.span(1 if quoted else 2), quoted)
        row, column = (row, column + 1) if match[3] == delimiter else (row + 1, 0)


def _delimiter(text: str) -> str:
    """What stands between the cells: the mark of which most rows have equally many."""
    sample = text[:_SAMPLE]

    def likely(delimiter: str) -> tuple[float, int]:
        """The share of rows that have the most frequent width, and that width."""
        rows: dict[int, int] = {}
        for cell in takewhile(lambda cell: cell.row < _SAMPLE_ROWS, _cells(sample, 0, delimiter)):
            rows[cell.row] = cell.column + (cell.column > 0 or cell.start < cell.end)
        widths = Counter(filter(None, rows.values()))
        [(width, count)] = widths.most_common(1) or [(0, 0)]
        return (count / widths.total(), width) if width > 1 else (0.0, 0)

    best = max(DELIMITERS, key=likely)
    return best if likely(best)[0] > 0.5 else _NONE


def _look(text: str, start: int, delimiter: str, name: str) -> _Seen:
    seen = _Seen()
    for cell in _cells(text, start, delimiter):
        if cell.column >= MOST_COLUMNS:
            raise DocumentError("table_too_wide", name=name, limit=f"{MOST_COLUMNS:,}")
        content = text[cell.start : cell.end]
        if cell.row and content.strip():
            seen.below[cell.column].add(content)
        elif content.strip():
            seen.first[cell.column] = content
    return seen


def _is_label(text: str) -> bool:
    short = _LABEL.fullmatch(text.strip()) is not None and len(text.split()) <= _LABEL_WORDS
    return short and any(map(str.isalpha, text))


def _field(text: str, cell: _Cell, delimiter: str) -> Field:
    content = text[cell.start : cell.end]
    if cell.quoted:
        return Field(cell.start, cell.end, content.replace('""', '"'), lambda said: said.replace('"', '""'), "cell")

    def write(said: str) -> str:
        special = {delimiter, '"', "\r", "\n"}
        return f'"{said.replace(chr(34), chr(34) * 2)}"' if special & set(said) else said

    return Field(cell.start, cell.end, content, write, "cell")
