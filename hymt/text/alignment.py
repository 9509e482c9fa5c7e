"""Tags on their way past a model: taken out of a text, and put back into its translation where their words went.

Where a word went is told by an attention head of the model that looks at the word which it translates. A pair of tags
goes around the words of the answer that look into it most; a single one stays at the word that it stood at. Whatever
the head tells, each tag comes back once and pairs are nested as they were.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from hymt.text.marks import Mark, moved
from hymt.text.protection import Marked, pairs

# Of the attention that a word pays to the source, how much has to go into a pair of tags for the word to belong there.
# Measured with hymt-mini on words whose translations are known: 0.2 to 0.5 are equally good.
SHARE = 0.3
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff"  # scripts without spaces, and kana
# words: an article that is elided stands by itself (l'|école)
_UNIT = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}])[\w-])+['’](?=\w{{3}})|(?:(?![{_UNSPACED}])[\w'’-])+|\S"
)

_SIGNS = ".,;:!?。，；：！？、"
_ENDING = re.compile("[\u3041-\u309f]")  # Hiragana: of a verb or noun before it, mostly

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Attention:
    """How much each token of an answer attends to each of its source, and which characters the tokens are."""

    weights: Sequence[Sequence[float]]  # (answer, source)
    answer: Spans
    source: Spans


@dataclass(frozen=True)
class Bare:
    """A text without its tags: `places[i]` is where mark i of the whole was, or is."""

    text: Marked
    places: list[int]


def is_tag(mark: Mark) -> bool:
    """Whether it goes with the words beside it: a tag, or what is around a glossary's term."""
    return mark.kind in ("tag", "format") or (mark.kind == "term" and bool(mark.role))


def bare(source: Marked) -> Bare:
    """The text without its tags; words that a tag parted stay apart, and blanks beside one are not doubled."""
    text, marks, places, end = "", [], [], 0
    for mark in source.marks:
        text += source.text[end : mark.start]
        end = mark.end
        if not is_tag(mark):
            places.append(len(text))
            marks.append(moved(mark, len(text) - mark.start))
            text += source.literal(mark)
            continue
        after = source.text[end : end + 1]
        if not mark.role and text[-1:].isalnum() and after.isalnum():
            text += " "
        elif after == " " and (not text or text[-1] == " "):
            end += 1
        places.append(len(text))
    return Bare(Marked(text + source.text[end:], tuple(marks)), places)


def behind(answer: Marked, source: Marked) -> Marked:
    """The answer to a text without its tags, and all its tags after it, where there is no room for them."""
    text, marks = answer.text, list(answer.marks)
    for tag in filter(is_tag, source.marks):
        marks.append(moved(tag, len(text) - tag.start))
        text += source.literal(tag)
    return Marked(text, tuple(marks))


def with_tags(answer: Marked, source: Marked, attention: Attention) -> Marked | None:
    """The answer to a text without its tags, with them; None if it has too few words to put them around."""
    return _Placing(answer, source, attention).placed()


@dataclass
class _Node:
    """Marks `first` to `last` of a source: a pair of tags with what is in it, or tags that stand at one place.

    A pair is around the units `begin` to before `end` of the answer, others before unit `begin`.
    """

    first: int
    last: int
    children: list[_Node] = field(default_factory=list)
    pair: bool = False
    begin: int = 0
    end: int = 0


