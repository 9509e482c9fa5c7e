"""chrF and BLEU of a model on held-out pairs, in every direction and by several numbers of beams.

    python -m examples.train_mini.evaluate MODEL TEST --beams 1 4

MODEL is a folder or a name that hymt knows, TEST a folder of `NAME.en-XX.tsv`: English and XX side by side. Translated
by hymt as an app would, all lines of a file as blocks of one job. Prints a Markdown table: chrF / BLEU for each number
of beams, and how many outputs are stuck in a loop still, after hymt asked again for those that were.
"""

from __future__ import annotations

import argparse
import json
import re
from contextlib import closing
from pathlib import Path
from statistics import mean

from sacrebleu import corpus_bleu, corpus_chrf

from hymt import Translator
from hymt.engine.decoding import Decoding
from hymt.text.blocks import Block
from hymt.text.repetition import is_stuck
from hymt.translation.asking import Options
from hymt.translation.events import Done

TOKENIZERS = {"zh": "zh", "ja": "char", "ko": "char"}  # of BLEU, where words are not set apart by spaces


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("test", type=Path)
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--precision", default=None)
    parser.add_argument("--limit", type=int, help="at most this many pairs of each file")
    parser.add_argument("--json", type=Path, help="write all scores and outputs here")
    asked = parser.parse_args(arguments)
    rows = []
    columns = [f"{count} {'beams' if count > 1 else 'beam'}: chrF / BLEU | stuck" for count in asked.beams]
    print(f"| direction | set | {' | '.join(columns)} |\n|{' --- |' * (2 + 2 * len(asked.beams))}")
    with closing(Translator(asked.model, asked.precision)) as translator:
        for path in sorted(asked.test.glob("*.en-??.tsv")):
            pairs = [line.split("\t")[:2] for line in path.read_text(encoding="utf-8").splitlines()[: asked.limit]]
            english, other = (list(side) for side in zip(*pairs, strict=True))
            name, language = re.fullmatch(r"(.*)\.en-(..)", path.stem).groups()
            for source, target, texts, references in (
                ("en", language, english, other),
                (language, "en", other, english),
            ):
                row = {"set": name, "direction": f"{source}→{target}"}
                row["beams"] = [_scores(translator, source, target, texts, references, n) for n in asked.beams]
                rows.append(row)
                print(_line(row), flush=True)
    for name in dict.fromkeys(row["set"] for row in rows):
        some = [row["beams"] for row in rows if row["set"] == name]
        print(_line({"set": name, "direction": "mean", "beams": [_mean(scores) for scores in zip(*some, strict=True)]}))
    if asked.json:
        asked.json.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def _scores(translator, source: str, target: str, texts: list[str], references: list[str], beams: int) -> dict:
    job = translator.job([Block.of(text) for text in texts], target, source, Options(Decoding(beams=beams)))
    *_, last = job.events()
    if not isinstance(last, Done):
        raise RuntimeError(getattr(last, "reason", "the job was stopped"))
    bleu = corpus_bleu(job.translations, [references], tokenize=TOKENIZERS.get(target, "13a")).score
    chrf = corpus_chrf(job.translations, [references]).score
    stuck = sum(map(is_stuck, job.translations, texts))
    return {"chrf": chrf, "bleu": bleu, "stuck": stuck, "outputs": list(job.translations)}


def _mean(scores: tuple[dict, ...]) -> dict:
    """Of all directions: mean scores, and all that got stuck."""
    means = {key: mean(one[key] for one in scores) for key in ("chrf", "bleu")}
    return means | {"stuck": sum(one["stuck"] for one in scores)}


def _line(row: dict) -> str:
    cells = [f"{scores['chrf']:.1f} / {scores['bleu']:.1f} | {scores['stuck']}" for scores in row["beams"]]
    return f"| {row['direction']} | {row['set']} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
