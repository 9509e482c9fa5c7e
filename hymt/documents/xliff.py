"""XLIFF 1.2 and 2: what has no translation yet gets one, with the state that the standard has for it.

Elements within a text, such as `<x/>` and `<g>`, are codes: each comes back once and properly nested, where the model
left it or, if it lost one, at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from hymt.documents import xml_text
from hymt.documents.base import DocumentError
from hymt.documents.codes import MOST_CODES, Code, any_of, written
from hymt.documents.fields import Field, from_fields
from hymt.documents.prose import has_words
from hymt.documents.xml_text import ATTRIBUTES, Tag, escape, tags
from hymt.errors import Sentence
from hymt.text.blocks import Block, BlockText

_BEGIN, _REST = r"<(?:\w+:)?", rf"\b{ATTRIBUTES}"
# what holds another format's code or is not to be translated, whole; any other tag or comment by itself
_CODES = re.compile(
    rf"<!\[CDATA\[[\s\S]*?\]\]>|{_BEGIN}(ph|bpt|ept|it){_REST}(?:/>|>[\s\S]*?</(?:\w+:)?\1\s*>)"
    rf"|{_BEGIN}mrk(?=[^<>]*(?:mtype\s*=\s*[\"']protected|translate\s*=\s*[\"']no)){_REST}>[\s\S]*?</(?:\w+:)?mrk\s*>"
    rf"|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|</?[A-Za-z][\w:.-]*{ATTRIBUTES}/?>"
)
_UNITS = ("trans-unit", "segment")
_SCOPES = ("file", "group", "unit")
_ASIDE = ("alt-trans", "notes", "note", "bin-source", "bin-target", "ignorable")
_NOT_BEGUN = (None, "new", "needs-translation", "initial")


@dataclass(frozen=True)
class XliffDocument:
    """An XLIFF file in blocks; written in the encoding that it came in."""

    name: str
    text: BlockText
    encoding: str
    bom: bytes
    dropped: int = 0
    notes: tuple[Sentence, ...] = ()

    @property
    def blocks(self) -> list[Block]:
        return self.text.blocks

    def write(self, translations: Sequence[str], target: str = "") -> bytes:
        """The file with its targets, and their language where it names none."""
        text = self.text.skeleton.fill(translations)
        if target and list(translations) != [block.text for block in self.blocks]:
            text = _with_language(text, target)
        return self.bom + text.encode(self.encoding, "xmlcharrefreplace")


def parse(name: str, data: bytes) -> XliffDocument:
    """The document in these bytes. Raises DocumentError if it is no well-formed XLIFF."""
    text, encoding, bom = xml_text.decode(data, name)
    root = next(tags(text))
    if root.local != "xliff" or (root.get("version") or "")[:1] not in ("1", "2"):
        raise DocumentError("not_xliff", name=name)
    return XliffDocument(name, from_fields(text, _fields(text)), encoding, bom)


def _with_language(text: str, target: str) -> str:
    root = next(tags(text))
    second = (root.get("version") or "").startswith("2")
    parts: list[str] = []
    end = 0
    for tag in [root] if second else [tag for tag in tags(text) if tag.local == "file" and not tag.closes]:
        attribute = "trgLang" if second else "target-language"
        if tag.get(attribute) is None:
            parts += text[end : tag.start], tag.but(**{attribute: target})
            end = tag.end
    return "".join([*parts, text[end:]])


@dataclass
class _Unit:
    """A unit of 1.2 or a segment of 2 while it is read: its tags that count, by their names."""

    tag: Tag
    opened: dict[str, Tag] = field(default_factory=dict)
    closed: dict[str, Tag] = field(default_factory=dict)

    def see(self, tag: Tag) -> None:
        if not tag.closes:
            self.opened.setdefault(tag.local, tag)
        if tag.closes or tag.empty:
            self.closed.setdefault(tag.local, tag)

    def content(self, text: str, name: str) -> str:
        if name not in self.closed or self.closed[name].empty:
            return ""
        return text[self.opened[name].end : self.closed[name].start]


def _fields(text: str) -> Iterator[Field]:
    scopes: list[bool] = [True]  # whether what is open is to be translated, from outside inwards
    aside, unit = 0, None
    for tag in tags(text):
        opens = not tag.closes and not tag.empty
        if tag.local in _ASIDE:
            aside += opens - tag.closes
        elif aside:
            continue
        if tag.local in _SCOPES and not tag.empty:
            if tag.closes:
                scopes.pop()
            else:
                scopes.append(_translated(tag, scopes[-1]))
        if tag.local in _UNITS and opens:
            unit = _Unit(tag)
        elif unit and tag.local in ("source", "seg-source", "target"):
            unit.see(tag)
        elif unit and tag.local == unit.tag.local and tag.closes:
            if _translated(unit.tag, scopes[-1]):
                yield from _field(text, unit)
            unit = None


def _translated(tag: Tag, around: bool) -> bool:
    """Whether what a tag opens is to be translated, by itself or as what is around it."""
    said = tag.get("translate")
    return around if said is None else said != "no"


def _field(text: str, unit: _Unit) -> Iterator[Field]:
    source, target = unit.content(text, "source"), unit.content(text, "target")
    second = unit.tag.local == "segment"
    given = unit.opened.get("target")
    state = unit.tag.get("state") if second else given.get("state") if given else None
    begun = target.strip() and (target != source or state not in _NOT_BEGUN or not (state or second))
    if "source" not in unit.closed or begun or unit.tag.get("approved") == "yes":
        return
    parts = list(_parts(source))
    said, codes = "".join(part for part, _ in parts), [part for part, code in parts if code]
    if not has_words("".join(part for part, code in parts if not code)) or len(codes) > MOST_CODES:
        return
    before = unit.closed.get("seg-source") or unit.closed["source"]
    start, end = (given.start, unit.closed["target"].end) if given else (before.end, before.end)
    opened = given or Tag(unit.opened["source"].name.replace("source", "target"), 0, 0, "", False, False)
    ahead = "" if given else text[unit.tag.end : unit.opened["source"].start]
    known = any_of(codes)
    write = partial(
        _target, opened=opened, codes=codes, known=known, second=second, indent=ahead[len(ahead.rstrip()) :]
    )
    if second:  # its state stands on the segment, before the source
        head, between = unit.tag.but(state="translated"), text[unit.tag.end : start]
        yield Field(unit.tag.start, end, said, lambda text: f"{head}{between}{write(text)}", codes=known)
    else:
        yield Field(start, end, said, write, codes=known)


def _target(text: str, opened: Tag, codes: list[str], known: re.Pattern[str] | None, second: bool, indent: str) -> str:
    tag = Tag(opened.name, 0, 0, opened.attributes, False, False)
    begin = tag.but() if second else tag.but(state="needs-review-translation", state_qualifier="mt-suggestion")
    content = written(text, [Code(code, code) for code in codes], known, escape)
    return f"{indent}{begin}{content}</{opened.name}>"


def _parts(content: str) -> Iterator[tuple[str, bool]]:
    """The content of a source as it reads, in parts; each says whether it is a code, which stays as it is."""
    end = 0
    for match in _CODES.finditer(content):
        yield xml_text.read(content[end : match.start()]), False
        code = not match[0].startswith("<![CDATA[")
        yield match[0] if code else xml_text.read(match[0]), code
        end = match.end()
    yield xml_text.read(content[end:]), False
