"""What of an HTML page is for readers: its blocks, and the attributes that are shown or read aloud.

What stands between two tags of blocks is a text. Elements within it are codes, each shown by its name (`<b>`, and a
second one as `<b2>`), so that neither addresses nor pictures in their attributes reach the model. An element that has
no partner there ends the text, and so does `<br>`, unless a sentence goes on after it. A translation goes without what
tells how its words are pronounced (ruby).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape, unescape
from itertools import accumulate
from typing import Literal

from hymt.documents.codes import MOST_CODES, Code, written
from hymt.documents.fields import Field
from hymt.documents.html_text import BLOCKS, Markup, Tag, attributes, quoted
from hymt.documents.prose import has_words
from hymt.text.blocks import Block, BlockText, Skeleton
from hymt.text.spans import BlockKind
from hymt.text.wrapping import goes_on

Encodable = Callable[[str], str]
"""A text with numbers for characters that its file cannot have."""

_MOST_TOKENS = 2000  # between two tags of blocks; more are cut
_LEFT = {"iframe", "math", "noembed", "noframes", "plaintext", "pre", "script", "style", "svg", "textarea", "xmp"}
_NAMES = {"code", "kbd", "samp", "tt", "var"}  # what they hold is no prose, but is read
_PRONUNCIATION = {"rp", "rt", "rtc"}
_WHOLE = _LEFT | _NAMES | _PRONUNCIATION
_RUBY = {"rb", "rbc", "ruby"}
_KINDS: dict[str, BlockKind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "title", "caption", "legend", "summary"), "heading"),
    **dict.fromkeys(("li", "dt", "dd", "option"), "item"),
    **dict.fromkeys(("td", "th"), "cell"),
}
_WITHIN = ("p", "div")  # which are still what they stand in

_ATTRIBUTE_NAMES = """
alt title placeholder aria-label aria-description aria-placeholder aria-roledescription aria-valuetext
"""
_DESCRIPTION_NAMES = """
description og:title og:description og:image:alt twitter:title twitter:description twitter:image:alt
dc.title dc.description
"""
_SHOWN_ATTRIBUTES, _DESCRIPTIONS = (frozenset(names.split()) for names in (_ATTRIBUTE_NAMES, _DESCRIPTION_NAMES))
_HINT = re.compile(r"alt|title|placeholder|aria-|content|value|label", re.IGNORECASE)
_KEPT = re.compile("translate", re.IGNORECASE)

_ORNAMENT = re.compile(r"[\s\u200b·•‣◦▪●○■□¶§#]*|\[\w{1,4}\]")  # bullets, links to a heading beside it, notes' numbers
_SPACES = re.compile(r"[ \t\n\f\r]+")
_LONGEST_REFERENCE = 10  # characters of one that is a blank, as &thinsp;
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
# what reads like a tag and is none
_ESCAPED_TAG = re.compile(r"<[/!?A-Za-z][^<>&\s]{0,40}(?:[^<>&]{0,80}>)?")
CODES = re.compile(r"`[^`\n]{1,100}`|</?[a-z][\w:.-]*/?>|&lt;[/!?A-Za-z][^<>&\s]{0,40}(?:[^<>&]{0,80}&gt;)?")
_LONGEST_NAME = 100  # characters of what is shown as it is


@dataclass(frozen=True, slots=True)
class _Token:
    """A part of a text: characters, a tag, a whole element, one that is read, or what a translation goes without."""

    kind: Literal["text", "open", "close", "single", "name", "silent"]
    start: int
    end: int
    name: str = ""


def visible(text: str, xml: bool) -> Iterator[Tag]:
    """The tags of a page; an element that is left as it is comes as one tag, empty."""
    markup = Markup(text, xml)
    for tag in markup:
        left = tag.opens and (tag.name in _WHOLE or is_kept(text, tag))
        if left and not tag.empty:
            markup.at = markup.end_of(tag)
            tag = replace(tag, end=markup.at, empty=True)
        yield tag


def is_kept(text: str, tag: Tag) -> bool:
    """Whether a tag says that its element is not to be translated; that of a whole page speaks to browsers."""
    if tag.name in ("html", "body") or not _KEPT.search(text, tag.start, tag.end):
        return False
    said = {one.name: one.value.lower() for one in attributes(text, tag)}
    return said.get("translate") == "no" or "notranslate" in said.get("class", "").split()


def shown_attributes(text: str, xml: bool, encodable: Encodable = str) -> Iterator[Field]:
    """The attributes that readers see or hear."""
    for tag in visible(text, xml):
        end = _end_of_tag(text, tag)
        if not tag.opens or not _HINT.search(text, tag.start, end) or is_kept(text, tag):
            continue
        found = list(attributes(text, replace(tag, end=end)))
        said = {one.name: one.value.lower() for one in found}
        for one in found:
            if one.start >= 0 and _is_shown(tag.name, one.name, said) and has_words(one.value):
                value = " ".join(one.value.split())
                write = partial(_attribute, quote=one.quote, encodable=encodable)
                yield Field(one.start, one.end, value, write, split=whole)


def _end_of_tag(text: str, tag: Tag) -> int:
    """Where the first tag of an element ends."""
    return next(iter(Markup(text, False, tag.start))).end if tag.empty else tag.end


def _is_shown(element: str, attribute: str, said: dict[str, str]) -> bool:
    if element == "meta":
        return attribute == "content" and bool({said.get("name"), said.get("property")} & _DESCRIPTIONS)
    if attribute == "value":
        return element == "input" and said.get("type") in ("button", "submit", "reset")
    if attribute == "label":
        return element in ("optgroup", "option", "track")
    return attribute in _SHOWN_ATTRIBUTES and element not in ("link", "style", "script")


def _attribute(text: str, quote: str, encodable: Encodable) -> str:
    return encodable(quoted(text, quote))


def texts(text: str, xml: bool, encodable: Encodable = str) -> Iterator[Field]:
    """The texts of a page, in order."""
    write = partial(_escape, xml=xml, encodable=encodable)
    for kind, tokens in _runs(text, xml):
        for part in _parts(text, tokens):
            yield from _fields(text, part, kind, write)


def _escape(text: str, xml: bool, encodable: Encodable) -> str:
    return encodable(escape(text, quote=False).replace("\u00a0", "&#160;" if xml else "&nbsp;"))


def _runs(text: str, xml: bool) -> Iterator[tuple[BlockKind, list[_Token]]]:
    """What stands between two tags of blocks, and what kind of block that is."""
    tokens: list[_Token] = []
    kind: BlockKind = "line"
    end, is_blank = 0, True
    for tag in visible(text, xml):
        if end < tag.start:
            tokens.append(_Token("text", end, tag.start))
            is_blank = is_blank and text[end : tag.start].isspace()
        end = tag.end
        if tag.name in BLOCKS or len(tokens) > _MOST_TOKENS:
            if not is_blank:
                yield kind, tokens
            tokens, is_blank = [], True
        if tag.name in BLOCKS:
            kind = _kind(tag, kind)
        else:
            tokens.append(_token(text, tag, xml))
            is_blank = is_blank and tokens[-1].kind != "text"
    yield kind, [*tokens, _Token("text", end, len(text))]


def _kind(tag: Tag, around: BlockKind) -> BlockKind:
    if tag.name in _WITHIN and around in ("cell", "item"):
        return around
    return _KINDS.get(tag.name, "line") if tag.opens else "line"


def _token(text: str, tag: Tag, xml: bool) -> _Token:
    if xml and text.startswith(_CDATA, tag.start):
        return _Token("text", tag.start, tag.end)
    if tag.name in _PRONUNCIATION | _RUBY:
        return _Token("silent", tag.start, tag.end)
    if not tag.name:
        return _Token("single", tag.start, tag.end, "comment")
    if tag.empty:
        is_read = tag.name in _NAMES or (tag.name not in _LEFT and is_kept(text, tag))
        return _Token("name" if is_read else "single", tag.start, tag.end, tag.name)
    return _Token("close" if tag.closes else "open", tag.start, tag.end, tag.name)


def _read(text: str, token: _Token) -> str:
    """How the characters of a text read, its blanks as they are."""
    content = text[token.start : token.end]
    if content.startswith(_CDATA):
        return content[len(_CDATA) :].removesuffix(_CDATA_END)
    return unescape(content)


# -- a run in parts, each with whole elements -----------------------------------------------------------------


def _parts(text: str, tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    """The texts of a run, without what stands around them."""
    for line in _lines(text, tokens):
        partners = _partners(line)
        begin = 0
        for at, token in enumerate(line):
            if token.kind in ("open", "close") and at not in partners:
                yield from _without_frame(text, line[begin:at])
                begin = at + 1
        yield from _without_frame(text, line[begin:])


def _lines(text: str, tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    """A run cut at the line ends that end something."""
    line: list[_Token] = []
    before, breaks = "", 0
    for token in tokens:
        if token.kind == "text" and (said := _read(text, token).strip()):
            if breaks and not (breaks == 1 and goes_on(before, said)):
                last = max(at for at, one in enumerate(line) if one.name == "br")
                yield line[:last]
                line = line[last + 1 :]
            before, breaks = said, 0
        breaks += token.name == "br"
        line.append(token)
    yield line


def _partners(tokens: Sequence[_Token]) -> dict[int, int]:
    """The places of tags that belong together, each to the other, and have none between them that is alone."""
    pairs: dict[int, int] = {}
    begun: list[int] = []
    names: Counter[str] = Counter()
    for at, token in enumerate(tokens):
        if token.kind == "open":
            begun.append(at)
            names[token.name] += 1
        elif token.kind == "close" and names[token.name]:
            while tokens[other := begun.pop()].name != token.name:
                names[tokens[other].name] -= 1
            names[token.name] -= 1
            pairs |= {at: other, other: at}
    alone = (token.kind in ("open", "close") and at not in pairs for at, token in enumerate(tokens))
    before = list(accumulate(alone, initial=0))
    return {at: other for at, other in pairs.items() if before[at] == before[other]}


def _without_frame(text: str, tokens: list[_Token]) -> Iterator[list[_Token]]:
    """What is between the first and the last characters, with the elements that begin or end among them."""
    read = ((at, _read(text, token)) for at, token in enumerate(tokens) if token.kind == "text")
    said = [at for at, characters in read if not _ORNAMENT.fullmatch(characters)]
    if not said:
        return
    partners = _partners(tokens)
    names = [at for at, token in enumerate(tokens) if token.kind == "name"]
    first, last = min([said[0], *names[:1]]), max([said[-1], *names[-1:]])
    inside = range(first, last + 1)
    first = min(first, *(partners.get(at, first) for at in inside))
    last = max(last, *(partners.get(at, last) for at in inside))
    if last - first > MOST_CODES * 2:
        yield from ([tokens[at]] for at in said)
    else:
        yield tokens[first : last + 1]


# -- a part as a field ------------------------------------------------------------------------------------


def _fields(text: str, tokens: Sequence[_Token], kind: BlockKind, write: Callable[[str], str]) -> Iterator[Field]:
    start, end = _trimmed(text, tokens)
    inside = list(tokens)
    inside[0] = replace(inside[0], start=start)
    inside[-1] = replace(inside[-1], end=end)
    shown, codes = _Shown(text, inside), []
    parts: list[str] = []
    for token in inside:
        for part in shown.parts(token):
            codes += [part] if isinstance(part, Code) else []
            parts.append(part.shown if isinstance(part, Code) else part)
    if has_words("".join(shown.prose)):
        known = partial(written, codes=codes, pattern=CODES, escape=write)
        yield Field(start, end, "".join(parts), known, kind, CODES, _bare)


def _trimmed(text: str, tokens: Sequence[_Token]) -> tuple[int, int]:
    """Where a text begins and ends, without the blanks around it."""
    start, end = tokens[0].start, tokens[-1].end
    if tokens[0].kind == "text":
        while after := _after_blank(text, start, tokens[0].end):
            start = after
    if tokens[-1].kind == "text":
        while before := _before_blank(text, max(start, tokens[-1].start), end):
            end = before
    return start, end


def _after_blank(text: str, start: int, end: int) -> int:
    """Where the blank ends that a text begins with; 0 if it does not."""
    if text[start : min(start + 1, end)].isspace():
        return start + 1
    after = text.find(";", start, min(end, start + _LONGEST_REFERENCE)) + 1
    return after if text.startswith("&", start) and unescape(text[start:after]).isspace() else 0


def _before_blank(text: str, start: int, end: int) -> int:
    """Where the blank begins that a text ends with; 0 if it does not, or nothing is before it."""
    if text[max(start, end - 1) : end].isspace():
        return end - 1
    before = text.rfind("&", max(start, end - _LONGEST_REFERENCE), end)
    return before if before > 0 and text[end - 1] == ";" and unescape(text[before:end]).isspace() else 0


class _Shown:
    """How the parts of a text are shown in its block."""

    def __init__(self, text: str, tokens: Sequence[_Token]) -> None:
        self._text = text
        self._names: Counter[str] = Counter()
        self._begun: list[str] = []
        self._ticks: dict[str, str] = {}
        self._with_ticks = not any(one.kind == "text" and "`" in text[one.start : one.end] for one in tokens)
        self.prose: list[str] = []

    def parts(self, token: _Token) -> Iterator[str | Code]:
        raw = self._text[token.start : token.end]
        if token.kind == "text":
            yield from self._of_text(_SPACES.sub(" ", _read(self._text, token)))
        elif token.kind == "open":
            self._begun.append(self._named(token.name))
            yield Code(f"<{self._begun[-1]}>", raw)
        elif token.kind == "close":
            yield Code(f"</{self._begun.pop()}>", raw)
        elif token.kind == "name":
            yield Code(self._as_read(token.name, raw), raw)
        elif token.kind == "single":
            yield Code(f"<{self._named(token.name)}/>", raw)

    def _of_text(self, text: str) -> Iterator[str | Code]:
        end = 0
        for match in _ESCAPED_TAG.finditer(text):
            self.prose.append(text[end : match.start()])
            yield self.prose[-1]
            literal = escape(match[0], quote=False)
            yield Code(literal, literal)
            end = match.end()
        self.prose.append(text[end:])
        yield self.prose[-1]

    def _as_read(self, name: str, raw: str) -> str:
        """An element by what is in it, if that is short, else by its name."""
        content = " ".join(unescape(re.sub(r"<[^>]*+>", "", raw)).split()) if len(raw) < 10 * _LONGEST_NAME else ""
        shown = f"`{content}`"
        if self._with_ticks and CODES.fullmatch(shown) and self._ticks.setdefault(shown, raw) == raw:
            return shown
        return f"<{self._named(name)}/>"

    def _named(self, name: str) -> str:
        name = re.sub(r"[^\w:.-]|\d+\Z", "", name)[:20] or "x"
        self._names[name] += 1
        count = self._names[name]
        return name if count == 1 else f"{name}{count}"


def whole(text: str) -> BlockText:
    """A text as one block."""
    return BlockText([Block.of(text)], Skeleton(["", ""]))


def _bare(text: str) -> BlockText:
    """The same, for a field whose codes are found by a pattern."""
    return BlockText([Block(text)], Skeleton(["", ""]))
