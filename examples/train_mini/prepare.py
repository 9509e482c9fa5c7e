"""Clean the parallel text and keep what a run will see of it.

    python -m examples.train_mini.prepare DATA WORK

DATA holds `train/` and `extra/` (see corpora.py). Writes WORK/pairs.tsv.xz: corpus, the passes that a run should make
over the line, source and target language, source, target. Of a corpus that a run sees less than once, that share.
"""

from __future__ import annotations

import argparse
import lzma
import random
from collections import Counter
from pathlib import Path

from .corpora import read


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    asked = parser.parse_args(arguments)
    asked.work.mkdir(parents=True, exist_ok=True)
    rng, counts = random.Random(7), Counter()
    with lzma.open(asked.work / "pairs.tsv.xz", "wt", encoding="utf-8") as out:
        for group in read(asked.data):
            kept = [pair for pair in group.pairs if rng.random() < group.passes]
            for one, other in sorted(kept):
                line = (group.corpus, f"{max(1.0, group.passes):g}", group.source, group.target, one, other)
                out.write("\t".join(line) + "\n")
            counts[group.source, group.target] += len(kept)
    for (source, target), count in sorted(counts.items()):
        print(f"{source}-{target} {count:,}")


if __name__ == "__main__":
    main()
