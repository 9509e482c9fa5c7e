"""XML as a text whose elements are known, for the small pieces of a file that need a look inside."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple

from hymt.documents.base import DocumentError
from hymt.documents.fields import Field
from hymt.documents.prose import has_words
from hymt.documents.xml_text import ATTRIBUTES, Tag, escape, read, tags

MOST_TAGS = 500_000  # in a paragraph; each takes a quarter of a kilobyte of memory
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Elements:
    """A text, some of its tags in order, and for each the index of the tag that closes it."""

    text: str
    tags: list[Tag]
    ends: list[int]

    @classmethod
    def of(cls, text: str, tags: list[Tag]) -> Elements:
        """`tags` are those of whole elements."""
        ends, opened = list(range(len(tags))), list[int]()
        for index, tag in enumerate(tags):
            if tag.closes:
                ends[opened.pop()] = index
            elif not tag.empty:
                opened.append(index)
        return cls(text, tags, ends)

    @property
    def root(self) -> Element:
        return Element(self, 0)


class Element(NamedTuple):
    """An element among others, by the place of its first tag."""

    among: Elements
    place: int

    @property
    def tag(self) -> Tag:
        return self.among.tags[self.place]

    @property
    def local(self) -> str:
        return self.tag.local

    @property
    def prefix(self) -> str:
        """What its name begins with, the colon included."""
        return self.tag.name[: -len(self.local)]

    @property
    def closing(self) -> Tag:
        """The tag that ends it; an empty element's own."""
        return self.among.tags[self.among.ends[self.place]]

    @property
    def raw(self) -> str:
        return self.among.text[self.tag.start : self.closing.end]

    @property
    def begin(self) -> str:
        """Its first tag."""
        return self.among.text[self.tag.start : self.tag.end]

    @property
    def end(self) -> str:
        """Its last tag; nothing if it is empty."""
        return "" if self.tag.empty else self.among.text[self.closing.start : self.closing.end]

    @property
    def content(self) -> str:
        return "" if self.tag.empty else self.among.text[self.tag.end : self.closing.start]

    def children(self) -> Iterator[Element]:
        among = self.among
        place, last = self.place + 1, among.ends[self.place]
        while place < last:
            yield Element(among, place)
            place = among.ends[place] + 1

    def child(self, local: str) -> Element | None:
        return next((child for child in self.children() if child.local == local), None)

    def pieces(self) -> Iterator[str | Element]:
        """Its children and the texts between them, as they are written."""
        if self.tag.empty:
            return
        end = self.tag.end
        for child in self.children():
            yield self.among.text[end : child.tag.start]
            yield child
            end = child.closing.end
        yield self.among.text[end : self.closing.start]


def outermost(text: str, names: Container[str]) -> Iterator[Tag | Element]:
    """The elements with these names, with or without their prefixes, that are in no other of them; all tags beside."""
    inside: list[Tag] = []
    depth = 0
    for tag in tags(text):
        counts = (tag.local in names or tag.name in names) and not tag.empty
        if not inside and (not counts or tag.closes):
            yield tag
            continue
        if len(inside) == MOST_TAGS:
            raise DocumentError("too_many_texts", limit=f"{MOST_TAGS:,}")
        inside.append(tag)
        depth += counts and (-1 if tag.closes else 1)
        if not depth:
            yield Elements.of(text, inside).root
            inside = []


def element_fields(text: str, names: Container[str]) -> Iterator[Field]:
    """The elements with these names that hold nothing but a text."""
    for element in outermost(text, names):
        if isinstance(element, Element):
            yield from content_field(element)


def content_field(element: Element) -> Iterator[Field]:
    """The field of an element that holds nothing but a text, if that is one of words."""
    said = read(element.content)
    if not any(element.children()) and has_words(said):
        yield Field(element.tag.end, element.closing.start, said, escape)


def words_of(xml: str) -> bool:
    """Whether there are words between the tags of a piece of XML."""
    return has_words(_TAG.sub("", xml))


def attribute_fields(text: str, tag: Tag, names: Iterable[str]) -> Iterator[Field]:
    """The attributes of a tag that are texts, by their names without a prefix."""
    attribute = re.compile(rf"\s(?:\w+:)?(?:{'|'.join(names)})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
    for found in attribute.finditer(text, tag.start, tag.end):
        value = unescape(found[found.lastindex or 1])
        if has_words(value):
            yield Field(*found.span(found.lastindex or 1), value, quoted)


def quoted(text: str) -> str:
    """A text as the value of an attribute."""
    return escape(text).replace('"', "&quot;").replace("'", "&apos;")


def rewritten(text: str, names: str, write: Callable[[re.Match[str]], str]) -> str:
    """The text with tags, those that open or are empty, written anew; `names` is a pattern for them with any prefix.

    What matches has the groups `name`, `attributes` and `empty`.
    """
    return re.sub(rf"<(?P<name>(?:[\w.-]+:)?(?:{names}))(?P<attributes>(?:\s{ATTRIBUTES})?)(?P<empty>/?)>", write, text)