class _Placing:
    def __init__(self, answer: Marked, source: Marked, attention: Attention) -> None:
        self.answer, self.source, self.attention = answer, source, attention
        self.bare = bare(source)
        self.units = list(_units(answer, attention.answer))
        self._sums = [[0.0, *accumulate(row)] for row in _by_unit(self.units, attention)]
        text = self.bare.text.text  # a token's first character may be a blank that stands before its word
        self._starts = [end - len(text[start:end].lstrip()) for start, end in attention.source]

    def placed(self) -> Marked | None:
        if not self.units:
            return None
        root = _Node(-1, len(self.source.marks), self._nodes(0, len(self.source.marks)), True, 0, len(self.units))
        return self._written(root) if self._place(root) else None

    def _nodes(self, first: int, last: int) -> list[_Node]:
        """The tags among the marks `first` to before `last`, pairs with what is in them."""
        ends = {begin: end for begin, end in pairs(self.source.marks) if is_tag(self.source.marks[begin])}
        nodes: list[_Node] = []
        at = first
        while at < last:
            end = ends.get(at, at)
            if is_tag(self.source.marks[at]):
                around = end > at and bool(self._inside(at, end).strip())
                nodes.append(_Node(at, end, self._nodes(at + 1, end) if around else [], around))
            at = end + 1
        return nodes

    def _inside(self, begin: int, end: int) -> str:
        return self.bare.text.text[self.bare.places[begin] : self.bare.places[end]]

    def _place(self, around: _Node) -> bool:
        """Find the places of a pair's children; whether there is one for each."""
        free = [(around.begin, around.end)]
        scored = [(self._best(child, free), child) for child in around.children if child.pair]
        for _, child in sorted(scored, key=lambda one: -one[0][0]):
            _, child.begin, child.end = self._best(child, free)
            self._leave_signs(child)
            if child.begin == child.end or not self._place(child):
                return False
            free = list(_without(free, child.begin, child.end))
        for child in around.children:
            if not child.pair:
                child.begin = child.end = self._beside(child, around)
        return True

    def _best(self, pair: _Node, free: Sequence[tuple[int, int]]) -> tuple[float, int, int]:
        """The units in free runs that look into a pair most: how much more than SHARE in all, and which."""
        tokens = self._tokens(self.bare.places[pair.first], self.bare.places[pair.last])
        looks = [self._look(unit, *tokens) for unit in range(len(self.units))]
        best = (float("-inf"), 0, 0)
        for first, last in free:
            score, begin = 0.0, first
            for unit in range(first, last):
                if score < 0:
                    score, begin = 0.0, unit
                score += looks[unit] - SHARE
                best = max(best, (score, begin, unit + 1), key=lambda one: one[0])
        return best

    def _leave_signs(self, pair: _Node) -> None:
        """Leave outside of a pair the signs at its ends, such as a comma, if it has none there in the source."""
        start, end = self.bare.places[pair.first], self.bare.places[pair.last]
        inside = self.bare.text.text[start:end]
        start, end = start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())
        codes = self.bare.text.marks
        begins = inside.strip()[0].isalnum() or any(code.start == start for code in codes)
        ends = inside.strip()[-1].isalnum() or any(code.end == end for code in codes)
        while ends and pair.end - pair.begin > 1 and not self._says(pair.end - 1):
            pair.end -= 1
        while begins and pair.end - pair.begin > 1 and not self._says(pair.begin):
            pair.begin += 1

    def _says(self, unit: int) -> bool:
        start, end = self.units[unit]
        return any(map(str.isalnum, self.answer.text[start:end]))

    def _tokens(self, start: int, end: int) -> tuple[int, int]:
        """The source's tokens that begin within some of its characters; at least one."""
        begin = bisect_left(self._starts, start)
        if begin >= len(self._starts) or self._starts[begin] >= end:
            begin = max(0, begin - 1)
        return begin, max(begin + 1, bisect_left(self._starts, end))

    def _look(self, unit: int, begin: int, end: int) -> float:
        """How much of a unit's attention to the source goes to some of its tokens."""
        sums = self._sums[unit]
        return (sums[min(end, len(sums) - 1)] - sums[min(begin, len(sums) - 1)]) / max(sums[-1], 1e-9)

    def _beside(self, node: _Node, around: _Node) -> int:
        """The unit of a pair's that tags at one place stand before: behind the word that they touched, or before it."""
        text, place = self.bare.text.text, self.bare.places[node.first]
        outer = self.bare.places[around.first] if around.first >= 0 else 0
        head = text[outer:place].rstrip()
        if not head:
            return around.begin
        if not text[place:].strip():
            return around.end
        ahead = self._ahead(node)
        signs = len(head) - len(head.rstrip(_SIGNS)) if not ahead else 0  # a note's number may stand behind a stop
        at = place if ahead else outer + len(head) - 1 - (signs if signs < len(head) else 0)
        tokens = self._tokens(at, at + 1)
        looks = [self._look(unit, *tokens) for unit in range(around.begin, around.end)]
        unit = around.begin + looks.index(max(looks)) + (not ahead)
        while signs and unit < around.end and self.answer.text[self.units[unit][0]] in _SIGNS:
            unit += 1
        while not ahead and unit < around.end and _ENDING.match(self.answer.text, self.units[unit][0]):
            unit += 1
        inside = next((c for c in around.children if c.pair and c.begin < unit < c.end), None)
        return unit if inside is None else inside.begin if node.first < inside.first else inside.end

    def _written(self, root: _Node) -> Marked:
        """The answer with all tags where they were placed."""
        text, marks, end = "", [], 0
        codes = iter(self.answer.marks)
        code = next(codes, None)
        for position, tags in self._insertions(root):
            while code is not None and code.start < position:
                marks.append(moved(code, len(text) - end))
                code = next(codes, None)
            text += self.answer.text[end:position]
            end = position
            for tag in tags:
                literal = self._spaced(tag, text)
                text += literal
                marks.append(moved(tag, len(text) - tag.end))
        while code is not None:
            marks.append(moved(code, len(text) - end))
            code = next(codes, None)
        return Marked(text + self.answer.text[end:], tuple(marks))

    def _spaced(self, tag: Mark, before: str) -> str:
        """A tag as it is written: one that stood between blanks has one before it."""
        literal, text = self.source.literal(tag), self.source.text
        apart = not tag.role and text[tag.start - 1 : tag.start].isspace() and text[tag.end : tag.end + 1].isspace()
        return f" {literal}" if apart and before and not before[-1].isspace() else literal

    def _insertions(self, around: _Node) -> Iterator[tuple[int, Sequence[Mark]]]:
        """Positions of the answer, ascending, and the tags that are put there, in order: all that are in a pair."""
        marks = self.source.marks
        # before one unit, single tags come before a pair that begins
        for child in sorted(around.children, key=lambda one: (one.begin, one.pair, self._gap(one, around), one.first)):
            if child.pair:
                yield self.units[child.begin][0], [marks[child.first]]
                yield from self._insertions(child)
                yield self.units[child.end - 1][1], [marks[child.last]]
            else:
                yield self._gap(child, around), marks[child.first : child.last + 1]

    def _gap(self, node: _Node, around: _Node) -> int:
        """Where before a unit tags are put: at the end of the unit before, unless they belong to this one."""
        if node.begin == around.begin or (node.begin < around.end and self._ahead(node)):
            return self.units[node.begin][0]
        return self.units[node.begin - 1][1]

    def _ahead(self, node: _Node) -> bool:
        """Whether tags touch the word behind them only."""
        text, first, last = self.source.text, self.source.marks[node.first], self.source.marks[node.last]
        return text[first.start - 1 : first.start].isspace() and not text[last.end : last.end + 1].isspace()


