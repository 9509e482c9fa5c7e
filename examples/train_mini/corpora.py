"""The parallel text: where it lies, what is left out of it, and how often a run should see each corpus.

`train/en-XX.tsv.xz` has three columns, corpus, English, XX; `extra/tatoeba_cross.tsv.xz` has four, two languages that
are not English and a sentence in each.
"""

from __future__ import annotations

import lzma
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "zh", "fr", "de", "es", "ja", "ru", "it", "pt", "ko")

# How often a run sees a pair in each direction: few everyday sentences often, much technical text hardly.
EVERYDAY = {"zh": 16, "fr": 5, "de": 5, "es": 6, "ja": 8, "ru": 10, "it": 12, "pt": 12, "ko": 16}
PASSES = {
    "bible": 1.0, "tico19-dev": 3, "opensource-guide": 5, "hf-course": 2.5, "rust-book": 3, "bitcoin.org": 3,
    "cncf-glossary": 3, "react-docs": 1.5, "dart-cn": 2, "tensorflow-docs": 0.6, "django-docs": 0.6, "python-docs": 0.6,
    "php-docs": 0.35, "esp-idf": 1, "esp-faq": 1, "esp-at": 0.8, "esp-iot-solution": 1, "mindspore-docs": 1,
    "echarts-doc": 1, "tldr-pages": 0.5,
}  # fmt: skip
CHINESE = 1.8  # times PASSES for Chinese, of which there is little else
CROSS = {"zh": 6, "ko": 8}  # pairs without English, by the scarcer of their languages; 2 for all others
EVERY = "tatoeba"

LONGEST = 480  # characters
PLACEHOLDERS = re.compile(
    r"[{}]|correct: |explain: |:numref:|:ref:|:class:|\(_[A-Z]\)|</?[a-z]+[ >]|\|\||\\[a-z]+\{|%[sd].*%[sd].*%[sd]"
)
DENSE = {"zh": (0.12, 1.2), "ja": (0.15, 1.6), "ko": (0.2, 1.8)}  # characters for one of the other side


@dataclass(frozen=True)
class Group:
    """Pairs of one corpus in two languages, and how often a run should see each of them in each direction."""

    corpus: str
    source: str
    target: str
    passes: float
    pairs: list[tuple[str, str]]


def read(folder: Path) -> list[Group]:
    """All groups of pairs that are good enough to learn, in a fixed order."""
    groups = []
    for language in LANGUAGES[1:]:
        corpora = defaultdict(list)
        for corpus, english, other in _rows(folder / "train" / f"en-{language}.tsv.xz"):
            corpora[corpus].append((english, other))
        for corpus, pairs in sorted(corpora.items()):
            groups.append(Group(corpus, "en", language, _passes(corpus, language), _good(pairs, "en", language)))
    cross = defaultdict(list)
    for source, target, one, other in _rows(folder / "extra" / "tatoeba_cross.tsv.xz"):
        cross[source, target].append((one, other))
    for (source, target), pairs in sorted(cross.items()):
        passes = max(CROSS.get(source, 2), CROSS.get(target, 2))
        groups.append(Group(EVERY, source, target, passes, _good(pairs, source, target)))
    return groups


def _rows(path: Path) -> Iterator[list[str]]:
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield [" ".join(column.split()) for column in line.rstrip("\n").split("\t")]


def _passes(corpus: str, language: str) -> float:
    if corpus == EVERY:
        return EVERYDAY[language]
    return PASSES[corpus] * (CHINESE if language == "zh" else 1)


def _good(pairs: list[tuple[str, str]], source: str, target: str) -> list[tuple[str, str]]:
    return [pair for pair in dict.fromkeys(pairs) if _fits(*pair, source, target)]


def _fits(one: str, other: str, source: str, target: str) -> bool:
    """Whether two sentences look like translations of each other, and like text."""
    if not one or not other or one == other or max(len(one), len(other)) > LONGEST:
        return False
    if PLACEHOLDERS.search(one) or PLACEHOLDERS.search(other):
        return False
    if source == "en" and len(one) >= 12:
        low, high = DENSE.get(target, (0.45, 2.4))
        if not low <= len(other) / len(one) <= high:
            return False
    letters = (sum(char.isalpha() or char == " " for char in side) / len(side) for side in (one, other))
    return all(len(side) <= 20 or share >= 0.7 for side, share in zip((one, other), letters, strict=True))
