"""Message catalogues of gettext: .po and .pot. What has no translation yet gets one, all else stays byte for byte.

Comments, order, fuzzy and obsolete entries are left alone. Of a plural, the first form is translated from the singular
and the others from the plural.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from hymt.documents import plain
from hymt.documents.base import DocumentError
from hymt.documents.encoding import known
from hymt.documents.fields import Field, from_fields
from hymt.documents.prose import has_words
from hymt.text.blocks import BlockText

_LINE = re.compile(r"[^\r\n]+")
_STRING = re.compile(
    r"[ \t]*(?:(?P<keyword>msgctxt|msgid_plural|msgid|msgstr)(?:\[\d{1,3}\])?[ \t]*)?"
    r'(?P<quoted>"(?P<content>(?:[^"\\]++|\\.)*+)")[ \t]*'
)
_CHARSET = re.compile(rb"(\bcharset=)([\w.:-]+)", re.IGNORECASE)
_HEADER = 10_000  # bytes in which it stands
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t", "\r": r"\r"})


@dataclass
class _Text:
    """A string that may go over several lines, from its first quotation mark to its last."""

    keyword: str
    start: int
    end: int
    parts: list[str]

    @property
    def content(self) -> str:
        return "".join(self.parts)


@dataclass
class _Entry:
    fuzzy: bool = False
    texts: list[_Text] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return bool(self.texts) and self.texts[-1].keyword == "msgstr"

    def text(self, keyword: str) -> str:
        return next((text.content for text in self.texts if text.keyword == keyword), "")


def parse(name: str, data: bytes) -> plain.TextDocument:
    """The document in these bytes. Raises DocumentError if it is no text or no catalogue."""
    return plain.in_blocks(name, _in_utf8(data), partial(_split, name=name))


def _in_utf8(data: bytes) -> bytes:
    """The file in UTF-8, and saying so, whatever its header says."""
    said = _CHARSET.search(data, 0, _HEADER)
    if said is None or known(said[2].decode()) == "utf-8":
        return data
    encoding = known(said[2].decode())
    if encoding:
        data = data.decode(encoding, "replace").encode()
    return _CHARSET.sub(rb"\1UTF-8", data, count=1)


def _split(text: str, name: str) -> BlockText:
    line_end = "\r\n" if "\r\n" in text else "\n"
    return from_fields(text, (one for entry in _entries(text, name) for one in _fields(entry, line_end)))


def _entries(text: str, name: str) -> Iterator[_Entry]:
    entry = _Entry()
    for line in _LINE.finditer(text):
        content = line[0].strip()
        found = _STRING.fullmatch(line[0])
        keyword = found["keyword"] if found else None
        if entry.ended and (content.startswith("#") or keyword in ("msgctxt", "msgid")):
            yield entry
            entry = _Entry()
        if not content or content.startswith("#"):
            entry.fuzzy |= content.startswith("#,") and "fuzzy" in content
        elif found and keyword:
            start = line.start() + found.start("quoted")
            entry.texts.append(_Text(keyword, start, line.start() + found.end("quoted"), [found["content"]]))
        elif found and entry.texts:
            entry.texts[-1].parts.append(found["content"])
            entry.texts[-1].end = line.start() + found.end("quoted")
        else:
            raise DocumentError("not_a_catalogue", name=name, line=text.count("\n", 0, line.start()) + 1)
    yield entry


def _fields(entry: _Entry, line_end: str) -> Iterator[Field]:
    one, many = entry.text("msgid"), entry.text("msgid_plural")
    forms = [text for text in entry.texts if text.keyword == "msgstr"]
    if not one or entry.fuzzy:
        return
    for index, form in enumerate(forms):
        source = _unescaped(many if many and (index or len(forms) == 1) else one)
        if not form.content and has_words(source):
            yield Field(form.start, form.end, source, partial(_literal, line_end=line_end))


def _unescaped(content: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), content)


def _literal(text: str, line_end: str) -> str:
    """The text as a string, a line each where it has several."""
    lines = [f'"{line.translate(_ESCAPED)}"' for line in text.splitlines(keepends=True)]
    return line_end.join(['""', *lines] if len(lines) > 1 else lines)
