"""Pairs of a source and its translation: read from TSV or JSONL, and split into those to learn and those held out."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hymt.documents.encoding import decode
from hymt.errors import Sentence, UserError

HELD_OUT_MOST = 200  # pairs: more of them take longer to translate, and say little more
NAMES = ("source", "target")


@dataclass(frozen=True)
class Pair:
    source: str
    target: str


@dataclass(frozen=True)
class Corpus:
    """A file's distinct pairs in its order, and how many of its lines were skipped and why."""

    pairs: list[Pair]
    empty: int = 0
    duplicates: int = 0


def read_pairs(path: Path) -> Corpus:
    """The pairs of a file: JSONL with "source" and "target" if its name ends in .jsonl, else two columns and a tab.

    A first line of TSV that says “source” and “target” is a heading. Lines in which a side is empty, and pairs that
    were there before, are skipped. Raises UserError, with the line's number, and OSError.
    """
    text = decode(path.read_bytes(), path.name)[0]
    read = _jsonl if path.suffix.lower() == ".jsonl" else _tsv
    pairs: dict[Pair, None] = {}
    empty = duplicates = 0
    for pair in read(text.removesuffix("\n").split("\n"), path.name):
        empty += pair is None
        duplicates += pair in pairs
        if pair is not None:
            pairs.setdefault(pair)
    if not pairs:
        raise UserError("no_pairs", name=path.name)
    return Corpus(list(pairs), empty, duplicates)


def _tsv(lines: list[str], name: str) -> Iterator[Pair | None]:
    for number, line in enumerate(lines, 1):
        columns = line.rstrip("\r").split("\t")
        if number == 1 and tuple(column.strip().lower() for column in columns) == NAMES:
            continue
        if line.strip() and len(columns) != 2:
            several = Sentence("columns", {"count": len(columns)})
            found = several if len(columns) > 1 else Sentence("one_column")
            raise UserError("bad_columns", line=number, name=name, columns=found)
        yield _pair(columns) if line.strip() else None


def _jsonl(lines: list[str], name: str) -> Iterator[Pair | None]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            yield None
            continue
        try:
            said = json.loads(line)
            sides = [said[key] for key in NAMES]
        except (ValueError, KeyError, TypeError):
            sides = []
        if not sides or not all(isinstance(side, str) for side in sides):
            raise UserError("bad_json_line", line=number, name=name)
        yield _pair(sides)


def _pair(sides: list[str]) -> Pair | None:
    """The two texts on one line each, as texts are translated; None if one is empty."""
    source, target = (re.sub(r"\s*[\r\n]+\s*", " ", side).strip() for side in sides)
    return Pair(source, target) if source and target else None


def split(pairs: list[Pair], share: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Pairs to learn and pairs held out: a share of the sources, one at least and HELD_OUT_MOST at most; none for 0.

    All pairs of a source are on the same side. Raises UserError if nothing is left to learn.
    """
    sources = list(dict.fromkeys(pair.source for pair in pairs))
    count = min(HELD_OUT_MOST, max(1, round(share * len(sources)))) if share else 0
    if count >= len(sources):
        raise UserError("too_few_pairs")
    chosen = set(random.Random(seed).sample(sources, count))
    return [p for p in pairs if p.source not in chosen], [p for p in pairs if p.source in chosen]


def apart(pairs: list[Pair], held_out: list[Pair]) -> list[Pair]:
    """The pairs whose source is not among those held out. Raises UserError if there are none."""
    sources = {pair.source for pair in held_out}
    left = [pair for pair in pairs if pair.source not in sources]
    if not left:
        raise UserError("nothing_to_learn")
    return left
