"""Which attention head of a model looks at the word that is being translated: found by words that are only copied.

Names and numbers are the same in a text and its translation, so that it is known where each came from. In a model that
was trained on pairs of sentences one head or several find nearly all of them (Garg et al., 2019, found the same of
encoders and decoders).
"""

from __future__ import annotations

import queue
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hymt.engine.decoding import Decoding
from hymt.engine.protocol import Alignment, EngineFailed, Request, Update
from hymt.errors import UserError
from hymt.models.loaded import Loaded
from hymt.text.blocks import Block
from hymt.text.prompts import STYLES
from hymt.translation.translator import Translator

SOURCE = "en"
TARGETS = ("de", "fr", "es", "zh", "ja")  # the first three of them that a model knows
TEXTS = """
Anna and Peter met in Berlin in 1994.
The train from Madrid to Barcelona leaves at 17:45.
Maria sold 350 tickets before Oliver came.
In 2012 the company moved from Boston to Dallas.
Daniel lives with Sarah and Thomas in Vienna.
Laura wrote 28 letters to Martin last year.
Microsoft and Google opened new offices in Toronto.
The book by Robert Klein has 412 pages.
Paul drove 640 kilometres to see Julia in Hamburg.
Linux runs on 96 of these computers, Windows on 15.
Emma is 37 years old, and her brother Jonas is 41.
Mr. Wagner sent the parcel to Lisa on 23 May.
Version 4.2 of Firefox was faster than Chrome.
David paid 75 dollars for the camera in Chicago.
On Monday Alice told Victor that Bruno was in Lisbon.
The hotel Miramar has 128 rooms and 19 suites.
""".strip().split("\n")
_WORD = re.compile(r"[A-Z][a-z]{3,}|\d[\d.:]*\d")


@dataclass(frozen=True)
class Found:
    """How many of the copied words a head of a layer finds: of `words`, `right` ones."""

    layer: int
    head: int
    right: int
    words: int


@dataclass(frozen=True)
class _Case:
    """A text, its translation, and which tokens of either are the same words."""

    prompt: list[int]
    answer: list[int]
    place: tuple[int, int]
    copied: list[tuple[list[int], list[int]]]  # tokens of the answer, of the source


def find_heads(translator: Translator, told: Callable[[float], None] = lambda fraction: None) -> list[Found]:
    """All heads of the loaded model, the best first. `told` hears how much is done.

    Raises UserError for a model that copies too few words to tell, or whose heads nobody can see.
    """
    loaded = translator.manager.current()
    if loaded.model.shape is None:
        raise UserError("no_heads", model=loaded.model.name)
    cases = [case for target in _targets(loaded) for case in _cases(translator, loaded, target)]
    words = sum(len(case.copied) for case in cases)
    if words < len(TEXTS):
        raise UserError("too_few_copied", model=loaded.model.name, words=words)
    right: Counter[tuple[int, int]] = Counter()
    for layer in range(loaded.model.shape.layers):
        told(layer / loaded.model.shape.layers)
        for case, attention in _ask(loaded, layer, loaded.model.shape.heads, cases):
            for head, looks in enumerate(attention):
                right[layer, head] += sum(_looks_right(looks, *words) for words in case.copied)
    return [Found(*head, count, words) for head, count in sorted(right.items(), key=lambda one: (-one[1], one[0]))]


def _targets(loaded: Loaded) -> list[str]:
    return [code for code in TARGETS if code in loaded.model.targets][:3]


def _cases(translator: Translator, loaded: Loaded, target: str) -> Iterator[_Case]:
    job = translator.job([Block(text) for text in TEXTS], target, SOURCE, translator.options(beams=1))
    for _ in job.events():
        pass
    for text, answer in zip(TEXTS, job.translations, strict=True):
        turn = STYLES[loaded.model.family].apply(text, SOURCE, target)
        place, source = loaded.tokenizer.place(turn, text)
        copied = list(_copied(text, answer, source, loaded.tokenizer.spans(answer)))
        yield _Case(loaded.tokenizer.prompt(turn), loaded.tokenizer.completion(answer)[:-1], place, copied)


def _copied(text: str, answer: str, source, tokens) -> Iterator[tuple[list[int], list[int]]]:
    for match in _WORD.finditer(text):
        word = match[0]
        if text.count(word) == answer.count(word) == 1:
            start = answer.index(word)
            yield _within(tokens, start, start + len(word)), _within(source, *match.span())


def _within(spans, start: int, end: int) -> list[int]:
    return [number for number, (first, last) in enumerate(spans) if first < end and last > start]


def _ask(loaded: Loaded, layer: int, heads: int, cases: list[_Case]) -> Iterator[tuple[_Case, list[list[list[float]]]]]:
    """What the heads of a layer look at in each case."""
    answers: queue.SimpleQueue[Update] = queue.SimpleQueue()
    for case in cases:
        alignment = Alignment(case.answer, case.place, layer, tuple(range(heads)))
        loaded.engine.submit(Request("align", case.prompt, 1, Decoding(), answers.put, case, alignment=alignment))
    for _ in cases:
        update = answers.get()
        if update.attention is None or not isinstance(update.request.key, _Case):
            raise update.error or EngineFailed()
        yield update.request.key, update.attention


def _looks_right(attention: list[list[float]], answer: list[int], source: list[int]) -> bool:
    """Whether the tokens of a word together look at those of the same word most."""
    looks = [sum(column) for column in zip(*(attention[token] for token in answer), strict=True)]
    return looks.index(max(looks)) in source
