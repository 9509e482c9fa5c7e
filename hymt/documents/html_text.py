"""HTML as a text: where its tags stand, as browsers see them, so that all but a few texts in it keep their bytes.

It follows the tokenizer of the HTML Standard (13.2.5) but builds no tree: elements that are never closed, attributes
without quotes and stray brackets are read as they are meant and stay as they are. Nothing in it takes more than one
look at each character.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape, unescape

_ATTRIBUTES = r"""(?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))*+"""
_TAG = rf"<(?P<close>/)?(?P<name>[A-Za-z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})(?:>|\Z)"
_COMMENT = r"<!--(?:-?>|[\s\S]*?(?:--!?>|\Z))"
_OTHER = r"<[!?][^>]*+(?:>|\Z)|</(?![A-Za-z])[^>]*+(?:>|\Z)"  # a document type; conditions of older Word and Explorer
_HTML = re.compile(f"{_COMMENT}|{_OTHER}|{_TAG}")
_XML = re.compile(rf"{_COMMENT}|<!\[CDATA\[[\s\S]*?(?:\]\]>|\Z)|<\?[\s\S]*?(?:\?>|\Z)|{_OTHER}|{_TAG}")
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s=>/][^\s=>/]*+)(?:\s*+=\s*+(?:"(?P<double>[^"]*+)"?|'(?P<single>[^']*+)'?|(?P<bare>[^\s>]++)))?"""
)
# what has no end tag (13.1.2), what holds no tags, and what ends a text
_VOID_NAMES = "area base basefont bgsound br col embed frame hr img input link meta param source track wbr"
_RAW_NAMES = "iframe noembed noframes plaintext script style textarea title xmp"
_BLOCK_NAMES = """
address applet article aside audio blockquote body button canvas caption center col colgroup datalist dd details dialog
dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe
label legend li link main menu meta nav noembed noframes noscript object ol optgroup option p param pre script search
section select source style summary table tbody td template textarea tfoot th thead title tr track ul video xmp
"""
_VOID, _RAW, BLOCKS = (frozenset(names.split()) for names in (_VOID_NAMES, _RAW_NAMES, _BLOCK_NAMES))
_FOREIGN = {"svg", "math"}  # a slash at the end of their tags counts
_CLOSED_BY_THE_NEXT = {"dd", "dt", "li", "option", "p", "rp", "rt", "td", "th", "tr"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, from its bracket to its bracket; a comment or the like has no name. Names are in small letters."""

    name: str
    start: int
    end: int
    closes: bool = False
    empty: bool = False

    @property
    def opens(self) -> bool:
        return bool(self.name) and not self.closes


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute and where its value stands, within its quotes if it has some. `start` is -1 if it has no value."""

    name: str
    value: str
    start: int
    end: int
    quote: str
    whole: tuple[int, int]  # from its name on


class Markup:
    """The tags of a text in order, by the rules of HTML or of XHTML. `at` is where the next is looked for."""

    def __init__(self, text: str, xml: bool, at: int = 0) -> None:
        self.text, self.xml, self.at = text, xml, at

    def __iter__(self) -> Iterator[Tag]:
        pattern = _XML if self.xml else _HTML
        while found := pattern.search(self.text, self.at):
            self.at = found.end()
            tag = self._tag(found)
            if not self.xml and tag.name in _RAW and not tag.closes:
                end = _end_of(tag.name).search(self.text, self.at)
                self.at = end.start() if end else len(self.text)
            yield tag

    def _tag(self, found: re.Match[str]) -> Tag:
        if found["name"] is None:
            return Tag("", *found.span())
        name = found["name"].lower()
        name = name.rpartition(":")[2] if self.xml else name
        slash = found["attributes"].endswith("/") and (self.xml or name in _FOREIGN)
        return Tag(name, *found.span(), found["close"] is not None, slash or (not self.xml and name in _VOID))

    def end_of(self, tag: Tag) -> int:
        """Where an element ends: at its end tag, or where it cannot go on."""
        if tag.empty:
            return tag.end
        inside: list[str] = []
        begun: Counter[str] = Counter()
        tags = iter(Markup(self.text, self.xml, tag.start))
        next(tags)
        for one in tags:
            if one.opens and not one.empty:
                if not inside and one.name == tag.name and tag.name in _CLOSED_BY_THE_NEXT:
                    return one.start
                inside.append(one.name)
                begun[one.name] += 1
            elif one.closes and begun[one.name]:
                while (name := inside.pop()) != one.name:
                    begun[name] -= 1
                begun[one.name] -= 1
            elif one.closes and (one.name == tag.name or one.name in BLOCKS or one.name == "ruby"):
                return one.end if one.name == tag.name else one.start
        return len(self.text)


@cache
def _end_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)


def attributes(text: str, tag: Tag) -> Iterator[Attribute]:
    """The attributes of a tag."""
    for found in _ATTRIBUTE.finditer(text, tag.start + 1 + len(tag.name), tag.end - 1):
        group = next((group for group in ("double", "single", "bare") if found[group] is not None), "")
        quote = {"double": '"', "single": "'"}.get(group, "")
        start, end = found.span(group) if group else (-1, -1)
        yield Attribute(
            found["name"].lower(), unescape(text[start:end]) if group else "", start, end, quote, found.span()
        )


def quoted(value: str, quote: str) -> str:
    """A value as it is written within these quotes; where there are none, with some."""
    inside = escape(value, quote=False).replace("'", "&#39;") if quote == "'" else escape(value).replace("&#x27;", "'")
    return inside if quote else f'"{inside}"'


def changed(text: str, tag: Tag, **values: str | None) -> str:
    """A tag with other values of some attributes, or without those that are None; `xml_lang` stands for `xml:lang`."""
    wanted = {name.replace("_", ":"): value for name, value in values.items()}
    parts: list[str] = []
    end = tag.start
    for one in attributes(text, tag):
        if one.name not in wanted:
            continue
        value = wanted.pop(one.name)
        begin, after = one.whole
        if value is None:
            parts.append(text[end:begin].rstrip())
        else:
            parts.append(f"{text[end : begin + len(one.name)]}={quoted(value, '')}")
        end = after
    rest = text[end : tag.end]
    at = len(rest.removesuffix(">").rstrip().removesuffix("/").rstrip())
    more = "".join(f' {name}="{escape(value)}"' for name, value in wanted.items() if value is not None)
    return "".join([*parts, rest[:at], more, rest[at:]])
