"""WordprocessingML: the paragraphs of a part of a .docx, and what their runs hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from hymt.documents import drawingml, xml_text
from hymt.documents.fields import Field, from_fields
from hymt.documents.inline import once, paragraph_field
from hymt.documents.inline_nodes import Node, Pair, Style, Thing, Words, words_in
from hymt.documents.prose import has_words
from hymt.documents.xml_elements import Element, attribute_fields, outermost, words_of
from hymt.documents.xml_text import ATTRIBUTES, escape
from hymt.text.blocks import BlockText
from hymt.text.spans import BlockKind

MOST_DEPTH = 8  # text boxes within one another
_MOST_PAIRS = 30  # elements around runs within one another, and fields and bookmarks
_CHARACTERS = {"tab": "\t", "cr": "\n", "br": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}
_ELEMENTS = {"\t": "tab", "\n": "br", "\u2011": "noBreakHyphen", "\u00ad": "softHyphen"}
_SPECIAL = re.compile("([\t\n\u2011\u00ad])")
_DROPPED = {"proofErr", "lastRenderedPageBreak", "rPr", "pPr", "smartTagPr"}  # Word finds the first two out by itself
_PAIRS = {"hyperlink", "ins", "moveTo", "customXml", "dir", "bdo"}
_TRANSPARENT = {"smartTag"}
_RANGES = {"bookmark", "commentRange", "perm", "moveFromRange", "moveToRange"}
_CURSOR = '"_GoBack"'  # a bookmark where the text was last edited
_DELETED = {"del", "moveFrom"}
_CHOICES = {"dropDownList", "comboBox", "date"}
_NO_WORDS = {"footnoteReference", "endnoteReference", "footnoteRef", "endnoteRef", "annotationRef", "commentReference"}
_TEXTS = {  # attributes that are texts
    "docPr": ("descr", "title"),
    "cNvPr": ("descr", "title"),
    "shape": ("alt",),
    "textpath": ("string",),  # a watermark, and older WordArt
    "hyperlink": ("tooltip",),
    "tblCaption": ("val",),
    "tblDescription": ("val",),
}
# of a run's properties: what does not show, or is of the language and the script
_UNSEEN = re.compile(
    rf"<\w+:(?:lang|noProof|webHidden|rtl)\b{ATTRIBUTES}/>"
    rf"|<(\w+:rPrChange)\b{ATTRIBUTES}>[\s\S]*?</\1\s*>|\s\w+:hint\s*=\s*(?:\"[^\"]*\"|'[^']*')"
)
_UNSEEN_FROM_LEFT = re.compile(rf"<\w+:(?:bCs|iCs|szCs|cs)\b{ATTRIBUTES}/>")  # of scripts that go from right to left
_UNSEEN_WHOLE = re.compile(rf"^<\w+:rPr{ATTRIBUTES}>\s*</\w+:rPr\s*>$|^<\w+:rPr\s*/>$")
_VISIBLE = re.compile(r"<\w+:(?:u|strike|dstrike|highlight|shd|bdr)\b(?![^<>]*val\s*=\s*[\"'](?:none|0|false|clear))")


@dataclass(frozen=True, slots=True)
class Part:
    """What must be known to read a part: the styles of headings, and where what is left is counted."""

    headings: frozenset[str]
    left: Counter[str]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class _Mark(Thing):
    """A thing that begins or ends something, or says what a field is."""

    kind: str = ""
    id: str = ""


def fields(text: str, part: Part) -> Iterator[Field]:
    """The paragraphs and the texts in attributes, in order."""
    cells = 0
    for found in outermost(text, ("p",)):
        if isinstance(found, Element):
            yield _field(found, part, "cell" if cells else "line")
        elif found.local == "tc":
            cells += -1 if found.closes else 1
        elif found.local in _TEXTS and not found.closes:
            yield from attribute_fields(text, found, _TEXTS[found.local])


def _field(paragraph: Element, part: Part, kind: BlockKind) -> Field:
    if paragraph.prefix == drawingml.USUAL_PREFIX:
        return drawingml.field(paragraph, part.left, kind)
    properties = paragraph.child("pPr")
    nodes = _Reader(paragraph.prefix, part).siblings(paragraph)
    start = properties.closing.end if properties else paragraph.tag.end
    return paragraph_field(
        start, paragraph.closing.start, nodes, _writer(paragraph.prefix), _kind(properties, part, kind)
    )


def _kind(properties: Element | None, part: Part, kind: BlockKind) -> BlockKind:
    for child in properties.children() if properties and kind == "line" else ():
        value = child.tag.get(f"{child.prefix}val")
        if (child.local == "pStyle" and value in part.headings) or (child.local == "outlineLvl" and value != "9"):
            return "heading"
        if child.local == "numPr":
            kind = "item"
    return kind


@lru_cache(maxsize=64)
def _writer(prefix: str) -> Callable[[str, Style], str]:
    def write(text: str, style: Style) -> str:
        parts = [f"<{prefix}r>{style.xml}"]
        for piece in filter(None, _SPECIAL.split(text)):
            if piece in _ELEMENTS:
                parts.append(f"<{prefix}{_ELEMENTS[piece]}/>")
            else:
                parts.append(f'<{prefix}t xml:space="preserve">{escape(piece)}</{prefix}t>')
        return "".join([*parts, f"</{prefix}r>"])

    return write


@lru_cache(maxsize=4096)
def _style(properties: str) -> Style:
    key = _UNSEEN.sub("", properties)
    if ":rtl" not in properties:
        key = _UNSEEN_FROM_LEFT.sub("", key)
    return Style("" if _UNSEEN_WHOLE.match(key) else key, properties, bool(_VISIBLE.search(key)))


class _Reader:
    """Reads the content of a paragraph as nodes."""

    def __init__(self, prefix: str, part: Part) -> None:
        self._part, self._write = part, _writer(prefix)

    def siblings(self, element: Element, depth: int = 0) -> list[Node]:
        """What an element around runs has in it."""
        nodes: list[Node] = []
        for child in element.children():
            nodes += self._nodes(child, depth)
        return _ranges(self._computed(nodes, depth), depth)

    def _nodes(self, element: Element, depth: int) -> Iterator[Node]:
        local, deep = element.local, depth >= _MOST_PAIRS
        if local == "r":
            yield from self._run(element)
        elif local in _DROPPED:
            return
        elif local in _TRANSPARENT and not deep:
            yield from self.siblings(element, depth + 1)
        elif element.tag.empty or deep:
            yield self._thing(element)
        elif local in _PAIRS or (local == "fldSimple" and _is_link(element.tag.get(f"{element.prefix}instr") or "")):
            begin = Thing(element.begin, self._within(element.begin))
            yield Pair(begin, Thing(element.end), self.siblings(element, depth + 1))
        elif local == "sdt":
            yield self._control(element, depth)
        else:
            if local in _DELETED:
                self._count("deleted_left", element.raw)
            elif local == "fldSimple":
                self._count("computed_left", element.raw)
            yield self._thing(element)

    def _control(self, element: Element, depth: int) -> Node:
        """A content control: its text, if it is none of a list of choices."""
        properties, content = element.child("sdtPr"), element.child("sdtContent")
        choice = properties and any(child.local in _CHOICES for child in properties.children())
        if content is None or content.tag.empty or choice:
            self._count("choices_left", element.raw)
            return self._thing(element)
        raw, start = element.raw, element.tag.start
        begin, end = raw[: content.tag.end - start], raw[content.closing.start - start :]
        return Pair(Thing(begin), Thing(end), self.siblings(content, depth + 1))

    def _run(self, run: Element) -> Iterator[Node]:
        properties = run.child("rPr")
        style = _style(properties.raw if properties else "")
        for child in run.children():
            local = child.local
            if local == "t":
                text = xml_text.read(child.content)
                yield Words(re.sub(r"[\t\n\r]+", " ", text), style)
            elif local in _CHARACTERS and (local != "br" or _is_line_break(child)):
                yield Words(_CHARACTERS[local], style)
            elif local == "ruby" and (base := child.child("rubyBase")):
                yield from self.siblings(base, _MOST_PAIRS)
                self._part.left["reading_lost"] += 1
            elif local not in _DROPPED:
                yield self._in_run(run, style, child)

    def _in_run(self, run: Element, style: Style, child: Element) -> Node:
        xml = f"{run.begin}{style.xml}{child.raw}{run.end}"
        if child.local == "fldChar":
            return _Mark(xml, kind=child.tag.get(f"{child.prefix}fldCharType") or "")
        if child.local == "instrText":
            return _Mark(xml, kind="instruction", id=xml_text.read(child.content))
        return Thing(xml, None if child.local in _NO_WORDS else self._within(xml))

    def _thing(self, element: Element) -> Thing:
        kind = next((kind for kind in _RANGES if element.local.startswith(kind)), None)
        if kind and element.tag.empty:
            return _Mark(element.raw, kind=element.local, id=element.tag.get(f"{element.prefix}id") or "")
        return Thing(element.raw, self._within(element.raw) if element.local not in _DELETED else None)

    def _within(self, xml: str) -> BlockText | None:
        """The texts of what has none at its place."""
        if not re.search(r"[<:]p[\s>]|\s(?:\w+:)?(?:descr|title|alt|tooltip|string)\s*=", xml):
            return None
        if self._part.depth >= MOST_DEPTH:
            self._count("nested_left", xml)
            return None
        found = from_fields(xml, fields(xml, replace(self._part, depth=self._part.depth + 1)))
        return once(found) if found.blocks else None

    def _count(self, key: str, xml: str) -> None:
        self._part.left[key] += words_of(xml)

    def _computed(self, nodes: list[Node], depth: int) -> list[Node]:
        """Fields: the text of a link stands between its two ends; what Word computes is one thing."""
        computed = _computed_spans(nodes)
        found: list[Node] = []
        index = 0
        while index < len(nodes):
            separate, end = computed.get(index, (index, index))
            if end == index:
                found.append(nodes[index])
            elif end == len(nodes):  # it ends in another paragraph
                end = separate
                found += self._things(nodes[index : end + 1])
            else:
                found += self._field(nodes[index : end + 1], separate - index, depth)
            index = end + 1
        return found

    def _field(self, nodes: list[Node], separate: int, depth: int) -> list[Node]:
        code = "".join(node.id for node in nodes[:separate] if isinstance(node, _Mark))
        result, closing = nodes[separate + 1 : -1], nodes[-1]
        if _is_link(code) and result and depth < _MOST_PAIRS and isinstance(closing, Thing):
            begin = Thing("".join(thing.xml for thing in self._things(nodes[: separate + 1])))
            return [Pair(begin, Thing(closing.xml), self._computed(result, depth + 1))]
        self._part.left["computed_left"] += has_words("".join(words_in(result)))
        return list(self._things(nodes))

    def _things(self, nodes: list[Node]) -> Iterator[Thing]:
        """The same as things, that stay as they are."""
        for node in nodes:
            if isinstance(node, Words):
                yield Thing(self._write(node.text, node.style))
            elif isinstance(node, Pair):
                yield from (node.begin, *self._things(node.inside), node.end)
            else:
                yield Thing(node.xml, node.within)


def _computed_spans(nodes: list[Node]) -> dict[int, tuple[int, int]]:
    """For each field, by its beginning, where its result begins and it ends; beyond the nodes if that is not there."""
    found: dict[int, tuple[int, int]] = {}
    opened: list[tuple[int, int | None]] = []
    for index, node in enumerate(nodes):
        kind = node.kind if isinstance(node, _Mark) else ""
        if kind == "begin":
            opened.append((index, None))
        elif kind == "separate" and opened and opened[-1][1] is None:
            opened[-1] = (opened[-1][0], index)
        elif kind == "end" and opened:
            begin, separate = opened.pop()
            found[begin] = (index if separate is None else separate, index)
    for begin, separate in opened:
        found[begin] = (begin if separate is None else separate, len(nodes))
    return found


def _ranges(nodes: list[Node], depth: int) -> list[Node]:
    """Bookmarks and the like whose two ends stand well nested among these siblings are pairs around what is between."""
    if not any(isinstance(node, _Mark) for node in nodes):
        return nodes
    levels: list[tuple[_Mark | None, list[Node]]] = [(None, [])]
    for node in nodes:
        if isinstance(node, _Mark) and node.kind.endswith("Start") and len(levels) + depth < _MOST_PAIRS:
            levels.append((node, []))
            continue
        begin, inside = levels[-1]
        if (
            begin
            and isinstance(node, _Mark)
            and (node.kind, node.id) == (begin.kind[: -len("Start")] + "End", begin.id)
        ):
            levels.pop()
            said = any(word.strip() for word in words_in(inside))
            around = [Pair(begin, node, inside)] if said else [begin, *inside, node]
            levels[-1][1].extend(inside if _CURSOR in begin.xml else around)
        else:
            inside.append(node)
    while len(levels) > 1:
        begin, inside = levels.pop()
        levels[-1][1].extend([begin, *inside] if begin else inside)
    return levels[0][1]


def _is_link(code: str) -> bool:
    return code.split()[:1] in (["HYPERLINK"], ["hyperlink"])


def _is_line_break(element: Element) -> bool:
    return (element.tag.get(f"{element.prefix}type") or "textWrapping") == "textWrapping"