def _units(answer: Marked, tokens: Spans) -> Iterator[tuple[int, int]]:
    """What tags may stand between: words, signs and marks; in scripts without spaces, what a token is."""
    starts = sorted({start for start, _ in tokens})
    end = 0
    for mark in [*answer.marks, None]:
        for match in _UNIT.finditer(answer.text, end, mark.start if mark else len(answer.text)):
            start, stop = match.span()
            inner = starts[bisect_right(starts, start) : bisect_left(starts, stop)] if match["unspaced"] else []
            yield from pairwise([start, *inner, stop])
        if mark:
            yield mark.start, mark.end
            end = mark.end


def _by_unit(units: Spans, attention: Attention) -> Iterator[list[float]]:
    """What units attend to: the sum of what their tokens do, of those at an edge as much as is the unit's."""
    nothing = [0.0] * len(attention.source)
    tokens = list(zip(attention.answer, attention.weights, strict=False))  # a long answer's last ones may be missing
    first = 0
    for start, end in units:
        while first < len(tokens) and tokens[first][0][1] <= start:
            first += 1
        row = nothing
        for (begin, stop), weights in tokens[first:]:
            if begin >= end:
                break
            part = (min(end, stop) - max(start, begin)) / (stop - begin)
            row = [old + part * new for old, new in zip(row, weights, strict=True)]
        yield row


def _without(free: Sequence[tuple[int, int]], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Free runs of units without those of one of them that are taken."""
    for first, last in free:
        if not first <= begin < last:
            yield first, last
            continue
        if first < begin:
            yield first, begin
        if end < last:
            yield end, last
