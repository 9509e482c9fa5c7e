"""XML as a text: where its tags stand, so that all but a few texts in it keep their bytes.

A document type is refused, or where files of a kind have one, every entity of its own. Nothing is ever fetched.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import NamedTuple
from xml.parsers import expat

from hymt.documents.base import DocumentError
from hymt.documents.encoding import known

MOST_DEPTH = 500  # elements within one another
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']")
ATTRIBUTES = r"""(?:[^<>"'/]|"[^"]*"|'[^']*'|/(?!>))*+"""
_MARKUP = re.compile(
    rf"<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>"
    rf"|<(?P<close>/)?(?P<name>[^\s<>/]+)(?P<attributes>{ATTRIBUTES})(?P<empty>/)?>"
)
_ASIDE = re.compile(r"<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>")  # of which CDATA is text


class Tag(NamedTuple):
    """A tag in a text: `<name attributes>`, `</name>` or `<name attributes/>`; `local` is its name without a prefix."""

    name: str
    start: int
    end: int
    attributes: str
    closes: bool
    empty: bool

    @property
    def local(self) -> str:
        return _local(self.name)

    def get(self, attribute: str) -> str | None:
        """The value of an attribute, by its name as it is written."""
        found = _attribute(attribute).search(self.attributes)
        return unescape(found[2]) if found else None

    def but(self, **values: str) -> str:
        """The tag with other values of some attributes; `_` in their names stands for a hyphen."""
        attributes = self.attributes
        for name, value in values.items():
            name, value = name.replace("_", "-"), escape(value).replace('"', "&quot;")
            attributes, count = _attribute(name).subn(f' {name}="{value}"', attributes)
            if not count:
                attributes = f'{attributes.rstrip()} {name}="{value}"'
        return f"<{self.name}{attributes}{'/' if self.empty else ''}>"


@lru_cache(maxsize=4096)
def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _attribute(name: str) -> re.Pattern[str]:
    return re.compile(rf"\s{re.escape(name)}\s*=\s*([\"'])(.*?)\1", re.DOTALL)


def decode(data: bytes, name: str, typed: bool = False) -> tuple[str, str, bytes]:
    """The XML in `data`, its encoding and its byte order mark. Raises DocumentError if it is not well-formed.

    One that is `typed` may name a document type.
    """
    bom = next((mark for mark in _BOMS if data.startswith(mark)), b"")
    declared = _DECLARED.match(data)
    encoding = _BOMS.get(bom) or (known(declared[1].decode()) if declared else "utf-8")
    try:
        text = data[len(bom) :].decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError("not_text", name=name) from error
    _check(text, name, typed)
    return text, encoding or "utf-8", bom


def _check(text: str, name: str, typed: bool) -> None:
    """Raises DocumentError if the text is no well-formed XML, has a document type or is nested too deep.

    In one that is `typed` the document type may not define anything.
    """
    parser = expat.ParserCreate("utf-8")
    depth = 0

    def start(*_) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise DocumentError("nested_too_deep", name=name)

    def end(*_) -> None:
        nonlocal depth
        depth -= 1

    def look(_name, _system, _public, defines) -> None:
        if not typed or defines:
            raise DocumentError("own_entities" if typed else "document_type", name=name)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = look
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise DocumentError("not_xml", name=name, line=error.lineno) from error


def tags(text: str, start: int = 0, end: int | None = None) -> Iterator[Tag]:
    """The tags of a well-formed text in order."""
    for match in _MARKUP.finditer(text, start, len(text) if end is None else end):
        close, name, attributes, empty = match.groups()
        if name:
            yield Tag(name, match.start(), match.end(), attributes, close is not None, empty is not None)


def escape(text: str) -> str:
    """A text as the content of an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read(content: str) -> str:
    """How the content of an element reads that has no elements in it."""
    parts: list[str] = []
    end = 0
    for match in _ASIDE.finditer(content):
        parts += unescape(content[end : match.start()]), match[1] or ""
        end = match.end()
    return "".join([*parts, unescape(content[end:])])
