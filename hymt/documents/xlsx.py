"""Workbooks of Excel: the texts of cells, comments, text boxes and charts' titles.

Formulas, numbers and the names of sheets stay, and with them what they depend on: texts that a formula or a list of
choices names, headings of tables and fields of pivot tables. Each part of a cell with a format of its own is
translated by itself, so that none is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from hymt.documents import xml_text
from hymt.documents.base import DocumentError
from hymt.documents.fields import Field, from_fields
from hymt.documents.package import Package
from hymt.documents.parts import XmlPart, numbered, written
from hymt.documents.prose import has_words
from hymt.documents.xml_text import ATTRIBUTES, escape, tags
from hymt.errors import Sentence
from hymt.text.blocks import Block

_MAIN = "spreadsheetml.sheet.main+xml"
_TEXTS = {  # the end of a part's content type, to the element that holds a text of it
    "sharedStrings+xml": "si",
    "worksheet+xml": "is",
    "comments+xml": "text",
    "drawing+xml": "p",
    "drawingml.chart+xml": "p",
}
_NAMING = {"spreadsheetml.table+xml": "tableColumn", "pivotCacheDefinition+xml": "cacheField"}
_ASIDE = ("rPh", "fld")  # how a text is pronounced; what Excel fills in by itself
_FORMULA = re.compile(rf"<(?:\w+:)?(?:f|formula\d?){ATTRIBUTES}>([^<]*)<")
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_CODES = re.compile(r"_x[0-9A-Fa-f]{4}_")  # a character by its number


@dataclass(frozen=True)
class Workbook:
    """A workbook in blocks, numbered in the order in which its parts have them."""

    name: str
    package: Package
    parts: Mapping[str, XmlPart]
    notes: tuple[Sentence, ...]
    dropped: int = 0

    @property
    def blocks(self) -> list[Block]:
        return numbered(self.parts)

    def write(self, translations: Sequence[str], target: str = "") -> bytes:
        """The workbook with its blocks replaced, one for one. Raises ValueError if their number differs."""
        return self.package.written(written(self.parts, translations, target))


def parse(name: str, data: bytes) -> Workbook:
    """The workbook in these bytes. Raises DocumentError if it is none, damaged, locked or too large."""
    package = Package(name, data)
    types = _types(package)
    if not any(kind.endswith(_MAIN) for _, kind in types):
        raise DocumentError("not_a_workbook", name=name)
    read = {path: xml_text.decode(package.read(path), name) for path, kind in types if _ending(kind, _TEXTS, _NAMING)}
    named = {text.casefold() for path, kind in types if path in read for text in _named(read[path][0], kind)}
    left: set[str] = set()
    parts = {}
    for ending, element in _TEXTS.items():
        for path in sorted(path for path, kind in types if kind.endswith(ending)):
            text, encoding, bom = read[path]
            cells = ending in ("sharedStrings+xml", "worksheet+xml")
            found = from_fields(text, _fields(text, element, named if cells else set(), left))
            if found.blocks:
                parts[path] = XmlPart(found, encoding, bom)
    notes = (Sentence("cells_left", {"count": len(left)}),) if left else ()
    return Workbook(name, package, parts, notes)


def _types(package: Package) -> list[tuple[str, str]]:
    """The parts of the workbook and their content types."""
    text, *_ = xml_text.decode(package.read("[Content_Types].xml"), package.name)
    overrides = [tag for tag in tags(text) if tag.local == "Override"]
    said = [((tag.get("PartName") or "").lstrip("/"), tag.get("ContentType") or "") for tag in overrides]
    return [(path, kind) for path, kind in dict(said).items() if path in package.parts]


def _ending(kind: str, *tables: dict[str, str]) -> bool:
    return any(kind.endswith(ending) for table in tables for ending in table)


def _named(text: str, kind: str) -> Iterator[str]:
    """What a part names cells by: headings, and texts in formulas."""
    for ending, element in _NAMING.items():
        if kind.endswith(ending):
            yield from (tag.get("name") or "" for tag in tags(text) if tag.local == element)
    for formula in _FORMULA.finditer(text):
        for literal in _LITERAL.finditer(unescape(formula[1])):
            yield from (literal[1].replace('""', '"'), *literal[1].split(","))


def _fields(text: str, element: str, named: set[str], left: set[str]) -> Iterator[Field]:
    """The fields of a part; texts that are in `named` are added to `left` instead."""
    holder = re.compile(rf"<((?:\w+:)?{element})(?=[\s>]){ATTRIBUTES}>([\s\S]*?)</\1\s*>")
    for item in holder.finditer(text):
        runs = list(_runs(text, *item.span(2)))
        whole = "".join(xml_text.read(text[start:end]) for start, end in runs).strip()
        if whole.casefold() in named:
            left.update({whole} if has_words(whole) else ())
            continue
        for start, end in runs:
            content = xml_text.read(text[start:end])
            if has_words(content):
                yield Field(start, end, content, escape, "cell", _CODES)


def _runs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the texts of a cell or paragraph stand."""
    aside, begun = 0, 0
    for tag in tags(text, start, end):
        if tag.local in _ASIDE and not tag.empty:
            aside += -1 if tag.closes else 1
        elif tag.local == "t" and not aside:
            if tag.closes:
                yield begun, tag.start
            begun = tag.end
