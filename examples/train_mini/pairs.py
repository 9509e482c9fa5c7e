"""Pairs of a text and its translation on their way to examples: read, in both directions, as typed in a hurry."""

from __future__ import annotations

import lzma
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from hymt.text.prompts import STYLES

STYLE = STYLES["hunyuan-mt"]
UNSPACED = {"zh", "ja"}
SHORT = 24  # characters
ENDS = re.compile(r"[.!?。！？…»”\"]$")


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


def write_held_out(pairs: Iterable[Pair], folder: Path) -> None:
    """Those with English, as FOLDER/held-out.en-XX.tsv."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = defaultdict(list)
    for pair in pairs:
        if pair.source == "en":
            lines[pair.target].append(f"{pair.text}\t{pair.translation}\n")
    for language, some in lines.items():
        (folder / f"held-out.en-{language}.tsv").write_text("".join(some), encoding="utf-8")


def turned(pair: Pair) -> Pair:
    return Pair(pair.corpus, pair.passes, pair.target, pair.source, pair.translation, pair.text)


def both_directions(pairs: Iterable[Pair]) -> Iterator[Pair]:
    for pair in pairs:
        yield from (pair, turned(pair))


def in_a_hurry(directed: Iterable[Pair], seed: int = 4) -> Iterator[Pair]:
    """The examples, of which short ones without a full stop often begin with a small letter, as a word is typed."""
    rng = random.Random(seed)
    for pair in directed:
        short = len(pair.text) <= SHORT and not ENDS.search(pair.text)
        yield pair._replace(text=pair.text[0].lower() + pair.text[1:]) if short and rng.random() < 0.5 else pair
