"""A glossary: terms, what each is to be in the target language, and where they stand in a text.

A term is found in any case and with its language's usual endings, at word boundaries where a script has them; one all
in capitals, such as WHO, in capitals only. Of terms that overlap the longest counts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from hymt.errors import UserError
from hymt.text.languages import LANGUAGES
from hymt.text.marks import Mark

MOST_TERMS = 50_000
MOST_CHARACTERS = 200  # of a term

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff"  # scripts without spaces, and kana
_LETTER = rf"(?:(?![{_UNSPACED}\u0964\u0965])[\w\u0300-\u036f\u0900-\u0dff])"  # signs on letters too
# What the last letters of a word may become, by language: what they are, and what may stand for them. Endings that
# only add letters come last. Vowels that change within a word (Haus, Häuser) are not followed.
_CASES = "[аяоеёыиуюьйіїє]|[оеёаяыиії][мйхюв]|[аяыиі]ми|[ое](?:го|му)|[уюаяоеыи][юяеє]"  # of nouns and adjectives
_SLAVIC = ("[аяоеёьй]|[ыи]й|ая|ое", f"{_CASES}|"), ("", _CASES)
_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (("y", "ies"), ("", "'s|s'?|es")),
    "de": (("", "e[nrsm]?|ern|n|s|'s"),),
    "nl": (("", "e[nr]?|n|s|'s"),),
    "fr": (("al", "aux"), ("", "e?s|e|x")),
    "es": (("z", "ces"), ("ión", "iones"), ("", "e?s")),
    "pt": (("ão", "ões"), ("m", "ns"), ("l", "is"), ("", "e?s")),
    "it": (("[aeio]", "[aeio]|hi|he"),),
    "ru": _SLAVIC,
    "uk": _SLAVIC,
    "pl": (("[aeoyi]", r"\w{0,3}"), ("", r"\w{1,3}")),
    "cs": (("[aeoyi]", r"\w{0,3}"), ("", r"\w{1,3}")),
    "tr": (("", r"'?\w{1,4}"),),
    "ko": (("", "[가-힣]{1,3}"),),  # particles
}
_STEM = {"en": 3, "ko": 2}  # letters that a word has at least to take an ending; of other languages, 4


@dataclass(frozen=True, slots=True)
class Term:
    """What a term is to be translated as; `languages` are the codes of source and target if that is said."""

    source: str
    target: str
    languages: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A term in a text."""

    start: int
    end: int
    term: str


@dataclass(frozen=True)
class Glossary:
    """Terms, of one direction or several."""

    terms: tuple[Term, ...]

    @classmethod
    def of(cls, pairs: Mapping[str, str] | Iterable[Sequence[str]]) -> Glossary:
        """The glossary of pairs of a term and its translation. Raises UserError for what is no pair."""
        rows = list(pairs.items() if isinstance(pairs, Mapping) else pairs)
        for number, row in enumerate(rows, 1):
            if isinstance(row, str) or len(row) != 2 or not all(isinstance(cell, str) for cell in row):
                raise UserError("term_no_pair", place=number)
        return cls.from_rows((number, source, target) for number, (source, target) in enumerate(rows, 1))

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[int, str, str]], languages: tuple[str, str] | None = None) -> Glossary:
        """The glossary of terms with the places that refusals name, such as lines. Raises UserError."""
        terms: dict[str, tuple[Term, int]] = {}
        for place, source, target in rows:
            term = Term(_plain(source), _plain(target), languages)
            if not term.source or not term.target:
                raise UserError("term_empty", place=place)
            if max(len(term.source), len(term.target)) > MOST_CHARACTERS:
                raise UserError("term_too_long", place=place, limit=MOST_CHARACTERS)
            before, where = terms.setdefault(_folded(term.source), (term, place))
            if before.target != term.target:
                raise UserError("term_twice", term=term.source, first=where, second=place)
        if len(terms) > MOST_TERMS:
            raise UserError("too_many_terms", limit=f"{MOST_TERMS:,}")
        if not terms:
            raise UserError("no_terms")
        return cls(tuple(term for term, _ in terms.values()))

    def between(self, source: str, target: str) -> Glossary:
        """The terms of a direction, and those of no direction that is said. Raises UserError if there are none."""
        chosen = tuple(term for term in self.terms if term.languages in (None, (source, target)))
        if not chosen:
            there = next(term.languages for term in self.terms if term.languages)
            names = dict(zip(("source", "target"), map(LANGUAGES.__getitem__, there), strict=True))
            raise UserError("glossary_direction", **names, wanted=LANGUAGES[source], into=LANGUAGES[target])
        return Glossary(chosen)

    @cached_property
    def targets(self) -> dict[str, str]:
        """What each term is to be."""
        return {term.source: term.target for term in self.terms}

    @cached_property
    def _index(self) -> _Index:
        return _Index(self.targets)

    def find(self, text: str, language: str, marks: Sequence[Mark] = ()) -> list[Found]:
        """The terms in a text of a language, ascending and apart; none in a mark."""
        return self._index.find(text, language, marks)


