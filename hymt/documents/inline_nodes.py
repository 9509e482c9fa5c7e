"""What a paragraph is made of, for `inline`: words in a style, things without words, and pairs around both."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hymt.text.blocks import BlockText

_ENDED = re.compile(r"[.!?:;…。！？：；][\"'”’»」』)\]]*$")


@dataclass(frozen=True, slots=True)
class Style:
    """How words look. Two with the same key look alike; `xml` is what the file says of it.

    A visible one shows on blanks too, as underlining does.
    """

    key: str
    xml: str
    visible: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A text in a style. A tab and a line feed in it are the file's tab and line break."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Thing:
    """What has no words at its place. `within` are texts that it holds all the same, as a text box or a note does."""

    xml: str
    within: BlockText | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """An element around a part of the text: a link, an insertion."""

    begin: Thing
    end: Thing
    inside: list[Node]


Node = Words | Thing | Pair
Write = Callable[[str, Style], str]


def words_in(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Words):
            yield node.text
        elif isinstance(node, Pair):
            yield from words_in(node.inside)


def things_with_texts(nodes: list[Node]) -> Iterator[Thing]:
    for node in nodes:
        things = [node] if isinstance(node, Thing) else [node.begin] if isinstance(node, Pair) else []
        yield from (thing for thing in things if thing.within)
        if isinstance(node, Pair):
            yield from things_with_texts(node.inside)


def commonest(nodes: list[Node]) -> Style:
    styles: dict[str, Style] = {}
    sizes: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, Words):
            styles.setdefault(node.style.key, node.style)
            sizes[node.style.key] += len(node.text.strip()) * 1000 + len(node.text)
    return styles[sizes.most_common(1)[0][0]] if styles else Style("", "")


def joined(nodes: list[Node]) -> list[Node]:
    """Siblings with words of one style as one; gaps stay by themselves."""
    found: list[Node] = []
    parts: list[str] = []
    for node in nodes:
        last = found[-1] if found else None
        if isinstance(node, Words) and isinstance(last, Words) and last.style.key == node.style.key:
            parts.append(node.text)
            continue
        if isinstance(last, Words):
            found[-1] = Words("".join(parts), last.style)
        parts = [node.text] if isinstance(node, Words) else []
        found.append(node)
    if found and isinstance(found[-1], Words):
        found[-1] = Words("".join(parts), found[-1].style)
    return found


def styles_after(nodes: list[Node], base: Style) -> list[Style]:
    """For each of the siblings the style of the words after it."""
    styles, after = [], base
    for node in reversed(nodes):
        styles.append(after)
        if isinstance(node, Words):
            after = node.style
    return styles[::-1]


def is_said(node: Node) -> bool:
    return isinstance(node, Words) and bool(node.text.strip())


def one_sentence(text: str, at: int) -> bool:
    """Whether the line break in a text stands within a sentence: the next line goes on with a small letter."""
    before, after = text[max(0, at - 20) : at].rstrip(), text[at : at + 20].lstrip()
    return bool(before) and after[:1].islower() and not _ENDED.search(before)


def groups(nodes: list[Node], base: Style) -> Iterator[tuple[Style, list[Node]]]:
    """Siblings in groups of one style; a thing belongs to a group if words of its style stand on both sides."""
    style, group, waiting = base, list[Node](), list[Node]()
    for node in nodes:
        if isinstance(node, Thing):
            waiting.append(node)
        elif isinstance(node, Words) and node.style.key == style.key:
            group += [*waiting, node]
            waiting = []
        else:
            if style.key == base.key:
                group, waiting = [*group, *waiting], []
            yield from ((style, group), (base, waiting))
            style, group, waiting = (node.style if isinstance(node, Words) else base), [node], []
    yield from ((style, group), (base, waiting)) if style.key != base.key else [(base, [*group, *waiting])]


def without_blanks(group: list[Node]) -> tuple[str, list[Node], str]:
    """Siblings without the blanks at their ends, and these."""
    first, last = group[0], group[-1]
    before = first.text[: len(first.text) - len(first.text.lstrip())] if isinstance(first, Words) else ""
    if isinstance(first, Words):
        group = [Words(first.text[len(before) :], first.style), *group[1:]]
        last = group[-1]
    after = last.text[len(last.text.rstrip()) :] if isinstance(last, Words) else ""
    if isinstance(last, Words):
        group = [*group[:-1], Words(last.text[: len(last.text) - len(after)], last.style)]
    return before, group, after
