"""What a precision costs in quality: chrF of every precision on the same sentences, beside FP32's.

    python examples/fidelity.py FOLDER --precisions fp32 fp16 int8 int8/reference --limit 200

FOLDER holds TSV files of English and another language's sentences, side by side, one file a language and named after
it (`en-fr.tsv`, `tatoeba.en-fr.tsv`). Both directions are translated greedily, all lines of one as blocks of one job.
A precision may name its kernels behind a slash. Prints a Markdown table; differences are those from its first column.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import mean

from sacrebleu.metrics import CHRF

from hymt import Translator
from hymt.engine.decoding import FUSED, KERNELS, Decoding
from hymt.models.manager import ModelManager
from hymt.models.precision import PRECISIONS
from hymt.text.blocks import Block
from hymt.translation.asking import Options
from hymt.translation.events import Done

COLUMNS = ("fp32", "bf16", "fp16", "int8", "int8/reference", "nf4")
GREEDY = Options(Decoding(beams=1))


@dataclass(frozen=True)
class Column:
    """A precision, computed by one of the two sets of kernels."""

    precision: str
    kernels: str = FUSED

    @classmethod
    def parse(cls, text: str) -> Column:
        """`int8` or `int8/reference`. Raises ValueError."""
        precision, _, kernels = text.partition("/")
        if precision not in PRECISIONS or (kernels or FUSED) not in KERNELS:
            raise ValueError(text)
        return cls(precision, kernels or FUSED)

    @property
    def label(self) -> str:
        return PRECISIONS[self.precision].label + ("" if self.kernels == FUSED else f", {self.kernels} kernels")


@dataclass(frozen=True)
class Direction:
    """Sentences of one language and their translations into another."""

    source: str
    target: str
    sentences: list[str]
    references: list[str]

    def __str__(self) -> str:
        return f"{self.source}→{self.target}"


@dataclass(frozen=True)
class Result:
    """A direction's translations, and their chrF against its references, from 0 to 100."""

    lines: list[str]
    chrf: float


def read_directions(folder: Path, limit: int | None) -> list[Direction]:
    """Both directions of every `*en-XX.tsv` of a folder, of each file the first `limit` lines."""
    directions = []
    for path in sorted(folder.glob("*.tsv")):
        if not (name := re.search(r"\ben-([a-z]{2,3})$", path.stem)):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()[:limit]
        english, other = (list(side) for side in zip(*(line.split("\t")[:2] for line in lines), strict=True))
        directions += [Direction("en", name[1], english, other), Direction(name[1], "en", other, english)]
    return directions


def translate(translator: Translator, direction: Direction) -> Result:
    """Raises RuntimeError with the job's own words if it fails."""
    blocks = [Block.of(sentence) for sentence in direction.sentences]
    job = translator.job(blocks, direction.target, direction.source, GREEDY)
    *_, last = job.events()
    if not isinstance(last, Done):
        raise RuntimeError(getattr(last, "reason", "the job was stopped"))
    return Result(job.translations, CHRF().corpus_score(job.translations, [direction.references]).score)


def measure(model: str, columns: list[Column], directions: list[Direction]) -> dict[Column, list[Result]]:
    """Each column's results, a direction each; one model is loaded at a time, one manager serves a set of kernels."""
    results = {}
    for kernels, group in groupby(sorted(columns, key=lambda column: column.kernels), lambda column: column.kernels):
        translator = Translator(manager=ModelManager(kernels=kernels))
        for column in group:
            translator.manager.swap(model, column.precision)
            began = time.perf_counter()
            results[column] = []
            for direction in directions:
                results[column].append(translate(translator, direction))
                print(f"{column.label}: {direction} {results[column][-1].chrf:.2f}", file=sys.stderr)
            print(f"{column.label}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
        translator.close()
    return {column: results[column] for column in columns}


def table(directions: list[Direction], results: dict[Column, list[Result]]) -> str:
    """chrF of every direction and column, then what sets the columns apart from the first."""
    first, *others = results.values()
    rows = [["direction", *(column.label for column in results)], ["---", *("---:" for _ in results)]]
    for index, direction in enumerate(directions):
        rows.append([str(direction), *(f"{column[index].chrf:.2f}" for column in results.values())])
    rows.append(["mean", *(f"{mean(result.chrf for result in column):.2f}" for column in results.values())])
    gaps = [[mine.chrf - its.chrf for mine, its in zip(column, first, strict=True)] for column in others]
    rows.append(["mean difference", "", *(f"{mean(gap):+.2f}" for gap in gaps)])
    rows.append(["largest difference", "", *(_largest(gap, directions) for gap in gaps)])
    rows.append(["identical lines", "", *(f"{_identical(column, first):.1%}" for column in others)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _largest(gaps: list[float], directions: list[Direction]) -> str:
    gap, direction = max(zip(gaps, directions, strict=True), key=lambda pair: abs(pair[0]))
    return f"{gap:+.2f} ({direction})"


def _identical(column: list[Result], first: list[Result]) -> float:
    pairs = [pair for mine, its in zip(column, first, strict=True) for pair in zip(mine.lines, its.lines, strict=True)]
    return mean(mine == its for mine, its in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder of the TSV files")
    parser.add_argument("--model", default="hymt-mini", help="a model's name or folder (%(default)s)")
    parser.add_argument("--precisions", nargs="+", default=COLUMNS, metavar="P", help=f"({' '.join(COLUMNS)})")
    parser.add_argument("--limit", type=int, help="at most this many lines of each file")
    options = parser.parse_args()
    try:
        columns = [Column.parse(text) for text in options.precisions]
    except ValueError as error:
        parser.error(f"no such precision: {error}")
    if not (directions := read_directions(options.folder, options.limit)):
        parser.error(f"{options.folder} has no file like en-fr.tsv")
    print(table(directions, measure(options.model, columns, directions)))


if __name__ == "__main__":
    main()
