"""The encoding of an HTML page, as browsers find it: by a byte order mark, its declaration or its bytes."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass

from hymt.documents import content, encoding

_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DECLARED = re.compile(
    rb"""\A\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)|<meta\s[^>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.I
)
_HEAD = 4096  # bytes in which it is declared; browsers look at fewer
# what the Encoding Standard reads for names of narrower sets
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-8",  # it was read as ASCII
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}


@dataclass(frozen=True)
class Decoded:
    """The text of a page, how it is written, and whether the page says so."""

    text: str
    encoding: str
    bom: bytes = b""
    declared: bool = True

    def encode(self, text: str) -> bytes:
        """A changed text as bytes; bytes that were no characters are as they were."""
        with suppress(UnicodeEncodeError):
            return self.bom + text.encode(self.encoding, "surrogateescape")
        return self.bom + text.encode(self.encoding, "xmlcharrefreplace")

    def encodable(self, text: str) -> str:
        """A text with numbers for characters that the encoding has not."""
        if self.encoding.startswith("utf"):
            return text
        return text.encode(self.encoding, "xmlcharrefreplace").decode(self.encoding)


def decode(data: bytes, name: str, xml: bool = False) -> Decoded:
    """The page in `data`; one in XML that does not say otherwise is in UTF-8. Raises DocumentError if it is no text."""
    for bom, known in _BOMS.items():
        if data.startswith(bom):
            return Decoded(_text(data[len(bom) :], known), known, bom)
    content.refuse_binary(data, name)
    if found := _DECLARED.search(data, 0, _HEAD):
        said = encoding.known((found[1] or found[2]).decode("ascii", "replace"))
        if said and (found[1] or not (xml and _is_utf8(data))):  # elsewhere XML says it by its own declaration only
            said = _WIDER.get(said, said)
            return Decoded(_text(data, said), said)
    if xml:
        return Decoded(_text(data, "utf-8"), "utf-8")
    text, _ = encoding.decode(data, name)
    return Decoded(text, "utf-8", declared=False)


def _is_utf8(data: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        return bool(data.decode() or True)
    return False


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode(name, "surrogateescape")
    except UnicodeDecodeError:  # of encodings that have no bytes above ASCII by themselves
        return data.decode(name, "replace")
