"""A glossary's terms on their way through a model.

In a source a term has marks around it, which have no characters: a model reads the plain sentence. They are put into
its answer where the term's words went, as tags are, and what is between them there becomes the wanted translation. Or
the translation stands in the source as a mark that the model copies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hymt.text.glossary import Glossary, missing
from hymt.text.marks import Mark, moved
from hymt.text.protection import Marked, pairs


def around_terms(source: Marked, glossary: Glossary, language: str) -> Marked:
    """The source with marks around its terms."""
    marks = list(source.marks)
    for found in glossary.find(source.text, language, source.marks):
        name = glossary.targets[found.term]
        marks.append(Mark(found.start, found.start, "term", "open", name))
        marks.append(Mark(found.end, found.end, "term", "close", name))
    return Marked(source.text, tuple(sorted(marks, key=lambda mark: (mark.start, mark.end))))


def wanted(source: Marked) -> list[str]:
    """What the terms of a source are to become."""
    return [source.marks[begin].name for begin, _ in _terms(source)]


def pairs_of(source: Marked) -> list[tuple[str, str]]:
    """The terms of a source as they stand there, each with what it is to become."""
    marks = source.marks
    found = ((source.text[marks[begin].end : marks[end].start], marks[begin].name) for begin, end in _terms(source))
    return list(dict.fromkeys(found))


def without_terms(source: Marked) -> Marked:
    """The source without the marks around terms."""
    return Marked(source.text, tuple(mark for mark in source.marks if not (mark.kind == "term" and mark.role)))


def as_literals(source: Marked) -> Marked:
    """The source with what its terms are to become in their places, as marks that a model copies."""
    return _replaced(source, lambda there, wanted: wanted)


def put_in(answer: Marked, language: str) -> Marked:
    """The answer, in which terms have marks around them, with what they are to become, unless it stands there."""
    return _replaced(answer, lambda there, wanted: wanted if missing([wanted], there, language) else there)


def with_capital(answer: Marked) -> Marked:
    """The answer with a capital if it begins with a term whose source had one."""
    first = answer.marks[0] if answer.marks else None
    if first is None or first.kind != "term" or answer.text[: first.start].strip() or not first.name[:1].isupper():
        return answer
    at = first.start
    return Marked(answer.text[:at] + answer.text[at : at + 1].upper() + answer.text[at + 1 :], answer.marks)


def _replaced(marked: Marked, choose: Callable[[str, str], str]) -> Marked:
    """The text with other words between the marks around terms, which become one mark each."""
    ends = dict(_terms(marked))
    text, marks, position, index = "", list[Mark](), 0, 0
    while index < len(marked.marks):
        mark = marked.marks[index]
        text += marked.text[position : mark.start]
        if ends.get(index) == index + 1:
            index += 1
            there = marked.text[mark.end : marked.marks[index].start]
            literal = choose(there, mark.name)
            mark = Mark(mark.start, mark.start + len(literal), "term", name=there)
        else:
            literal = marked.literal(mark)
        marks.append(moved(mark, len(text) - mark.start))
        text += literal
        position, index = marked.marks[index].end, index + 1
    return Marked(text + marked.text[position:], tuple(marks))


def _terms(marked: Marked) -> Sequence[tuple[int, int]]:
    """The pairs of marks around terms, by their indexes."""
    return [(begin, end) for begin, end in pairs(marked.marks) if marked.marks[begin].kind == "term"]
