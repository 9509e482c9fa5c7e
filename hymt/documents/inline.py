"""A paragraph with formatting in it as one text: what differs from its commonest formatting stands between tags.

`The <1>old</1> house<2/> is sold.` has a word that looks otherwise, and a thing that is no text: a picture, the number
of a note, a field. A format reads its paragraphs as nodes, and says how words in a style are written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import count

from hymt.documents.fields import Field, marks_with
from hymt.documents.inline_nodes import (
    Node,
    Pair,
    Style,
    Thing,
    Words,
    Write,
    commonest,
    groups,
    is_said,
    joined,
    one_sentence,
    styles_after,
    things_with_texts,
    without_blanks,
    words_in,
)
from hymt.documents.prose import is_code
from hymt.text.blocks import Block, BlockText, Skeleton, clean, columns, from_spans, line_spans
from hymt.text.spans import BlockKind, Span

MOST_TAGS = 200  # in a paragraph; in one with more, what stands between them is translated by itself
_GAP = re.compile(r"([\t\n])")


def paragraph_field(start: int, end: int, nodes: list[Node], write: Write, kind: BlockKind = "line") -> Field:
    """The field of a paragraph whose content stands at `start` to `end`, for `from_fields`."""
    paragraph = Paragraph(nodes, write, kind)
    return Field(start, end, paragraph.text, str, split=paragraph.split)


@cache
def _tag(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"(</?{prefix}\d+/?>)")


def _unlike(text: str) -> str:
    """What tags begin with so that none is like something in the text."""
    return next(prefix for number in count() if not _tag(prefix := "g" * number).search(text))


class Paragraph:
    """The text of a paragraph with tags, what each of these stands for, and the way back."""

    def __init__(self, nodes: list[Node], write: Write, kind: BlockKind) -> None:
        self._write, self._kind = write, kind
        self._prefix = _unlike("".join(words_in(nodes)))
        self._meanings: list[Style | Pair | list[Thing]] = []  # of the tags, by their number - 1
        self._bases: dict[int, Style] = {}  # of pairs, by that number
        self._parts: list[str] = []
        self.tag = _tag(self._prefix)
        self._base = self._compose(nodes, top=True)
        self.text = "".join(self._parts)
        self.within = list(things_with_texts(nodes))

    # -- from nodes to a text

    def _compose(self, nodes: list[Node], top: bool) -> Style:
        """Add siblings to the text; returns their commonest style. Gaps in a text part it at the top only."""
        base = commonest(nodes)
        nodes = joined(self._blanks(joined(nodes), base))
        nodes = joined(list(self._gaps(nodes, base, top)))
        alone = top and sum(isinstance(node, Pair) or is_said(node) for node in nodes) == 1  # a link around all
        for style, group in groups(nodes, base):
            if style.key == base.key:
                self._add(group, top=alone)
                continue
            before, group, after = ("", group, "") if style.visible else without_blanks(group)
            self._parts.append(before)
            name = self._name(style)
            self._parts.append(f"<{name}>")
            self._add(group)
            self._parts += f"</{name}>", after
        return base

    def _name(self, meaning: Style | Pair | list[Thing]) -> str:
        self._meanings.append(meaning)
        return f"{self._prefix}{len(self._meanings)}"

    def _add(self, group: list[Node], top: bool = False) -> None:
        things: list[Thing] = []
        for node in group:
            if isinstance(node, Thing):
                if not things:
                    self._parts.append(f"<{self._name(things)}/>")
                things.append(node)
                continue
            things = []
            if isinstance(node, Words):
                self._parts.append(node.text)
            else:
                name, number = self._name(node), len(self._meanings)
                self._parts.append(f"<{name}>")
                self._bases[number] = self._compose(node.inside, top)
                self._parts.append(f"</{name}>")

    def _blanks(self, nodes: list[Node], base: Style) -> list[Node]:
        """Siblings with blanks in the style of the words before them, where nobody can see a difference."""
        found: list[Node] = []
        before, after = base, styles_after(nodes, base)
        for node, next_style in zip(nodes, after, strict=True):
            if isinstance(node, Words) and not node.text.strip():
                if node.style.visible and node.style.key != base.key:
                    node = Thing(self._write(node.text, node.style))
                elif node.style.key != base.key or next_style.key == before.key:
                    node = Words(node.text, base if before.visible else before)
            if isinstance(node, Words):
                before = node.style
            found.append(node)
        return found

    def _gaps(self, nodes: list[Node], base: Style, top: bool) -> Iterator[Node]:
        """Siblings with tabs and breaks by themselves: between blocks, or as things within one."""
        whole = "".join(node.text if isinstance(node, Words) else "" for node in nodes)
        done = 0
        for node in nodes:
            if not isinstance(node, Words):
                yield node
                continue
            for part in filter(None, _GAP.split(node.text)):
                within = not top or (part == "\n" and one_sentence(whole, done))
                done += len(part)
                if part in ("\t", "\n"):
                    yield Thing(self._write(part, node.style)) if within else Words(part, base)
                else:
                    yield Words(part, node.style)

    # -- from a text to blocks

    def split(self, text: str) -> BlockText:
        """The blocks of the paragraph, after them those of what it holds."""
        own = from_spans(text, self._spans(text), partial(marks_with, codes=self.tag))
        within = [thing.within for thing in self.within if thing.within]
        blocks = [*own.blocks, *(block for one in within for block in one.blocks)]
        return BlockText(blocks, _Filled(separators=own.skeleton.separators, paragraph=self, own=own))

    def _spans(self, text: str) -> Iterator[Span]:
        if len(self._meanings) > MOST_TAGS:
            ends = [0, *(tag.end() for tag in self.tag.finditer(text))]
            starts = [*(tag.start() for tag in self.tag.finditer(text)), len(text)]
            spans = [_stripped(text, Span(start, end)) for start, end in zip(ends, starts, strict=True)]
        else:
            whole = self._unframed(text, Span(0, len(text)))
            spans = [self._unframed(text, span) for span in self._lines(text, whole)]
        for span in spans:
            if not is_code(self.tag.sub("", text[span.start : span.end])):
                yield span if self._kind == "line" else replace(span, kind=self._kind)

    def _lines(self, text: str, whole: Span) -> list[Span]:
        """The lines and columns of a part of the text; all of it where these would cut through a pair."""
        content = text[whole.start : whole.end]
        lines = list(line_spans(content))
        for spans in ([part for line in lines for part in columns(content, line)], lines):
            if all(self._balanced(content[span.start : span.end]) for span in spans):
                return [Span(span.start + whole.start, span.end + whole.start, span.kind) for span in spans]
        return [whole]

    def _balanced(self, text: str) -> bool:
        tags = Counter(tag.strip("</>") for tag in self.tag.findall(text) if not tag.endswith("/>"))
        return all(number == 2 for number in tags.values())

    def _unframed(self, text: str, span: Span) -> Span:
        """A part of the text without the things at its ends, and pairs around all of it."""
        start, end = span.start, span.end
        while True:
            span = _stripped(text, replace(span, start=start, end=end))
            start, end = span.start, span.end
            first = self.tag.match(text, start, end)
            last = next(self.tag.finditer(text, max(start, text.rfind("<", start, end)), end), None)
            if first and first[0].endswith("/>"):
                start = first.end()
            elif last and last.end() == end and last[0].endswith("/>"):
                end = last.start()
            elif first and last and last.end() == end and last[0] == f"</{first[0][1:]}":
                start, end = first.end(), last.start()
            else:
                return span

    # -- from a translation to the file

    def filled(self, text: str, within: Sequence[str]) -> str:
        """The content of the paragraph as its file has it, for its text translated and what it holds filled.

        A tag that a person has damaged loses its formatting; no thing, link or word is lost.
        """
        filled = {id(thing): xml for thing, xml in zip(self.within, within, strict=True)}
        pieces = self.tag.split(re.sub("[\v\f]", "\n", clean(text)[0]))  # what XML may hold
        sound, known = self._sound(pieces[1::2])
        parts: list[str] = []
        styles, said = [self._base], ""
        for index, piece in enumerate(pieces):
            if index % 2 == 0 or not known[index // 2]:
                said += piece
            elif index // 2 in sound:
                parts += self._said(said, styles[-1]), self._tagged(piece, styles, filled)
                said = ""
        there = {self._number(pieces[2 * index + 1]) for index in sound}
        lost = (self._meanings[number - 1] for number in range(1, len(self._meanings) + 1) if number not in there)
        return "".join([*parts, self._said(said, styles[-1]), *(_whole(meaning, filled) for meaning in lost)])

    def _said(self, text: str, style: Style) -> str:
        return self._write(text, style) if text else ""

    def _number(self, tag: str) -> int:
        return int(tag.strip("</>")[len(self._prefix) :])

    def _tagged(self, tag: str, styles: list[Style], filled: dict[int, str]) -> str:
        number = self._number(tag)
        meaning = self._meanings[number - 1]
        if isinstance(meaning, list):
            return _whole(meaning, filled)
        if tag.startswith("</"):
            styles.pop()
            return "" if isinstance(meaning, Style) else _xml(meaning.end, filled)
        styles.append(meaning if isinstance(meaning, Style) else self._bases[number])
        return "" if isinstance(meaning, Style) else _xml(meaning.begin, filled)

    def _sound(self, tags: Sequence[str]) -> tuple[set[int], list[bool]]:
        """Which of these tags stand once and well nested, by their places; and which are the paragraph's at all."""
        sound: set[int] = set()
        seen: set[int] = set()
        opened: list[tuple[int, int]] = []
        known = []
        for place, tag in enumerate(tags):
            number, single = self._number(tag), tag.endswith("/>")
            known.append(0 < number <= len(self._meanings))
            if not known[-1] or single != isinstance(self._meanings[number - 1], list):
                continue
            if tag.startswith("</"):
                while any(one == number for _, one in opened):
                    begun, one = opened.pop()
                    sound.update((begun, place) if one == number else ())
            elif number not in seen:
                seen.add(number)
                if single:
                    sound.add(place)
                else:
                    opened.append((place, number))
        return sound, known