def missing(targets: Iterable[str], text: str, language: str) -> list[str]:
    """Of the terms that a translation is to have, as often as they are named, those that it has not."""
    wanted = Counter(targets)
    there = Counter(found.term for found in _Index(wanted).find(text, language))
    return list((wanted - there).elements())


class _Index:
    """Terms by how they begin, so that many of them are looked for at once."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._by_beginning: dict[str, list[str]] = defaultdict(list)
        for term in terms:
            self._by_beginning[_folded(term)[:2]].append(term)

    def find(self, text: str, language: str, marks: Sequence[Mark] = ()) -> list[Found]:
        taken = bytearray(len(text))
        for mark in marks:
            taken[mark.start : mark.end] = b"\1" * (mark.end - mark.start)
        chosen: list[Found] = []
        for one in sorted(self._all(text, language), key=lambda one: (one.start - one.end, one.start)):
            if not any(taken[one.start : one.end]):
                taken[one.start : one.end] = b"\1" * (one.end - one.start)
                chosen.append(one)
        return sorted(chosen, key=lambda one: one.start)

    def _all(self, text: str, language: str) -> Iterator[Found]:
        """Every term wherever it stands."""
        folded = _folded(text)
        for start in range(len(text)):
            for beginning in {folded[start : start + 1], folded[start : start + 2]}:
                for term in self._by_beginning.get(beginning, ()):
                    if match := _pattern(term, language).match(text, start):
                        yield Found(*match.span(), term)


@lru_cache(maxsize=2 * MOST_TERMS)
def _pattern(term: str, language: str) -> re.Pattern[str]:
    """How a term may stand in a text of a language."""
    words = r"\s+".join(_word(word, language) for word in term.split(" "))
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, term) else ""
    after = rf"(?!{_LETTER})" if re.fullmatch(_LETTER, term[-1]) else ""
    acronym = term.isupper() and len(term) > 1
    return re.compile(before + words + after, 0 if acronym else re.IGNORECASE)


def _word(word: str, language: str) -> str:
    """A word as it may stand in a text, with the endings of its language."""
    literal = re.escape(word).replace("'", "['’]")
    if len(word) < _STEM.get(language, 4) or not re.fullmatch(_LETTER, word[-1]):
        return literal
    forms: list[str] = []
    for last, endings in _ENDINGS.get(language, ()):
        if found := re.search(f"(?:{last})$", word, re.IGNORECASE):
            forms.append(f"{re.escape(word[: found.start()])}(?:{endings})".replace("'", "['’]"))
    return f"(?:{'|'.join([*forms, literal])})"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _folded(text: str) -> str:
    """The text in small letters, as long as it was."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in text).replace("’", "'")
