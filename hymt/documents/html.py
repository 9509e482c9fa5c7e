"""HTML and XHTML: what readers see, attributes that are shown included. All else stays as it is, to the byte.

Scripts, styles, preformatted texts, formulas and what says `translate="no"` are left. The language of the page is named
anew, with its direction; a page that names no encoding says UTF-8 afterwards.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from hymt.documents.base import DocumentError
from hymt.documents.fields import from_fields
from hymt.documents.html_encoding import Decoded, decode
from hymt.documents.html_fields import shown_attributes, texts, visible, whole
from hymt.documents.html_text import Attribute, Markup, Tag, attributes, changed
from hymt.documents.prose import has_words
from hymt.errors import Sentence
from hymt.text.blocks import Block, BlockText
from hymt.text.languages import LANGUAGES

__all__ = ["HtmlDocument", "notes", "parse", "read", "split", "whole"]

_LANGUAGE = ("lang", "xml:lang")
_PREFORMATTED = re.compile("<pre[ >]", re.IGNORECASE)
_AHEAD = codecs.BOM_UTF8 + b" \t\r\n"


@dataclass(frozen=True)
class HtmlDocument:
    """A page in blocks: its texts, then its attributes, as one may stand within the other."""

    name: str
    data: bytes
    page: Decoded
    xml: bool
    texts: BlockText
    attributes: BlockText
    left: int  # preformatted texts
    dropped: int = 0

    @property
    def notes(self) -> tuple[Sentence, ...]:
        return notes(self.left)

    @property
    def blocks(self) -> list[Block]:
        return [*self.texts.blocks, *self.attributes.blocks]

    def write(self, translations: Sequence[str], target: str = "") -> bytes:
        """The page with its blocks replaced, one for one. Raises ValueError if their number differs."""
        if list(translations) == [block.text for block in self.blocks]:
            return self.data
        count = len(self.texts.blocks)
        found, text = self.texts, self.attributes.skeleton.fill(translations[count:])
        if text != self.page.text:  # where its texts stand now
            found = _texts(text, self.xml, self.page)
        text = found.skeleton.fill(translations[:count])
        if target:
            text = _in_language(text, self.xml, target)
        return self.page.encode(text if self.page.declared else _declared(text))


def parse(name: str, data: bytes) -> HtmlDocument:
    """The page in these bytes. Raises DocumentError if it is no text."""
    return read(name, data, PurePath(name).suffix.lower() == ".xhtml" or data.lstrip(_AHEAD).startswith(b"<?xml"))


def read(name: str, data: bytes, xml: bool) -> HtmlDocument:
    """The page in these bytes, in XHTML or not. Raises DocumentError if it is no text or has entities of its own."""
    page = decode(data, name, xml)
    if xml and any(_defines_entities(page.text, tag) for tag in Markup(page.text, xml)):
        raise DocumentError("own_entities", name=name)
    shown = from_fields(page.text, shown_attributes(page.text, xml, page.encodable))
    return HtmlDocument(name, data, page, xml, _texts(page.text, xml, page), shown, _preformatted(page.text, xml))


def _texts(text: str, xml: bool, page: Decoded) -> BlockText:
    return from_fields(text, texts(text, xml, page.encodable))


def _defines_entities(text: str, tag: Tag) -> bool:
    head = text[tag.start : tag.end]
    return not tag.name and head[:9].upper() == "<!DOCTYPE" and "[" in head


def _preformatted(text: str, xml: bool) -> int:
    if not _PREFORMATTED.search(text):
        return 0
    left = (tag for tag in visible(text, xml) if tag.name == "pre" and tag.opens)
    return sum(has_words(text[tag.start : tag.end]) for tag in left)


def notes(left: int) -> tuple[Sentence, ...]:
    """What is to be said of so many texts that are left."""
    return (Sentence("preformatted_left", {"count": left}),) if left else ()


def split(text: str) -> BlockText:
    """A piece of a page in blocks, for files that hold one as a text; its attributes stay."""
    return from_fields(text, texts(text, xml=False))


def _in_language(text: str, xml: bool, target: str) -> str:
    """The page saying that it is in the language `target`, wherever it says that it is in its former one."""
    tags = (tag for tag in Markup(text, xml) if tag.opens)
    former: str | None = None
    parts: list[str] = []
    end = 0
    for tag in tags:
        said = {one.name: one for one in attributes(text, tag)} if _may_say(text, tag) else {}
        if tag.name == "html":
            former = _primary(said) or former
        values = dict(_values(tag, said, former, target, xml))
        if values:
            parts += text[end : tag.start], changed(text, tag, **values)
            end = tag.end
    return "".join([*parts, text[end:]])


def _may_say(text: str, tag: Tag) -> bool:
    return tag.name in ("html", "body") or "lang" in text[tag.start : tag.end].lower()


def _primary(said: dict[str, Attribute]) -> str | None:
    """The language that a tag names, without its region."""
    named = next((said[name].value for name in _LANGUAGE if name in said), None)
    return named.lower().partition("-")[0] if named else None


def _values(
    tag: Tag, said: dict[str, Attribute], former: str | None, target: str, xml: bool
) -> Iterator[tuple[str, str | None]]:
    """What a tag is to say of the language and its direction."""
    rtl, root = LANGUAGES[target].rtl, tag.name == "html"
    same = root or (former is not None and _primary(said) == former)
    for name in _LANGUAGE if same else ():
        if name in said or (root and name == "lang" and not (xml and "xml:lang" in said)):
            yield name.replace(":", "_"), target
    direction = said["dir"].value.lower() if "dir" in said else "ltr" if root else None
    turned = {"ltr": True, "rtl": False}.get(direction or "") is rtl
    if turned and (same or tag.name == "body"):
        yield "dir", "rtl" if rtl else None


def _declared(text: str) -> str:
    """The page saying that it is in UTF-8, if it has a place for that."""
    head = next((tag for tag in Markup(text, False) if tag.name == "head" and tag.opens), None)
    return f'{text[: head.end]}<meta charset="utf-8">{text[head.end :]}' if head else text
