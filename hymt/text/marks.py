"""What stands in a text and is no prose: addresses, code, placeholders, tags. It has to survive a translation whole.

A tag, or the number of a note, belongs to the words beside it; the others stand for words themselves.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from hymt.text.scripts import foreign

MarkKind = Literal["address", "code", "placeholder", "tag", "symbol", "foreign", "kept", "format", "term"]
Role = Literal["", "open", "close"]

# a mail address has at most 64 characters before its sign: without a bound a long word takes quadratic time
_ADDRESS = (
    r"<?(?:(?:https?|ftp)://|www\.|mailto:)[!-~]+|(?:<|(?<![\w.+-]))[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+>?"
)
_CODE = r"(?P<ticks>`{1,3})(?!`)[^`\n]+(?P=ticks)(?!`)"
# {name} {0} {{ user.name }} ${name} $NAME %NAME% %s %1$s %(name)d %.2f; a percent sign before a space is one of prose
_PLACEHOLDER = (
    r"\$?\{\{[^{}\n]*\}\}|\$?\{[\w.:#]*\}|\$[A-Z_][A-Z0-9_]*|%[A-Z][A-Z0-9_]*%"
    r"|%%"
    # a key or a hash: long, of letters and digits; words with hyphens are none, though one of them be PM10
    r"|(?<![\w/+=-])(?=[\w:+/=-]*\d)(?=[\w:+/=-]*[A-Za-z])(?=(?:[\w:+/=-]*\d){4}|[\w:+/=-]*?\w{20})"
    r"[A-Za-z0-9_:+/=-]{24,}(?![\w/+=-])"
    r"|%(?:\d+\$|\(\w+\))?[-+#0]*(?:\d+|\*)?(?:\.\d+)?l{0,2}[diouxXeEfFgGcs@](?![A-Za-z])"
)
# the number of a note, in brackets or after a full stop; its sign after a word
_NOTE = r"\[\^?\w{1,8}\](?!\()|(?<=[a-z\u00df-\u024f][.!?])\d{1,3}(?=\s|$)|(?<=\w)[*\u2020\u2021\u00a7](?=[\s.,;:]|$)"
_TAG = (
    r"<%=?[^<>%\n]*%>|</?\d{1,4}>"
    r"|</?[A-Za-z][\w:-]*(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))*\s*/?>"
)
# pictures: flags, key caps, others with skin tones and the like, joined ones; some in a row are one mark
_PICTURE = "[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
_WHOLE = f"{_PICTURE}[\U0001f3fb-\U0001f3ff\ufe0f\u20e3\U000e0020-\U000e007f]*"
_SIGN = (
    "[#$%&*+,/:;<=>@\\\\^|~\xa1-\xbf\xd7\xf7"
    "\u2010-\u2015\u2020-\u2023\u2030-\u205e\u2190-\u2bff\u3012\u3013\u301c\u3030-]"
)
_RUN = rf"(?P<sign>{_SIGN})(?P=sign){{3,}}|_{{3,}}"  # of one sign: an ornament, a gap to fill
RUN = rf"(?:{_RUN}|\u2026{{2,}}|\.{{4,}})"  # at an end of a line; within one, dots are of its sentence
_SYMBOL = (
    rf"{_RUN}|(?<=\s)\.{{4,}}(?=\s)"
    f"|[0-9#*]\ufe0f?\u20e3|(?:[\U0001f1e6-\U0001f1ff]{{2}}|{_WHOLE}(?:\u200d{_WHOLE})*){{1,8}}"
)
_MARK = re.compile(
    f"(?P<address>{_ADDRESS})|(?P<code>{_CODE})|(?P<placeholder>{_PLACEHOLDER})|(?P<tag>{_TAG}|{_NOTE})|(?P<symbol>{_SYMBOL})",
    re.ASCII,
)
_NAME = re.compile(r"</?\s*([\w:-]+)")
# HTML's tags that have no end (HTML Standard, 13.1.2)
_EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_KINDS: tuple[MarkKind, ...] = get_args(MarkKind)[:5]  # the others are found elsewhere


@dataclass(frozen=True, slots=True)
class Mark:
    """`text[start:end]` of a block is no prose. Of a pair of tags, `name` is what both have in common.

    One of kind "format" belongs to the file, and its readers do not see it. Those of kind "term" are a glossary's: a
    pair without characters around a term that is to become `name`, or without a role what a term has become.
    """

    start: int
    end: int
    kind: MarkKind
    role: Role = ""
    name: str = ""


def moved(mark: Mark, by: int) -> Mark:
    """The mark some characters further on."""
    return replace(mark, start=mark.start + by, end=mark.end + by)


def find_marks(text: str) -> tuple[Mark, ...]:
    """The marks of a text, ascending and apart."""
    marks = tuple(_mark(match) for match in _MARK.finditer(text))
    return marks if text.isascii() else with_marks(marks, foreign(text), "foreign")


def with_marks(marks: Sequence[Mark], spans: Iterable[tuple[int, int]], kind: MarkKind) -> tuple[Mark, ...]:
    """The marks and those of `kind` at further places, where there is no mark yet."""
    starts = [mark.start for mark in marks]
    new = []
    for start, end in spans:
        at = bisect_left(starts, end)
        if not at or marks[at - 1].end <= start:
            new.append(Mark(start, end, kind))
    return tuple(sorted([*marks, *new], key=lambda mark: mark.start)) if new else tuple(marks)


def _mark(match: re.Match) -> Mark:
    kind, text = _kind(match), match[0]
    if kind == "address":
        return Mark(match.start(), match.start() + len(_without_stop(text)), kind)
    name = _NAME.match(text) if kind == "tag" else None
    if name is None or name[1].lower() in _EMPTY or text.endswith("/>"):
        return Mark(*match.span(), kind)
    return Mark(*match.span(), kind, "close" if text.startswith("</") else "open", name[1].lower())


def _without_stop(address: str) -> str:
    """An address without what ends the sentence or bracket that it stands in."""
    while len(address) > 1 and (
        address[-1] in ".,;:!?'\""
        or any(address[-1] == end and begin not in address for begin, end in ("()", "[]", "<>"))
    ):
        address = address[:-1]
    return address


def _kind(match: re.Match) -> MarkKind:
    return next(kind for kind in _KINDS if match[kind] is not None)


def has_prose(text: str, marks: Sequence[Mark]) -> bool:
    """Whether there is a letter outside of the marks of a text."""
    starts = [*(mark.start for mark in marks), len(text)]
    ends = [0, *(mark.end for mark in marks)]
    return any(any(map(str.isalpha, text[end:start])) for end, start in zip(ends, starts, strict=True))
