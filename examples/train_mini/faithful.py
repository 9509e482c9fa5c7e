"""How faithfully a model copies, and whether it stops: what chrF hardly sees and readers see at once.

    python -m examples.train_mini.faithful MODEL TEST

MODEL is a folder or a name that hymt knows, TEST a folder of `tatoeba.en-XX.tsv`. Prints, for English into each
language and back, how many of the texts keep
  numbers     every number of a sentence whose reference has them all
  addresses   an address that was put behind a sentence
  names       a name that was put in Tom's place, where the reference has Tom in Latin letters; none of them was trained
  lines       the line breaks of ten sentences with blank lines between some
  short       the length: one word, or next to nothing, does not become a sentence
"""

from __future__ import annotations

import argparse
import random
import re
import unicodedata
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from hymt import Translator

from .variations import DIGITS, random_address

COUNT = 100  # texts of a kind and direction, where there are that many
NAMES = ("Bergström", "Cavalcanti", "Delgado", "Fitzgerald", "Haddad", "Lindqvist", "Nakamura", "Petrovic", "Sandoval")
SHORT = ("...", "?", "–", "42", "ok", "a", "1.", "(b)", "Mr.", "no", "PS", "№ 7")


class Check(NamedTuple):
    text: str
    kept: Callable[[str], bool]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("test", type=Path)
    asked = parser.parse_args(arguments)
    kinds = {"numbers": numbers, "addresses": addresses, "names": names, "lines": lines, "short": short}
    print(f"| direction | {' | '.join(kinds)} |\n|{' --- |' * (1 + len(kinds))}")
    with closing(Translator(asked.model)) as translator:
        for path in sorted(asked.test.glob("tatoeba.en-??.tsv")):
            pairs = [tuple(line.split("\t")[:2]) for line in path.read_text(encoding="utf-8").splitlines()]
            language = path.stem[-2:]
            for source, target, some in (("en", language, pairs), (language, "en", [pair[::-1] for pair in pairs])):
                rng = random.Random(1)
                cells = [_cell(translator, source, target, make(some, rng)) for make in kinds.values()]
                print(f"| {source}→{target} | {' | '.join(cells)} |", flush=True)


def _cell(translator, source: str, target: str, checks: list[Check]) -> str:
    if not checks:
        return "–"
    whole = "\n".join(check.text for check in checks)  # as somebody would paste it, one text of many lines
    translation = translator.translate(whole, to=target, source=source)
    sizes = [check.text.count("\n") + 1 for check in checks]
    parts = iter(translation.split("\n"))
    kept = [check.kept("\n".join(islice(parts, size))) for check, size in zip(checks, sizes, strict=True)]
    return f"{sum(kept)} of {len(kept)}"


def figures(text: str) -> set[str]:
    """The numbers in a text; Japanese writes some of them in wide digits."""
    return set(DIGITS.findall(unicodedata.normalize("NFKC", text)))


def numbers(pairs: list[tuple[str, str]], rng: random.Random) -> list[Check]:
    found = [(text, figures(text), figures(other)) for text, other in pairs]
    return [
        Check(text, lambda translation, wanted=wanted: wanted <= figures(translation))
        for text, wanted, other in found
        if wanted and wanted <= other
    ][:COUNT]


def addresses(pairs: list[tuple[str, str]], rng: random.Random) -> list[Check]:
    addressed = [(text, random_address(rng)) for text, _ in rng.sample(pairs, min(COUNT, len(pairs)))]
    return [Check(f"{text} {address}", lambda out, address=address: address in out) for text, address in addressed]


def names(pairs: list[tuple[str, str]], rng: random.Random) -> list[Check]:
    checks = []
    for text, other in pairs:
        if re.search(r"\bTom\b", text) and re.search(r"\bTom\b", other):
            name = rng.choice(NAMES)
            checks.append(Check(re.sub(r"\bTom\b", name, text), lambda translation, name=name: name in translation))
    return checks[:COUNT]


def lines(pairs: list[tuple[str, str]], rng: random.Random) -> list[Check]:
    checks = []
    for begin in range(0, min(len(pairs), COUNT), 10):
        text = "".join(line + rng.choice(("\n", "\n\n")) for line, _ in pairs[begin : begin + 10]).strip()
        filled = [bool(line) for line in text.split("\n")]
        checks.append(
            Check(text, lambda translation, filled=filled: [bool(line) for line in translation.split("\n")] == filled)
        )
    return checks


def short(pairs: list[tuple[str, str]], rng: random.Random) -> list[Check]:
    """Besides next to nothing, the shortest texts there are without their full stops."""
    texts = [*SHORT, *(text.rstrip(".!?。！？") for text, _ in sorted(pairs, key=lambda pair: len(pair[0]))[:28])]
    return [
        Check(text, lambda translation, text=text: 0 < len(translation.encode()) <= 24 + 3 * len(text.encode()))
        for text in texts
    ]


if __name__ == "__main__":
    main()
