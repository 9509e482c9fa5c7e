"""DrawingML: the paragraphs of slides, of charts' titles and of SmartArt, and the texts in attributes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

from hymt.documents import opc, xml_text
from hymt.documents.fields import Field
from hymt.documents.inline import paragraph_field
from hymt.documents.inline_nodes import Node, Style, Thing, Words
from hymt.documents.package import Package
from hymt.documents.packed import Part, part_of
from hymt.documents.prose import has_words
from hymt.documents.xml_elements import Element, attribute_fields, element_fields, outermost, words_of
from hymt.documents.xml_text import ATTRIBUTES, escape
from hymt.text.spans import BlockKind

_DRAWN = ("drawingml.chart+xml", "ms-office.chartex+xml", "drawingml.diagramData+xml", "drawingml.diagramDrawing+xml")
_CORE = "core-properties+xml"
USUAL_PREFIX = "a:"
_TEXTS = {"cNvPr": ("descr", "title"), "hlinkClick": ("tooltip",), "hlinkHover": ("tooltip",)}
_TITLES = {"title", "ctrTitle"}  # kinds of placeholders
_SHAPES = {"sp", "graphicFrame"}
_LABELS = {"strCache", "multiLvlStrCache"}  # what a chart shows of its workbook
# of a run's properties: what does not show
_UNSEEN = re.compile(
    r"\s(?:lang|altLang|dirty|err|smtClean|noProof|kumimoji|bmk|smtId)\s*=\s*(?:\"[^\"]*\"|'[^']*')"
    rf"|<\w+:extLst{ATTRIBUTES}>[\s\S]*?</\w+:extLst\s*>"
)
_HINT = re.compile(r"\stooltip\s*=\s*[\"'][^\"']")
_EMPTY = re.compile(r"^<\w+:rPr\s*(?:/>|>\s*</\w+:rPr\s*>)$")
_VISIBLE = re.compile(r"\s(?:u|strike)\s*=\s*[\"'](?!none|noStrike)|:highlight\b")


def drawn(package: Package, types: list[tuple[str, str]], left: Counter[str]) -> Iterator[Part]:
    """What any file of Office may have: charts, SmartArt, and the title of the file."""
    for ending in _DRAWN:
        for path in opc.paths(types, ending):
            yield part_of(package, path, partial(fields, left=left))
    for path in opc.paths(types, _CORE):
        yield part_of(package, path, partial(element_fields, names=("title", "subject")))


def fields(text: str, left: Counter[str]) -> Iterator[Field]:
    """The paragraphs and the texts in attributes of a part, in order; what is left is counted in `left`."""
    cells, title, labels = 0, False, 0
    for found in outermost(text, ("p",)):
        if isinstance(found, Element):
            yield field(found, left, "cell" if cells else "heading" if title else "line")
        elif found.local == "tc":
            cells += -1 if found.closes else 1
        elif found.local in _SHAPES:
            title = False
        elif found.local == "ph" and found.get("type") in _TITLES:
            title = True
        elif found.local in _LABELS:
            labels += -1 if found.closes else 1
        elif found.local == "v" and found.closes and labels:
            left["labels_left"] += has_words(text[text.rfind(">", 0, found.start) + 1 : found.start])
        elif found.local in _TEXTS and not found.closes:
            yield from attribute_fields(text, found, _TEXTS[found.local])


def field(paragraph: Element, left: Counter[str], kind: BlockKind) -> Field:
    """The field of a paragraph."""
    properties, nodes, start, end = paragraph.child("pPr"), list[Node](), paragraph.tag.end, paragraph.closing.start
    write = _writer(paragraph.prefix)
    left["hints_left"] += len(_HINT.findall(paragraph.raw))
    for child in paragraph.children():
        local = child.local
        if local == "pPr":
            continue
        if local == "endParaRPr":
            end = child.tag.start
            break
        style = _style(found.raw if (found := child.child("rPr")) else "")
        if local == "r":
            words = child.child("t")
            text = re.sub(r"[\r\n]+", " ", xml_text.read(words.content)) if words else ""
            nodes.append(Words(text, style))
        elif local == "br":
            nodes.append(Words("\n", style))
        else:
            if local == "fld":
                left["computed_left"] += words_of(child.raw)
            nodes.append(Thing(child.raw))
    return paragraph_field(properties.closing.end if properties else start, end, nodes, write, kind)


@lru_cache(maxsize=64)
def _writer(prefix: str) -> Callable[[str, Style], str]:
    def write(text: str, style: Style) -> str:
        lines = text.split("\n")
        runs = [
            f"<{prefix}r>{style.xml}<{prefix}t>{escape(line)}</{prefix}t></{prefix}r>" if line else "" for line in lines
        ]
        return f"<{prefix}br>{style.xml}</{prefix}br>".join(runs)

    return write


@lru_cache(maxsize=4096)
def _style(properties: str) -> Style:
    key = _UNSEEN.sub("", properties)
    return Style("" if _EMPTY.match(key) else key, properties, bool(_VISIBLE.search(key)))
