"""Marks on their way through a model: put in as numbers, found again in the answer, set back as they were.

A mark goes in as `<1>`, a pair of tags as `<1>` and `</1>`: short, alike for every kind, and copied by models that were
trained on text with markup. An answer is taken only if each is in it exactly once, pairs around something and properly
nested, and no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hymt.text.marks import Mark, has_prose, moved

_GLUED = re.compile(r"(?![\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7af])[^\W_]\Z")  # a word of a script with blanks
_NUMBER = re.compile(r"\s?[<＜]\s?(/?)\s?(\d{1,4})\s?[>＞]\s?")


@dataclass(frozen=True)
class Marked:
    """A text and its marks, ascending and apart."""

    text: str
    marks: tuple[Mark, ...] = ()

    def literal(self, mark: Mark) -> str:
        return self.text[mark.start : mark.end]


def prose_only(marked: Marked) -> str:
    """The text with blanks in place of its marks: each character stands where it did."""
    text, end = "", 0
    for mark in marked.marks:
        text += marked.text[end : mark.start] + " " * (mark.end - mark.start)
        end = mark.end
    return text + marked.text[end:]


def prose_changed(marked: Marked, change: Callable[[str], str]) -> Marked:
    """The text with what stands between its marks changed."""
    text, marks, end = "", [], 0
    for mark in marked.marks:
        text += change(marked.text[end : mark.start])
        marks.append(moved(mark, len(text) - mark.start))
        text += marked.literal(mark)
        end = mark.end
    return Marked(text + change(marked.text[end:]), tuple(marks))


@dataclass(frozen=True)
class Stretch:
    """Some of a marked text: prose with its marks, or what stays as it is."""

    text: str
    verbatim: bool
    marks: tuple[Mark, ...] = ()


def unframed(source: Marked) -> tuple[str, Marked, str]:
    """What stands around the prose and says nothing for it, and the text between: pairs around all of it, pictures."""
    text, marks = source.text, list(source.marks)
    start, end = 0, len(text)
    while marks:
        first, last = marks[0], marks[-1]
        at_start, at_end = not text[start : first.start].strip(), not text[last.end : end].strip()
        if at_start and at_end and (0, len(marks) - 1) in pairs(marks):
            start, end = first.end, last.start
            marks = marks[1:-1]
        elif at_start and _aside(marks, 0):
            start = first.end
            marks = marks[1:]
        elif at_end and _aside(marks, len(marks) - 1):
            end = last.start
            marks = marks[:-1]
        else:
            break
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end = start + len(text[start:end].rstrip())
    inside = tuple(moved(mark, -start) for mark in marks)
    return text[:start], Marked(text[start:end], inside), text[end:]


def _aside(marks: Sequence[Mark], index: int) -> bool:
    """Whether a mark is a picture, or a tag that no other belongs to."""
    mark = marks[index]
    alone = not mark.role or not any(index in pair for pair in pairs(marks))
    return mark.kind == "symbol" or (mark.kind in ("tag", "format") and alone)


def numbered(source: Marked) -> str:
    """The text with numbers for its marks."""
    shown: list[str] = []
    end = 0
    for mark, name in zip(source.marks, _names(source.marks), strict=True):
        shown += source.text[end : mark.start], f"<{name}>"
        end = mark.end
    return "".join(shown) + source.text[end:]


def restored(answer: str, source: Marked) -> Marked | None:
    """The answer to a numbered text, with the marks themselves; None if one is lost, doubled, invented or misplaced."""
    places = {name: index for index, name in enumerate(_names(source.marks))}
    found = [(match, places.get(match[1] + match[2], -1)) for match in _NUMBER.finditer(answer)]
    order = [place for _, place in found]
    if sorted(order) != list(range(len(places))):
        return None
    text, marks, end = "", [], 0
    for match, place in found:
        mark = source.marks[place]
        before, after = _blanks(match, mark, source.text)
        before = before if text or match.start() else ""
        text += answer[end : match.start()] + before
        if not mark.role and not before and _GLUED.search(text) and source.text[mark.start - 1 : mark.start] == " ":
            text += " "
        marks.append(replace(mark, start=len(text), end=len(text) + mark.end - mark.start))
        text += source.literal(mark) + after
        end = match.end()
    return _sound(Marked(text + answer[end:], tuple(marks)), order, source)


def kept(answer: str, source: Marked) -> Marked | None:
    """The answer to the text as it is, if all its marks are there as often as they should, and in pairs."""
    marks, order = [], []
    left, literals = {mark: index for index, mark in enumerate(source.marks)}, set(map(source.literal, source.marks))
    position = 0
    while position < len(answer) and left:
        here = [mark for mark in left if answer.startswith(source.literal(mark), position)]
        if not here:
            position += 1
            continue
        mark = max(here, key=lambda mark: (mark.end - mark.start, -mark.start))
        size = mark.end - mark.start
        marks.append(replace(mark, start=position, end=position + size))
        order.append(left.pop(mark))
        position += size
    if left or any(answer.count(literal) != source.text.count(literal) for literal in literals):
        return None
    return _sound(Marked(answer, tuple(marks)), order, source)


def so_far(answer: str, source: Marked) -> str:
    """An answer under way, to be shown: numbers that are whole become their marks, one that is not yet is left out."""
    literals = dict(zip(_names(source.marks), map(source.literal, source.marks), strict=True))

    def literal(match: re.Match) -> str:
        blanks = re.fullmatch(r"(\s*).*?(\s*)", match[0], re.DOTALL)
        return blanks[1] + literals.get(match[1] + match[2], "") + blanks[2] if blanks else ""

    return _NUMBER.sub(literal, re.sub(r"[<＜]\s?/?\s?\d*$", "", answer)) if source.marks else answer


def split(source: Marked, uncut: Callable[[Mark], bool] = lambda mark: False) -> list[Stretch]:
    """The text cut at its marks; put together again, its stretches are the text.

    It is not cut at `uncut` marks, but for pairs around one that it is cut at.
    """
    cuts = {index for index, mark in enumerate(source.marks) if not uncut(mark)}
    for begin, end in pairs(source.marks):
        if any(index in cuts for index in range(begin, end + 1)):
            cuts |= {begin, end}
    stretches, end = [], 0
    for index in sorted(cuts):
        mark = source.marks[index]
        stretches += [*_prose(source, end, mark.start), Stretch(source.literal(mark), True)]
        end = mark.end
    return [*stretches, *_prose(source, end, len(source.text))]


def left_over(answer: Marked, source: Marked) -> list[Stretch]:
    """The answer cut around what stands within a pair of tags as in the source; empty if nothing does.

    Models that learned tags by names copy a word that stands alone in them: “*very* heavy”. Names may well be copied.
    """
    stretches: list[Stretch] = []
    end = 0
    untranslated = {text for begin, close in pairs(source.marks) if _word(text := _inside(source, begin, close))}
    for begin, close in sorted(pairs(answer.marks)):
        text = _inside(answer, begin, close)
        start = answer.marks[begin].end
        if close == begin + 1 and start >= end and text in untranslated:
            stretches += Stretch(answer.text[end:start], True), *_prose(Marked(text), 0, len(text))
            end = answer.marks[close].start
    return [*stretches, Stretch(answer.text[end:], True)] if stretches else []


def as_stretch(text: str, source: str, target: str) -> str:
    """The translation of a stretch of a sentence as it stands within one: no stop or capital that its source has not.

    `target` is a language's code. German nouns keep their capitals.
    """
    if text.endswith(".") and not source.endswith("."):
        text = text[:-1]
    if source[:1].islower() and target != "de" and text[1:2].islower():
        text = text[:1].lower() + text[1:]
    return text


def _inside(marked: Marked, begin: int, close: int) -> str:
    return marked.text[marked.marks[begin].end : marked.marks[close].start]


def _word(text: str) -> bool:
    """Whether a text is no name: it has a word without a capital, or is a label."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    return any(word[0].islower() for word in words) or (bool(words) and text.rstrip().endswith((":", "：")))


