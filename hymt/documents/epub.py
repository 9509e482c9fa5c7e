"""Books in EPUB 2 and 3: their chapters in reading order, titles, descriptions and tables of contents.

The package names the translation's language and direction. Pictures, fonts and styles stay as they are.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from hymt.documents import html, package, xml_text
from hymt.documents.base import DocumentError
from hymt.documents.fields import MOST_FIELDS, Field, from_fields
from hymt.documents.package import Package
from hymt.documents.parts import Part, XmlPart, numbered, written
from hymt.documents.prose import has_words
from hymt.documents.xml_text import Tag, escape, tags
from hymt.errors import Sentence
from hymt.text.blocks import Block
from hymt.text.languages import LANGUAGES

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PACKAGE, _CONTENTS = "application/oebps-package+xml", "application/x-dtbncx+xml"
_PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
# fonts made useless for other books, which readers undo; the texts are as they were
_OF_FONTS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
_DESCRIBING = ("title", "description")
_ELEMENT = re.compile(r"</\w+>")  # in a description, which may be a page within the package
_DIRECTION = "page-progression-direction"


@dataclass(frozen=True)
class _Opf:
    """The package of a book: what it is called, and what it consists of."""

    path: str
    text: str

    @cached_property
    def items(self) -> dict[str, Tag]:
        """The files of the book by their ids."""
        return {tag.get("id") or "": tag for tag in tags(self.text) if tag.local == "item" and not tag.closes}

    def place(self, item: Tag) -> str:
        """The path of a file in the book."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.path), unquote(item.get("href") or "")))

    def pages(self) -> Iterator[str]:
        """The paths of the chapters in their order, then of what else is a page, as the table of contents."""
        order = [tag.get("idref") or "" for tag in tags(self.text) if tag.local == "itemref" and not tag.closes]
        rest = [id for id, item in self.items.items() if "nav" in (item.get("properties") or "").split()]
        for item in (self.items[id] for id in dict.fromkeys([*order, *rest]) if id in self.items):
            if item.get("media-type") in _PAGES:
                yield self.place(item)

    def contents(self) -> Iterator[str]:
        """The paths of tables of contents as EPUB 2 has them."""
        return (self.place(item) for item in self.items.values() if item.get("media-type") == _CONTENTS)


@dataclass(frozen=True)
class Book:
    """A book in blocks, numbered in order."""

    name: str
    package: Package
    opf: str  # the path of what describes it, the first of its parts
    parts: dict[str, Part]
    notes: tuple[Sentence, ...]
    dropped: int = 0

    @property
    def blocks(self) -> list[Block]:
        return numbered(self.parts)

    def write(self, translations: Sequence[str], target: str = "") -> bytes:
        """The book with its blocks replaced, one for one. Raises ValueError if their number differs."""
        changed = written(self.parts, translations, target)
        if changed:  # it names the language, also where its title is the same in both
            said = translations[: len(self.parts[self.opf].blocks)]
            changed[self.opf] = self.parts[self.opf].write(said, target)
        return self.package.written(changed)


def parse(name: str, data: bytes) -> Book:
    """The book in these bytes. Raises DocumentError if it is none, damaged, encrypted or too large."""
    file = Package(name, data)
    _refuse_locked(file)
    if _CONTAINER not in file.parts:
        raise DocumentError("not_an_epub", name=name)
    opf = _opf(file)
    contents = [path for path in opf.contents() if path in file.parts]
    pages = [path for path in dict.fromkeys(opf.pages()) if path in file.parts]
    if not pages:
        raise DocumentError("not_an_epub", name=name)
    if file.size([*pages, *contents]) > package.MOST_TEXT:
        raise DocumentError("package_too_large", name=name)
    parts: dict[str, Part] = {opf.path: _xml_part(file, opf.path, _DESCRIBING, ("manifest", "spine"), _described)}
    chapters = dict(_chapters(file, pages))
    parts |= chapters
    parts |= {path: _xml_part(file, path, ("text",), ("docAuthor",), _named) for path in contents}
    return Book(name, file, opf.path, parts, html.notes(sum(chapter.left for chapter in chapters.values())))


def _chapters(file: Package, paths: Iterable[str]) -> Iterator[tuple[str, html.HtmlDocument]]:
    left = MOST_FIELDS
    for path in paths:
        chapter = html.read(file.name, file.read(path), xml=True)
        left -= len(chapter.blocks)
        if left < 0:
            raise DocumentError("too_many_texts", limit=f"{MOST_FIELDS:,}")
        yield path, chapter


def _refuse_locked(file: Package) -> None:
    if _ENCRYPTION not in file.parts:
        return
    text, *_ = xml_text.decode(file.read(_ENCRYPTION), file.name, typed=True)
    ways = {tag.get("Algorithm") for tag in tags(text) if tag.local == "EncryptionMethod" and not tag.closes}
    if ways - _OF_FONTS:
        raise DocumentError("epub_locked", name=file.name)


def _opf(file: Package) -> _Opf:
    text, *_ = xml_text.decode(file.read(_CONTAINER), file.name, typed=True)
    roots = [tag for tag in tags(text) if tag.local == "rootfile" and not tag.closes]
    path = next((tag.get("full-path") or "" for tag in roots if tag.get("media-type") in (None, _PACKAGE)), "")
    if path not in file.parts:
        raise DocumentError("not_an_epub", name=file.name)
    text, *_ = xml_text.decode(file.read(path), file.name, typed=True)
    return _Opf(path, text)


def _xml_part(
    file: Package, path: str, elements: Sequence[str], but: Sequence[str], in_language: Callable[[str, str], str]
) -> XmlPart:
    text, encoding, bom = xml_text.decode(file.read(path), file.name, typed=True)
    return XmlPart(from_fields(text, _fields(text, elements, but)), encoding, bom, in_language)


def _fields(text: str, elements: Sequence[str], but: Sequence[str]) -> Iterator[Field]:
    """The contents of elements of these names, but for those within some others."""
    aside, begun = 0, None
    for tag in tags(text):
        if tag.local in but and not tag.empty:
            aside += -1 if tag.closes else 1
        elif tag.local in elements and not tag.empty and not aside:
            if begun and tag.closes:
                content = xml_text.read(text[begun.end : tag.start])
                if has_words(content):
                    split = html.split if _ELEMENT.search(content) else html.whole
                    yield Field(begun.end, tag.start, content, escape, "heading", split=split)
            begun = None if tag.closes else tag


def _named(text: str, target: str) -> str:
    """A table of contents saying in which language it is, if it says so."""
    root = next((tag for tag in tags(text) if tag.local == "ncx"), None)
    if root is None or root.get("xml:lang") is None:
        return text
    return f"{text[: root.start]}{root.but(**{'xml:lang': target})}{text[root.end :]}"


def _described(text: str, target: str) -> str:
    """The package saying in which language it is, and which way its pages are turned where it is EPUB 3."""
    rtl, version = LANGUAGES[target].rtl, ""
    parts: list[str] = []
    end = 0
    named = False
    for tag in tags(text):
        if tag.closes and tag.local in ("package", "spine"):
            continue
        if tag.local == "package":
            version = tag.get("version") or ""
        if tag.local == "language" and not tag.empty and not named:
            if tag.closes:
                parts.append(target)
                named, end = True, tag.start
            else:
                parts.append(text[end : tag.end])
        elif tag.local == "spine" and version.startswith("3") and (tag.get(_DIRECTION) == "rtl") != rtl:
            parts += text[end : tag.start], tag.but(page_progression_direction="rtl" if rtl else "ltr")
            end = tag.end
    return "".join([*parts, text[end:]])
