"""Texts in capitals, which models leave as they are: in normal case, and what came of it in capitals again."""

from __future__ import annotations

import re

from hymt.text.protection import Marked, prose_changed, prose_only

_WORD = re.compile(r"[^\W\d_]+")
_BEGINNING = re.compile(r"(?:\A|[.!?]\s)[^\w.!?]*\w")
_FIRST_PERSON = re.compile(r"\bi\b(?=['’ ])")
_LEAST = 5  # letters that are more than an abbreviation
_LEFT = 0.5  # the share of an answer's words that are the source's, from which on it counts as left as it was


def is_in_capitals(text: str) -> bool:
    return sum(map(str.isupper, text)) >= _LEAST and not any(map(str.islower, text))


def is_left(answer: str, source: str) -> bool:
    """Whether an answer has mostly the words of its source."""
    words, before = _WORD.findall(answer.casefold()), set(_WORD.findall(source.casefold()))
    return sum(word in before for word in words) >= _LEFT * max(1, len(words))


def in_normal_case(source: Marked, language: str) -> Marked:
    """A text in capitals as it would be written without them; `language` is its code. Its marks stay."""

    def lowered(prose: str) -> str:
        low = "".join(_low(c) for c in prose)
        return _FIRST_PERSON.sub("I", low) if language == "en" else low

    low = prose_changed(source, lowered)
    text = list(low.text)
    for match in _BEGINNING.finditer(prose_only(low)):
        text[match.end() - 1] = _high(text[match.end() - 1])
    return Marked("".join(text), low.marks)


def in_capitals(answer: Marked) -> Marked:
    """A text with its prose in capitals, where its script has them."""
    return prose_changed(answer, str.upper)


def _low(c: str) -> str:
    return c.lower() if len(c.lower()) == 1 else c


def _high(c: str) -> str:
    return c.upper() if len(c.upper()) == 1 else c
