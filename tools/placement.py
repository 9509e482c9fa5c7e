"""How often a tag comes back at the right word, and whether all come back well-formed.

    python tools/placement.py FOLDER --languages de fr es zh ja --sentences 150

FOLDER has `NAME.en-XX.tsv`, an English sentence and one of another language a line. Both ways, single words of each
sentence are put into a tag: names, numbers and others of four letters or more. The right place is known where the word
is copied, or where its translation by itself is in that of the sentence, once: so part of what counts as wrong is
another word of the same meaning.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hymt import Translator
from hymt.text.blocks import Block

WORD = re.compile(r"(?<![\w'’-])(?:[^\W\d_][\w'’-]{3,}|\d[\d.,]*\d|\d)")
UNSPACED = ("zh", "ja")
TAG = re.compile(r"<b>(.*?)</b>", re.DOTALL)


@dataclass(frozen=True)
class Case:
    """A sentence with one word in a tag, and what the word becomes in its translation."""

    tagged: str
    word: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", nargs="+", default=["de", "fr", "es", "zh", "ja"])
    parser.add_argument("--sentences", type=int, default=150, help="of each language")
    parser.add_argument("--model")
    options = parser.parse_args()
    translator = Translator(options.model)
    for language in options.languages:
        english, other = pairs(options.folder, language, options.sentences)
        for source, target, texts in (("en", language, english), (language, "en", other)):
            if source not in UNSPACED:
                report(translator, source, target, texts)
            else:
                report(translator, source, target, texts, reverse=True)


def pairs(folder: Path, language: str, count: int) -> tuple[list[str], list[str]]:
    lines = [
        line.split("\t") for path in sorted(folder.glob(f"*.en-{language}.tsv")) for line in path.open(encoding="utf-8")
    ]
    rows = [row for row in lines if len(row) == 2 and 25 < len(row[0]) < 120]
    random.Random(1).shuffle(rows)
    return [row[0] for row in rows[:count]], [row[1].strip() for row in rows[:count]]


def translated(translator: Translator, texts: list[str], source: str, target: str) -> list[str]:
    job = translator.job([Block.of(text) for text in texts], target, source, translator.options(beams=1))
    for _ in job.events():
        pass
    return job.translations


def report(translator: Translator, source: str, target: str, texts: list[str], reverse: bool = False) -> None:
    """`reverse`: the words are those of the translation, and looked for in a source without spaces."""
    plain = translated(translator, texts, source, target)
    words = sorted({word for text in (plain if reverse else texts) for word in WORD.findall(text)})
    said = translated(translator, words, *((target, source) if reverse else (source, target)))
    lexicon = {word: one.strip(" .。") for word, one in zip(words, said, strict=True)}
    rows = zip(texts, plain, strict=True)
    cases = [case for row in rows for case in (backward(*row, lexicon) if reverse else forward(*row, lexicon, target))]
    answers = translated(translator, [case.tagged for case in cases], source, target)
    whole = right = 0
    for case, answer in zip(cases, answers, strict=True):
        whole += answer.count("<b>") == answer.count("</b>") == len(TAG.findall(answer)) == 1
        right += is_right(case, answer, target)
    share = right / max(1, len(cases))
    print(
        f"{source}→{target}: {len(cases)} words, {whole} well-formed, {right} at the right word ({share:.1%})",
        flush=True,
    )


def forward(text: str, plain: str, lexicon: dict[str, str], target: str) -> Iterator[Case]:
    for match in WORD.finditer(text):
        word = match[0]
        for meant in (word, lexicon[word]):
            if meant and once(word, text) and (plain.count(meant) == 1 if target in UNSPACED else once(meant, plain)):
                yield Case(tagged(text, *match.span()), meant)
                break


def backward(text: str, plain: str, lexicon: dict[str, str]) -> Iterator[Case]:
    for match in WORD.finditer(plain):
        meant = lexicon[match[0]]
        if meant and text.count(meant) == 1 and once(match[0], plain):
            start = text.index(meant)
            yield Case(tagged(text, start, start + len(meant)), match[0])


def once(word: str, text: str) -> bool:
    return len(re.findall(as_word(word), text, re.IGNORECASE)) == 1


def as_word(word: str) -> str:
    return rf"(?<!\w){re.escape(word)}(?!\w)"


def place(word: str, text: str, language: str) -> tuple[int, int]:
    """Where a word is in a text; (0, 0) if it is not."""
    found = re.search(re.escape(word) if language in UNSPACED else as_word(word), text, re.IGNORECASE)
    return found.span() if found else (0, 0)


def tagged(text: str, start: int, end: int) -> str:
    return f"{text[:start]}<b>{text[start:end]}</b>{text[end:]}"


def is_right(case: Case, answer: str, target: str) -> bool:
    """Whether at least half of the word is in the tag, and not much else: an article or an ending may be."""
    found = TAG.search(answer)
    start, end = place(case.word, TAG.sub(r"\1", answer), target)
    if not found or start == end:
        return False
    begin, size = found.start(), len(found[1])
    inside = min(begin + size, end) - max(begin, start)
    return 2 * inside >= end - start and size <= end - start + (4 if target in UNSPACED else 14)


if __name__ == "__main__":
    main()
