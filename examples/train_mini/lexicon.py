"""Single words and their translations, found in the everyday sentences: people try a translator with one word.

    python -m examples.train_mini.lexicon WORK

Reads WORK/pairs.tsv.xz and WORK/tokenizer, writes WORK/lexicon.tsv.xz. Word translations are estimated in both
directions by IBM model 1 (Brown et al. 1993); kept are words that are each other's most likely translation.
"""

from __future__ import annotations

import argparse
import lzma
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from .corpora import EVERY
from .pairs import UNSPACED, Pair, read_pairs

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
ENGLISH = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # let's; but l'eau is two words
LEFT_OUT = {"ja", "ko"}  # particles stay with their words, and a kana word's pieces are no words
ROUNDS = 5  # of expectation and maximisation
OFTEN = 4  # sentences that have both words
LIKELY = 0.3  # each word's probability, given the other,
WHOLE = 0.5  # or, where words are pieces, one that a piece of a longer word does not reach
PASSES = 6


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    asked = parser.parse_args(arguments)
    tokenizer = Tokenizer.from_file(str(asked.work / "tokenizer" / "tokenizer.json"))
    by_language = defaultdict(list)
    for pair in read_pairs(asked.work / "pairs.tsv.xz"):
        if pair.corpus == EVERY and pair.source == "en" and pair.target not in LEFT_OUT:
            by_language[pair.target].append(pair)
    with lzma.open(asked.work / "lexicon.tsv.xz", "wt", encoding="utf-8") as out:
        for language, pairs in by_language.items():
            found = lexicon(pairs, language, tokenizer)
            for one, other in found:
                out.write(f"lexicon\t{PASSES}\ten\t{language}\t{one}\t{other}\n")
            print(f"en-{language} {len(found):,}")


def lexicon(pairs: list[Pair], language: str, tokenizer: Tokenizer) -> list[tuple[str, str]]:
    """English words and their translations, in small letters and as at the beginning of a sentence."""
    english, other = Words("en", tokenizer), Words(language, tokenizer)
    sentences = [(english.of(pair.text), other.of(pair.translation)) for pair in pairs]
    one, two, sentence = _links(sentences)
    links, link_of = np.unique(one * len(other) + two, return_inverse=True)
    one, two = links // len(other), links % len(other)
    forth = _translations(link_of, one, sentence, two)
    back = _translations(link_of, two, sentence, one)
    often = np.bincount(link_of) >= OFTEN
    likely = np.minimum(forth, back) >= (WHOLE if language in UNSPACED else LIKELY)
    best = (forth == _most(forth, one)) & (back == _most(back, two))
    found = [(english.spelt(one[i]), other.spelt(two[i])) for i in np.flatnonzero(best & likely & often)]
    large = [(a[0].upper() + a[1:], b[0].upper() + b[1:]) for a, b in found]
    return list(dict.fromkeys(pair for both in zip(found, large, strict=True) for pair in both if pair[0] != pair[1]))


class Words:
    """The words of a language as numbers: letters between spaces, or a tokenizer's pieces where there are none."""

    def __init__(self, language: str, tokenizer: Tokenizer) -> None:
        self.unspaced, self.tokenizer = language in UNSPACED, tokenizer
        self.word = ENGLISH if language == "en" else WORD
        self.numbers: dict[str, int] = {}
        self.spellings: dict[int, Counter] = defaultdict(Counter)

    def __len__(self) -> int:
        return len(self.numbers)

    def of(self, text: str) -> list[int]:
        numbers = []
        for place, word in enumerate(self._cut(text)):
            number = self.numbers.setdefault(word.lower(), len(self.numbers))
            self.spellings[number][word] += 1 if place else 0  # every word is large at the beginning
            numbers.append(number)
        return sorted(set(numbers))

    def _cut(self, text: str) -> list[str]:
        if not self.unspaced:
            return self.word.findall(text)
        pieces = (self.tokenizer.decode([token]) for token in self.tokenizer.encode(text).ids)
        return [piece for piece in pieces if self.word.fullmatch(piece)]

    def spelt(self, number: int) -> str:
        """As it is spelt most often inside a sentence."""
        spelling, count = self.spellings[number].most_common(1)[0]
        return spelling if count else spelling.lower()


def _links(sentences: list[tuple[list[int], list[int]]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every word of a sentence with every word of its translation, and the sentence's number."""
    one = np.concatenate([np.repeat(a, len(b)) for a, b in sentences]).astype(np.int64)
    two = np.concatenate([np.tile(b, len(a)) for a, b in sentences]).astype(np.int64)
    return one, two, np.repeat(np.arange(len(sentences)), [len(a) * len(b) for a, b in sentences])


def _translations(link_of: np.ndarray, given: np.ndarray, sentence: np.ndarray, produced: np.ndarray) -> np.ndarray:
    """The probability of each link's word `produced`, given its word `given`, by IBM model 1 without an empty word."""
    probability = np.full(len(given), 1.0)
    words = sentence * (produced.max() + 1) + produced[link_of]  # those to be explained
    _, place = np.unique(words, return_inverse=True)
    for _ in range(ROUNDS):
        weights = probability[link_of]
        weights /= np.bincount(place, weights)[place]
        counts = np.bincount(link_of, weights)
        probability = counts / np.bincount(given, counts)[given]
    return probability


def _most(probability: np.ndarray, word: np.ndarray) -> np.ndarray:
    """The largest probability of all links with the same word."""
    most = np.zeros(word.max() + 1)
    np.maximum.at(most, word, probability)
    return most[word]


if __name__ == "__main__":
    main()
