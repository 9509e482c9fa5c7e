"""Workbooks of Excel: the texts of cells, comments, text boxes and charts' titles.

Formulas, numbers and the names of sheets stay, and with them what they depend on: texts that a formula or a list of
choices names, headings of tables and fields of pivot tables. Formatting within a cell stands as tags in its text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, partial
from html import unescape

from hymt.documents import drawingml, opc, xml_text
from hymt.documents.fields import Field, from_fields
from hymt.documents.inline import paragraph_field
from hymt.documents.inline_nodes import Node, Style, Thing, Words, Write
from hymt.documents.packed import PackedDocument, Part, notes_of, part_of
from hymt.documents.prose import has_words
from hymt.documents.speech import of_sheets
from hymt.documents.xml_elements import Element, Elements
from hymt.documents.xml_text import ATTRIBUTES, escape, tags

_MAIN = "spreadsheetml.sheet.main+xml"
_SHEET = "spreadsheetml.worksheet+xml"
_TEXTS = {  # the end of a part's content type, to the element that holds a text of it
    "sharedStrings+xml": "si",
    "worksheet+xml": "is",
    "comments+xml": "text",
}
_NAMING = {"spreadsheetml.table+xml": "tableColumn", "pivotCacheDefinition+xml": "cacheField"}
_DRAWN = ("drawing+xml", "drawingml.chart+xml")
_FORMULA = re.compile(rf"<(?:\w+:)?(?:f|formula\d?){ATTRIBUTES}>([^<]*)<")
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_HEADERS = re.compile(r"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)>([^<]*)<")
_CODE_OF_HEADER = re.compile(r'&amp;(?:"[^"]*"|&quot;.*?&quot;|K[\dA-F]{6}|\d+|[A-Z])')
_GIVEN = re.compile(r"[^\W\d_]+ ?\d+")  # as Sheet1, Tabelle 2
_VISIBLE = re.compile(r"<(?:\w+:)?(?:u|strike)\b")
_CODES = re.compile(r"(_x[0-9A-Fa-f]{4}_)")  # a character by its number


def parse(name: str, data: bytes) -> PackedDocument:
    """The workbook in these bytes. Raises DocumentError if it is none, damaged, locked, too large or has macros."""
    package, types = opc.opened(name, data, ".xlsx")
    read = {path: xml_text.decode(package.read(path), name) for path, kind in types if _ending(kind, _TEXTS, _NAMING)}
    named = {text.casefold() for path, kind in types if path in read for text in _named(read[path][0], kind)}
    left: set[str] = set()
    parts = []
    for ending, element in _TEXTS.items():
        for path in sorted(path for path, kind in types if kind.endswith(ending)):
            text, encoding, bom = read[path]
            cells = ending in ("sharedStrings+xml", "worksheet+xml")
            found = from_fields(text, _fields(text, element, named if cells else set(), left))
            parts.append(Part(path, found, encoding, bom))
    drawn = partial(drawingml.fields, left=Counter())  # charts show what their cells say
    parts += [part_of(package, path, drawn) for ending in _DRAWN for path in opc.paths(types, ending)]
    parts = [part for part in parts if part.text.blocks]
    sheets = opc.paths(types, _SHEET)
    around = sum(
        has_words(_CODE_OF_HEADER.sub("", said)) for path in sheets for said in _HEADERS.findall(read[path][0])
    )
    names = _sheet_names(xml_text.decode(package.read(opc.paths(types, _MAIN)[0]), name)[0])
    counts = Counter({"cells_left": len(left), "sheets_left": sum(map(has_words, names)), "headers_left": around})
    return PackedDocument(name, package, parts, notes_of(counts, package), tuple(sheets), of_sheets)


def _sheet_names(text: str) -> Iterator[str]:
    """The names of the sheets but those that Excel gave."""
    names = (tag.get("name") or "" for tag in tags(text) if tag.local == "sheet")
    return (name for name in names if not _GIVEN.fullmatch(name))


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
    """The fields of a part with cells or comments; texts that are in `named` are added to `left` instead."""
    holder = re.compile(rf"<((?:\w+:)?{element})(?=[\s>]){ATTRIBUTES}>[\s\S]*?</\1\s*>")
    for found in holder.finditer(text):
        item = Elements.of(text, list(tags(text, *found.span()))).root
        runs = [child for child in item.children() if child.local == "r"]
        texts = [one for run in (runs or [item]) for one in run.children() if one.local == "t"]
        whole = "".join(xml_text.read(one.content) for one in texts)
        if whole.strip().casefold() in named:
            left.update({whole.strip()} if has_words(whole) else ())
        elif runs:
            nodes = [node for run in runs for node in _nodes(run)]
            yield paragraph_field(runs[0].tag.start, runs[-1].closing.end, nodes, _writer(runs[0].prefix), "cell")
        elif has_words(whole):
            yield Field(texts[0].tag.end, texts[0].closing.start, whole, escape, "cell", _CODES)


def _nodes(run: Element) -> Iterator[Node]:
    """A part of a cell with a format of its own."""
    properties, words = run.child("rPr"), run.child("t")
    xml = properties.raw if properties else ""
    style, write = Style(xml, xml, bool(_VISIBLE.search(xml))), _writer(run.prefix)
    for number, part in enumerate(_CODES.split(xml_text.read(words.content)) if words else ()):
        yield Thing(write(part, style)) if number % 2 else Words(part, style)


@cache
def _writer(prefix: str) -> Write:
    def write(text: str, style: Style) -> str:
        return f'<{prefix}r>{style.xml}<{prefix}t xml:space="preserve">{escape(text)}</{prefix}t></{prefix}r>'

    return write