def _stripped(text: str, span: Span) -> Span:
    content = text[span.start : span.end]
    start = span.start + len(content) - len(content.lstrip())
    return replace(span, start=start, end=start + len(content.strip()))


@dataclass(frozen=True, kw_only=True)
class _Filled(Skeleton):
    """A paragraph without its blocks."""

    paragraph: Paragraph
    own: BlockText

    def fill(self, translations: Sequence[str]) -> str:
        done = len(self.own.blocks)
        text, filled = self.own.skeleton.fill(translations[:done]), []
        for thing in self.paragraph.within:
            assert thing.within
            size = len(thing.within.blocks)
            filled.append(thing.within.skeleton.fill(translations[done : done + size]))
            done += size
        return self.paragraph.filled(text, filled)


@dataclass(frozen=True, kw_only=True)
class _Once(Skeleton):
    """A text in which some blocks are the same, for each of which there is one translation."""

    text: BlockText

    def fill(self, translations: Sequence[str]) -> str:
        said = dict(zip(dict.fromkeys(block.text for block in self.text.blocks), translations, strict=True))
        return self.text.skeleton.fill([said[block.text] for block in self.text.blocks])


def once(text: BlockText) -> BlockText:
    """The text with one block for those that are the same: a drawing may be there twice, for older programs."""
    blocks: dict[str, Block] = {}
    for block in text.blocks:
        blocks.setdefault(block.text, block)
    return BlockText(list(blocks.values()), _Once(separators=[], text=text)) if len(blocks) < len(text.blocks) else text


def _xml(thing: Thing, filled: dict[int, str]) -> str:
    return filled.get(id(thing), thing.xml)


def _whole(meaning: Style | Pair | list[Thing], filled: dict[int, str]) -> str:
    """What a tag stands for, without words."""
    if isinstance(meaning, Style):
        return ""
    things = meaning if isinstance(meaning, list) else [meaning.begin, meaning.end]
    return "".join(_xml(thing, filled) for thing in things)
