"""OpenDocument: texts and presentations, as LibreOffice and others write them.

Paragraphs, headings, tables, text boxes, notes, comments, headers, footers, descriptions of pictures and the title of
the file are translated. Formatting and what has no words stand as tags in the blocks' texts. What the program computes
and deleted text under change tracking stay; so do the texts of a presentation's masters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from html import unescape
from pathlib import PurePath

from hymt.documents import opc, xml_text
from hymt.documents.base import DocumentError
from hymt.documents.fields import Field, from_fields
from hymt.documents.inline import once, paragraph_field
from hymt.documents.inline_nodes import Node, Pair, Style, Thing, Words
from hymt.documents.package import Package
from hymt.documents.packed import PackedDocument, notes_of, part_of
from hymt.documents.speech import of_odf
from hymt.documents.xml_elements import Element, content_field, element_fields, outermost, words_of
from hymt.documents.xml_text import ATTRIBUTES, escape, tags
from hymt.text.blocks import BlockText
from hymt.text.spans import BlockKind

_MANIFEST = "META-INF/manifest.xml"
_META = "meta.xml"
_CONTENT = re.compile(r"(?:Object \d+/)?content\.xml")  # of the document, and of charts and formulas in it
_PARAGRAPHS = {"text:p", "text:h", "text:index-title-template"}
_PLAIN = {"svg:title", "svg:desc"}  # descriptions of pictures
_DELETED = "text:tracked-changes"
_AROUND = ("style:header", "style:footer")
_TITLES = {"Title", "Subtitle"}
_CELLS = {"table:table-cell", "table:covered-table-cell"}
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_TOLD = re.compile(r"\stable:(?:formula|condition)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_PAIRS = {"a", "meta", "meta-field", "ruby-base"}
_DROPPED = {"soft-page-break"}
_SPACES = re.compile(r"[ \t\n\r]+")
_COMPUTED = re.compile(  # what LibreOffice fills in
    r"(?:page-continuation|date|time|file-name|chapter|title|subject|author-\w+|sequence|sequence-ref"
    r"|bookmark-ref|reference-ref|note-ref|variable-\w+|user-field-\w+|database-\w+|expression|creation-\w+"
    r"|modification-\w+|\w+-count|placeholder|conditional-text|hidden-text|text-input|sheet-name|template-name)"
)
_MOST_DEPTH = 8  # boxes and notes within one another
_MOST_PAIRS = 30
_MOST_BLANKS = 40  # by one element; more are a thing
# of a style's text properties: what does not show
_UNSEEN = re.compile(
    r"\s(?:officeooo:\w*rsid|fo:language|fo:country|fo:script|style:(?:language|country|rfc-language-tag|script)"
    r"(?:-\w+)*|style:rfc-language-tag)\s*=\s*(?:\"[^\"]*\"|'[^']*')"
)
_VISIBLE = re.compile(
    r"text-(?:underline|line-through|overline)-style=\"(?!none)|fo:background-color=\"(?!transparent)"
)
_TAG = re.compile(r"<[^<>]*>")
_WHITE = re.compile(r"( {2,}|^ |[\t\n])")


@dataclass(frozen=True, slots=True)
class _Part:
    """What must be known to read a part: what its automatic styles look like, and where what is left is counted."""

    looks: dict[str, str]
    left: Counter[str]
    named: frozenset[str]
    masters: bool = False  # whether the texts in it that no header or footer has stay
    depth: int = 0


def parse(name: str, data: bytes) -> PackedDocument:
    """The document in these bytes. Raises DocumentError if it is none, damaged, locked or too large."""
    suffix = PurePath(name).suffix.lower()
    package, _ = opc.opened(name, data, suffix)
    _check(package)
    left: Counter[str] = Counter()
    parts = []
    for path in ("content.xml", *(path for path in package.parts if _CONTENT.fullmatch(path) and "/" in path)):
        parts.append(part_of(package, path, partial(_fields_of, left=left)))
    if "styles.xml" in package.parts:
        parts.append(part_of(package, "styles.xml", partial(_fields_of, left=left, masters=True)))
    if _META in package.parts:
        parts.append(part_of(package, _META, partial(element_fields, names=("title", "subject"))))
    parts = [part for part in parts if part.text.blocks]
    left["scripts_stay"] = sum(path.startswith(("Basic/", "Scripts/")) for path in package.parts)
    others = tuple(path for path in ("styles.xml", "content.xml") if path in package.parts)
    return PackedDocument(name, package, parts, notes_of(left, package), others, of_odf)


def _check(package: Package) -> None:
    if "content.xml" not in package.parts:
        raise DocumentError("damaged_package", name=package.name)
    if _MANIFEST in package.parts:
        text, *_ = xml_text.decode(package.read(_MANIFEST), package.name)
        if any(tag.local == "encryption-data" for tag in tags(text)):
            raise DocumentError("office_locked", name=package.name)


def _fields_of(text: str, left: Counter[str], masters: bool = False) -> Iterator[Field]:
    return _fields(text, _Part(_looks(text), left, _named(text), masters))


def _looks(text: str) -> dict[str, str]:
    """What the automatic styles of words look like, by their names."""
    style = re.compile(
        rf"<style:style\s([^<>]*style:family\s*=\s*\"text\"{ATTRIBUTES})>([\s\S]*?)</style:style\s*>"
        rf"|<style:style\s([^<>]*style:family\s*=\s*\"text\"{ATTRIBUTES})/>"
    )
    begin = text.find("<office:automatic-styles")
    end = text.find("</office:automatic-styles", begin)
    looks = {}
    for found in style.finditer(text, max(begin, 0), max(end, 0)):
        attributes, content = found[1] or found[3], found[2] or ""
        name = re.search(r"style:name\s*=\s*\"([^\"]*)\"", attributes)
        parent = re.search(r"style:parent-style-name\s*=\s*\"([^\"]*)\"", attributes)
        look = re.sub(r"<style:text-properties\s*/>", "", _UNSEEN.sub("", content).strip())
        looks[name[1] if name else ""] = f"{parent[1] if parent else ''}{look}"
    return looks


def _fields(text: str, part: _Part) -> Iterator[Field]:
    """The paragraphs and descriptions, in order."""
    cells, items, around, computed = 0, 0, 0, False
    for found in outermost(text, _PARAGRAPHS | _PLAIN | {_DELETED}):
        if isinstance(found, Element):
            kind: BlockKind = "cell" if cells else "item" if items else "line"
            yield from _found(found, part, kind, part.masters and not around, bool(cells) and computed)
        elif found.name in _CELLS:
            cells += 0 if found.empty else -1 if found.closes else 1
            said = found.get("office:value-type")
            computed = said not in (None, "string") or found.get("table:formula") is not None
        elif found.name == "text:list-item" and not found.empty:
            items += -1 if found.closes else 1
        elif found.name.startswith(_AROUND) and not found.empty:
            around += -1 if found.closes else 1


def _found(element: Element, part: _Part, kind: BlockKind, master: bool, computed: bool) -> Iterator[Field]:
    if element.tag.name == _DELETED:
        deleted = (one for one in outermost(element.content, _PARAGRAPHS) if isinstance(one, Element))
        part.left["deleted_left"] += sum(words_of(one.content) for one in deleted)
    elif master or computed:
        part.left["masters_left" if master else "computed_left"] += words_of(element.content)
    elif element.tag.name in _PLAIN:
        yield from content_field(element)
    elif part.named and xml_text.read(_TAG.sub("", element.content)).strip().casefold() in part.named:
        part.left["cells_left"] += words_of(element.content)
    else:
        title = element.local == "h" or (element.tag.get("text:style-name") or "") in _TITLES
        yield _field(element, part, "heading" if title else kind)


def _field(paragraph: Element, part: _Part, kind: BlockKind) -> Field:
    nodes = _Reader(part).siblings(paragraph, Style("", ""), 0)
    return paragraph_field(paragraph.tag.end, paragraph.closing.start, nodes, _write, kind)


def _named(text: str) -> frozenset[str]:
    """The texts that formulas and lists of choices in a table name cells by."""
    told = (unescape(found[1] or found[2] or "") for found in _TOLD.finditer(text))
    return frozenset(literal.replace('""', '"').casefold() for one in told for literal in _LITERAL.findall(one))


def _write(text: str, style: Style) -> str:
    parts = []
    for piece in filter(None, _WHITE.split(text)):
        if piece == "\t":
            parts.append("<text:tab/>")
        elif piece == "\n":
            parts.append("<text:line-break/>")
        elif not piece.strip(" "):
            parts.append("<text:s/>" if len(piece) == 1 else f'<text:s text:c="{len(piece)}"/>')
        else:
            parts.append(escape(piece))
    content = "".join(parts)
    return f"{style.xml}{content}{'</text:span>' * style.xml.count('<')}"


class _Reader:
    """Reads the content of a paragraph as nodes."""

    def __init__(self, part: _Part) -> None:
        self._part = part
        self._after_blank = True  # white space after white space counts for nothing

    def siblings(self, element: Element, style: Style, depth: int) -> list[Node]:
        nodes: list[Node] = []
        for piece in element.pieces():
            if isinstance(piece, str):
                text = _SPACES.sub(" ", xml_text.read(piece))
                text = text[1:] if self._after_blank and text.startswith(" ") else text
                if text:
                    nodes.append(Words(text, style))
                    self._after_blank = text.endswith(" ")
            else:
                nodes += self._nodes(piece, style, depth)
        return nodes

    def _nodes(self, element: Element, style: Style, depth: int) -> Iterator[Node]:
        local = element.local
        if local in _DROPPED:
            return
        if local not in ("span", "a"):
            self._after_blank = False
        if local == "s":
            count = element.tag.get("text:c") or "1"
            blanks = re.fullmatch("[0-9]{1,3}", count) and int(count) <= _MOST_BLANKS
            yield Words(" " * int(count), style) if blanks else Thing(element.raw)
        elif local in ("tab", "line-break"):
            yield Words("\t" if local == "tab" else "\n", style)
        elif local == "span" and depth < _MOST_PAIRS:
            yield from self.siblings(element, self._spanned(element, style), depth + 1)
        elif local == "ruby" and (base := element.child("ruby-base")) and depth < _MOST_PAIRS:
            self._part.left["reading_lost"] += 1
            yield from self.siblings(base, style, depth + 1)
        elif local in _PAIRS and not element.tag.empty and depth < _MOST_PAIRS:
            around = _around(style)
            begin, end = f"{around[0]}{element.begin}", f"{element.end}{around[1]}"
            yield Pair(Thing(begin), Thing(end), self.siblings(element, Style("", ""), depth + 1))
        else:
            if _COMPUTED.fullmatch(local):
                self._part.left["computed_left"] += words_of(element.content)
            around = _around(style)
            yield Thing(f"{around[0]}{element.raw}{around[1]}", self._within(element, around))

    def _spanned(self, element: Element, style: Style) -> Style:
        """The style of a span within one."""
        look = self._part.looks.get(name := element.tag.get("text:style-name") or "", name)
        if not look:
            return style
        return Style(f"{style.key}<{look}>", style.xml + element.begin, style.visible or bool(_VISIBLE.search(look)))

    def _within(self, element: Element, around: tuple[str, str]) -> BlockText | None:
        """The texts of a note, a comment, a text box or a picture."""
        if element.tag.empty or not any(one in element.raw for one in ("<text:p", "<text:h", "<svg:")):
            return None
        if self._part.depth >= _MOST_DEPTH:
            self._part.left["nested_left"] += words_of(element.content)
            return None
        part = replace(self._part, depth=self._part.depth + 1, masters=False)
        xml = f"{around[0]}{element.raw}{around[1]}"
        found = from_fields(xml, _fields(xml, part))
        return once(found) if found.blocks else None


def _around(style: Style) -> tuple[str, str]:
    return style.xml, "</text:span>" * style.xml.count("<")