def _prose(source: Marked, start: int, end: int) -> Iterator[Stretch]:
    """A part of a text: what there is to translate, with the marks in it, apart from blanks around it."""
    text = source.text[start:end]
    content = text.strip()
    marks = tuple(mark for mark in source.marks if start <= mark.start and mark.end <= end)
    if not content or not has_prose(source.text[start:end], [moved(mark, -start) for mark in marks]):
        if text:
            yield Stretch(text, True)
        return
    before, _, after = text.partition(content)
    if before:
        yield Stretch(before, True)
    yield Stretch(content, False, tuple(moved(mark, -start - len(before)) for mark in marks))
    if after:
        yield Stretch(after, True)


def _names(marks: Sequence[Mark]) -> list[str]:
    """`1`, `2`, …; the end of a pair is named after its beginning, with a slash."""
    ends = dict(pairs(marks))
    names, number = [""] * len(marks), 0
    for index in range(len(marks)):
        if not names[index]:
            number += 1
            names[index] = str(number)
            if index in ends:
                names[ends[index]] = f"/{number}"
    return names


def pairs(marks: Sequence[Mark]) -> Iterator[tuple[int, int]]:
    """The indexes of tags that belong together, innermost first."""
    begun: list[int] = []
    for index, mark in enumerate(marks):
        if mark.role == "open":
            begun.append(index)
        elif mark.role == "close":
            at = next((at for at in reversed(range(len(begun))) if marks[begun[at]].name == mark.name), None)
            if at is not None:
                yield begun[at], index
                del begun[at:]


def _blanks(match: re.Match, mark: Mark, text: str) -> tuple[str, str]:
    """The blanks before and after a mark in an answer: none on a side where the source has none within a pair."""
    whole = match[0]
    before, after = whole[: len(whole) - len(whole.lstrip())], whole[len(whole.rstrip()) :]
    if mark.role == "open" and not text[mark.end : mark.end + 1].isspace():
        return before or after, ""
    if mark.role == "close" and not text[mark.start - 1 : mark.start].isspace():
        return "", after or before
    return before, after


def _sound(answer: Marked, order: list[int], source: Marked) -> Marked | None:
    """The answer if its pairs are in order: not crossed, and around something where they were."""
    at = {place: position for position, place in enumerate(order)}
    spans = sorted((at[begin], at[end], begin, end) for begin, end in pairs(source.marks))
    for begin, end, first, last in spans:
        if begin > end or _empty(answer, begin, end) > _empty(source, first, last):
            return None
    crossed = any(one[0] < other[0] < one[1] < other[1] for one in spans for other in spans)
    return None if crossed else answer


def _empty(marked: Marked, begin: int, end: int) -> bool:
    """Whether there is no prose between two marks."""
    inside = marked.marks[begin : end + 1]
    return not any(marked.text[one.end : other.start].strip() for one, other in pairwise(inside))
