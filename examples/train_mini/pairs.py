"""Pairs on their way to examples: read, varied, and in both directions.

What parallel text lacks is made from it: two or three sentences at once, sentences without their full stop, other
numbers, and addresses, which are to be copied to the letter.
"""

from __future__ import annotations

import lzma
import random
import re
import string
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from hymt.text.prompts import STYLES

STYLE = STYLES["hunyuan-mt"]
UNSPACED = {"zh", "ja"}
TOGETHER = 0.10  # of the examples are two or three sentences
NUMBERS = 0.5  # of the pairs with the same number on both sides come once more, with another one
COPIES = 0.02  # of the pairs come once more with an address to copy
BARE = 0.12  # of the pairs that end in a full stop come once more without it
ENDS = re.compile(r"[.!?。！？…»”\"]$")
STOPS = ".。"
DIGITS = re.compile(r"\d+")


class Pair(NamedTuple):
    corpus: str
    passes: float
    source: str
    target: str
    text: str
    translation: str


def prompt_head(source: str, target: str) -> str:
    """What stands before the text in Hunyuan-MT's prompt."""
    return STYLE.apply("", source, target)


def read_pairs(path: Path) -> Iterator[Pair]:
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            corpus, passes, *rest = line.rstrip("\n").split("\t")
            yield Pair(corpus, float(passes), *rest)


def both_directions(pairs: Iterable[Pair]) -> Iterator[Pair]:
    for pair in pairs:
        yield pair
        yield Pair(pair.corpus, pair.passes, pair.target, pair.source, pair.translation, pair.text)


def varied(pairs: list[Pair], seed: int = 3) -> list[Pair]:
    """The pairs and what is made from them."""
    rng = random.Random(seed)
    made = [*_together(pairs, rng)]
    for pair in pairs:
        numbers = set(DIGITS.findall(pair.text))
        if numbers and numbers == set(DIGITS.findall(pair.translation)) and rng.random() < NUMBERS:
            made.append(_other_numbers(pair, sorted(numbers), rng))
        if rng.random() < COPIES:
            made.append(_with_address(pair, rng))
        if pair.text[-1] in STOPS and pair.translation[-1] in STOPS and rng.random() < BARE:
            made.append(pair._replace(text=pair.text[:-1], translation=pair.translation[:-1]))
    return pairs + [pair for pair in made if pair.text and pair.translation]


def _together(pairs: list[Pair], rng: random.Random) -> Iterator[Pair]:
    """Short sentences of one corpus one behind the other: its lines have no neighbours that belong together."""
    groups = defaultdict(list)
    for pair in pairs:
        if len(pair.text) <= 140 and ENDS.search(pair.text) and ENDS.search(pair.translation):
            groups[pair.corpus, pair.source, pair.target].append(pair)
    for (_, source, target), group in groups.items():
        for _ in range(round(TOGETHER * len(group))):
            some = rng.sample(group, min(len(group), rng.choice((2, 2, 3))))
            yield some[0]._replace(
                text=_joined(source, [pair.text for pair in some]),
                translation=_joined(target, [pair.translation for pair in some]),
            )


def _joined(language: str, sentences: list[str]) -> str:
    return ("" if language in UNSPACED else " ").join(sentences)


def _other_numbers(pair: Pair, numbers: list[str], rng: random.Random) -> Pair:
    others = {number: _number(len(number), rng) for number in numbers}
    text, translation = (DIGITS.sub(lambda m: others[m[0]], side) for side in (pair.text, pair.translation))
    return pair._replace(text=text, translation=translation, passes=1)


def _number(digits: int, rng: random.Random) -> str:
    return str(rng.randrange(10 ** (digits - 1), 10**digits)) if digits > 1 else str(rng.randrange(2, 10))


def _with_address(pair: Pair, rng: random.Random) -> Pair:
    """The sentence with something that stays as it is: before it, behind it, or alone."""
    address = _address(rng)
    form = rng.choice(("{} {}", "{1} {0}", "{0} ({1})", "{1}"))
    text, translation = (form.format(side, address) for side in (pair.text, pair.translation))
    return pair._replace(text=text, translation=translation, passes=1)


def _address(rng: random.Random) -> str:
    def word(chars: str = string.ascii_lowercase) -> str:
        return "".join(rng.choices(chars, k=rng.randint(2, 9)))

    site = f"{word()}.{rng.choice(('com', 'org', 'io', 'net'))}"
    return rng.choice(
        (
            f"https://{site}/{word()}",
            f"http://www.{site}/{word()}/{word()}?{word()}={_number(3, rng)}",
            f"www.{site}",
            f"{word()}.{word()}@{site}",
            f"{word()}_{word()}.{rng.choice(('pdf', 'txt', 'py', 'png'))}",
            f"@{word()}{_number(2, rng)}",
            f"#{word()}",
            f"v{_number(1, rng)}.{_number(2, rng)}.{_number(1, rng)}",
            f"{word(string.ascii_uppercase)}-{_number(4, rng)}",
            f"+{_number(2, rng)} {_number(3, rng)} {_number(6, rng)}",
        )
    )
