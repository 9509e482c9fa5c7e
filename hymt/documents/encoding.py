"""Bytes to text: byte order marks, UTF-8, UTF-16, then the older encodings of the models' languages.

A file in an older encoding is decoded in each of them, and the one whose characters people really write
wins. Frequent characters tell more than validity does: nearly any bytes are valid GB18030.
"""

import codecs
import re
from contextlib import suppress

from hymt.documents.base import DocumentError
from hymt.documents.characters import ACCENTED, ALPHABETS, EVERYDAY, USUAL
from hymt.documents.content import refuse_binary
from hymt.errors import Sayable

_BOMS = {  # UTF-32 first: its little-endian mark begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20)])  # no tab, line end or escape
_PRINTED = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_RUN = re.compile(r"[^\x00-\x7f]+")
_WORD_BREAK = re.compile(r"[«»„“”’—–…№،؛؟\u00a0\u200c]+")

_SAMPLE = 20_000  # bytes or characters that decide
_EVERYDAY = 0.6  # worth of an everyday character, against 1 for a usual one
_ENOUGH = 0.35  # average worth below which the bytes are not taken for text


_NAMES = re.compile(
    r"(?:utf|iso|windows|cp|koi8|gb|big5|euc|shift|ks_c|tis|latin|mac|ascii|us-ascii)[\w.:-]*", re.ASCII | re.I
)


def known(name: str) -> str | None:
    """Python's name of the encoding that a file says it is in, if that is one of texts."""
    try:
        return codecs.lookup(name).name if _NAMES.fullmatch(name) else None
    except LookupError:
        return None


def decode(data: bytes, name: str | Sayable) -> tuple[str, bool]:
    """The text in `data`, without its byte order mark, and whether there was one.

    Raises DocumentError, naming the file `name`, if the bytes are not text or in no encoding known here.
    """
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), True
    refuse_binary(data, name)
    for reading in (_utf16, _escaped, _utf8, _legacy):
        text = reading(data)
        if text is not None:
            return text, False
    raise DocumentError("not_text", name=name)


def _utf16(data: bytes) -> str | None:
    """The text, if `data` is UTF-16 without a mark: zero bytes, and sense in one of the two byte orders."""
    zeros = data.count(b"\0")
    if not zeros or (zeros < len(data) // 4 and not data.translate(None, _PRINTED + b"\0")):
        return None  # one here and there in ASCII is a fault
    readings = [data.decode(encoding, "replace") for encoding in ("utf-16-le", "utf-16-be")]
    best = max(readings, key=_sense)
    return best if _sense(best) >= _ENOUGH else None


def _escaped(data: bytes) -> str | None:
    """The text, if `data` is ISO-2022-JP: ASCII alone, with escapes to Japanese."""
    if b"\x1b$" not in data or _BEYOND_ASCII.search(data):
        return None
    with suppress(UnicodeDecodeError):
        return data.decode("iso2022_jp_2004")
    return data.decode("iso2022_jp", "replace")


def _utf8(data: bytes) -> str | None:
    """The text, if it is UTF-8 but for a few damaged characters."""
    if _is_binary(data):
        return None
    text = data.decode("utf-8", "replace")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text if text.count("\ufffd") * 20 <= beyond_ascii else None


def _legacy(data: bytes) -> str | None:
    """The text in the older encoding that explains it best, if one does."""
    first = _BEYOND_ASCII.search(data)
    if first is None or _is_binary(data):
        return None
    sample = data[first.start() : first.start() + _SAMPLE]
    worth = {encoding: _worth(sample, encoding) for encoding in USUAL}
    best = max(worth, key=worth.__getitem__)
    return data.decode(best, "replace") if worth[best] >= _ENOUGH else None


def _is_binary(data: bytes) -> bool:
    return len(data) - len(data.translate(None, _CONTROLS)) > max(1, len(data) // 50)


def _sense(text: str) -> float:
    """How far the text is of alphabets, of Hangul, kana and everyday Han: 0 to 1."""
    sample = text[:_SAMPLE]
    return sum(map(_sense_of, sample)) / max(len(sample), 1)


def _sense_of(c: str) -> float:
    if " " <= c < "\u1800" or c in "\t\r\n" or c in USUAL["cp932"]:
        return 1.0
    return max(_worth_of(c, encoding) for encoding in ("gb18030", "big5hkscs", "cp949"))


def _worth(data: bytes, encoding: str) -> float:
    """How usual the characters beyond ASCII are, with `data` read in this encoding: 0 to 1."""
    worth = total = 0.0
    for run in _RUN.findall(data.decode(encoding, "replace")):
        total += len(run)
        if _looks_right(run, encoding):
            worth += sum(_worth_of(c, encoding) for c in run)
    return worth / max(total, 1)


def _looks_right(run: str, encoding: str) -> bool:
    return len(run) < 3 if encoding in ACCENTED else encoding not in ALPHABETS or _is_word(run)


def _is_word(run: str) -> bool:
    """Whether letters stand as in the words of an alphabet: several, and capitals first or throughout."""
    words = [word for word in _WORD_BREAK.split(run) if word]
    return len(run) > 1 and all(
        word.isalpha() and word in (word.lower(), word.upper(), word.capitalize()) for word in words
    )


def _worth_of(c: str, encoding: str) -> float:
    if c in USUAL[encoding]:
        return 1.0
    code = c.encode(encoding, "ignore")
    everyday = len(code) == 2 and code[0] in EVERYDAY.get(encoding, ())
    # the everyday sets of all but Big5 and Shift-JIS have no ASCII in second place
    return _EVERYDAY if everyday and (code[1] > 0xA0 or encoding in ("big5hkscs", "cp932")) else 0.0
