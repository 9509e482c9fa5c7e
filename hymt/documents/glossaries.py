"""A glossary's file: TBX, or two columns of CSV or TSV, with a header of two language codes or none."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from pathlib import Path

from hymt.documents import MAX_BYTES, load
from hymt.documents.base import DocumentError
from hymt.documents.encoding import decode
from hymt.documents.xml_elements import Element, outermost
from hymt.documents.xml_text import decode as decode_xml
from hymt.documents.xml_text import read as read_xml
from hymt.errors import Listing, UserError
from hymt.text import languages
from hymt.text.glossary import Glossary

SUFFIXES = (".csv", ".tsv", ".txt", ".tbx")
_DELIMITERS = "\t;,"
_SHOWN = 5  # wrong lines that a refusal names
_UNNAMED_HEADER = ("source", "target")
# of TBX 2 and 3: a concept, and what of it is in one language
_CONCEPTS, _OF_LANGUAGE = ("termEntry", "conceptEntry"), ("langSet", "langSec")
_INNER = re.compile(r"<[^<>]*>")

Given = Glossary | str | Path | Mapping[str, str] | Iterable[Sequence[str]]


def glossary_of(given: Given | None) -> Glossary | None:
    """A glossary as programs give it: a file, or pairs of a term and its translation. Raises UserError."""
    if given is None or isinstance(given, Glossary):
        return given
    return read(given) if isinstance(given, str | Path) else Glossary.of(given)


def read(path: str | Path) -> Glossary:
    """The glossary in a file. Raises DocumentError, which names lines that are wrong."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise DocumentError("unknown_glossary", name=path.name, kinds=Listing(SUFFIXES))
    data = load(path, MAX_BYTES)
    try:
        return (_tbx if path.suffix.lower() == ".tbx" else _table)(path.name, data)
    except DocumentError:
        raise
    except UserError as error:
        raise DocumentError("in_glossary", name=path.name, reason=error) from error


def _table(name: str, data: bytes) -> Glossary:
    text, _ = decode(data, name)
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if _counts(line)]
    delimiter = max(_DELIMITERS, key=lambda one: sum(len(_cells(line, one)) == 2 for _, line in lines))
    rows = [(number, _cells(line, delimiter)) for number, line in lines]
    if wrong := [number for number, cells in rows if len(cells) != 2]:
        shown = Listing([*wrong[:_SHOWN], *(["…"] if len(wrong) > _SHOWN else [])])
        raise DocumentError("glossary_lines", name=name, lines=shown)
    directions = _header(rows[0][1]) if rows else None
    named = directions is not None
    pairs = ((number, source, target) for number, (source, target) in (rows[1:] if named else rows))
    return Glossary.from_rows(pairs, directions or None)


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line, without empty ones beyond the second."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:  # a quotation mark within a cell that is in none
        cells = line.split(delimiter)
    while len(cells) > 2 and not cells[-1].strip():
        cells.pop()
    return cells


def _header(cells: Sequence[str]) -> tuple[str, str] | tuple[()] | None:
    """The languages that a first row names, nothing if it only says what columns are; None if it is a term."""
    if tuple(cell.strip().lower() for cell in cells) == _UNNAMED_HEADER:
        return ()
    source, target = map(_language, cells)
    return (source, target) if source and target and source != target else None


def _language(name: str) -> str | None:
    try:
        return languages.find(name).code
    except UserError:
        return None


def _tbx(name: str, data: bytes) -> Glossary:
    """The terms of all directions that its languages make; of synonyms each may be the source, the first the target."""
    text, _, _ = decode_xml(data, name, typed=True)
    rows: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    line, counted = 1, 0
    for element in outermost(text, _CONCEPTS):
        if not isinstance(element, Element):
            continue
        line += text.count("\n", counted, element.tag.start)
        counted = element.tag.start
        concept = _concept(element)
        for source, target in permutations(concept, 2):
            rows.setdefault((source, target), []).extend((line, one, concept[target][0]) for one in concept[source])
    if not rows:
        raise DocumentError("not_tbx", name=name)
    return Glossary(tuple(term for pair, of_pair in rows.items() for term in Glossary.from_rows(of_pair, pair).terms))


def _concept(element: Element) -> dict[str, list[str]]:
    """A concept's terms by language; those of unknown languages are left out."""
    concept: dict[str, list[str]] = {}
    for child in element.children():
        code = _language(child.tag.get("xml:lang") or child.tag.get("lang") or "")
        if child.local in _OF_LANGUAGE and code:
            terms = [read_xml(_INNER.sub("", term)) for term in _terms(child)]
            concept.setdefault(code, []).extend(terms)
    return {code: terms for code, terms in concept.items() if terms}


def _terms(element: Element) -> Iterator[str]:
    for child in element.children():
        if child.local == "term":
            yield child.content
        else:
            yield from _terms(child)
