"""Examples as tokens, and batches of them: one behind the other without padding, each attending to itself alone.

An example is <|startoftext|> PROMPT TEXT <|extra_0|> TRANSLATION <|eos|>; what follows <|extra_0|> is learnt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from tokenizers import Tokenizer

from .pairs import Pair, prompt_head

LONGEST = 264  # tokens of an example; longer ones are left out
FRAME = 4  # its tokens besides text and translation: begin, prompt, answer, end
IGNORED = -100


@dataclass(frozen=True)
class Corpus:
    """Sentences as tokens, one behind the other, and directed examples that name a text and a translation."""

    tokens: np.ndarray  # uint16
    starts: np.ndarray  # of each sentence, and the end
    text: np.ndarray  # by example: the number of a sentence
    translation: np.ndarray
    head: np.ndarray  # the prompt's token
    passes: np.ndarray

    def lengths(self, sentences: np.ndarray) -> np.ndarray:
        return self.starts[sentences + 1] - self.starts[sentences]

    def __len__(self) -> int:
        return len(self.text)

    def take(self, chosen: np.ndarray) -> Corpus:
        columns = (column[chosen] for column in (self.text, self.translation, self.head, self.passes))
        return Corpus(self.tokens, self.starts, *columns)


def tokenise(pairs: list[Pair], tokenizer: Tokenizer) -> Corpus:
    """Each distinct sentence is kept once. Examples longer than LONGEST are left out."""
    numbers: dict[str, int] = {}
    text = np.array([numbers.setdefault(pair.text, len(numbers)) for pair in pairs])
    translation = np.array([numbers.setdefault(pair.translation, len(numbers)) for pair in pairs])
    sentences, parts, lengths = list(numbers), [], []
    for begin in range(0, len(sentences), 50_000):
        encoded = tokenizer.encode_batch_fast(sentences[begin : begin + 50_000], add_special_tokens=False)
        ids = [encoding.ids for encoding in encoded]
        lengths += map(len, ids)
        parts.append(np.fromiter(chain.from_iterable(ids), np.uint16))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    heads = {way: tokenizer.token_to_id(prompt_head(*way)) for way in {(pair.source, pair.target) for pair in pairs}}
    head = np.array([heads[pair.source, pair.target] for pair in pairs])
    passes = shared_passes(translation, np.array([pair.passes for pair in pairs]))
    corpus = Corpus(np.concatenate(parts), starts, text, translation, head, passes)
    size = corpus.lengths(text) + corpus.lengths(translation) + FRAME
    return corpus.take(np.flatnonzero(size <= LONGEST))


def shared_passes(translation: np.ndarray, passes: np.ndarray) -> np.ndarray:
    """Fewer passes for a translation that several texts share, as the English of a corpus in many languages does.

    Learnt once for each language it would be known by heart, and come up unasked: n of them count as √n.
    """
    return passes * np.sqrt(passes / np.bincount(translation, passes)[translation])


def special_tokens(tokenizer: Tokenizer) -> dict[str, int]:
    names = {"pad": "<|pad|>", "begin": "<|startoftext|>", "end": "<|eos|>", "answer": "<|extra_0|>"}
    return {name: tokenizer.token_to_id(token) for name, token in names.items()}


class Packer:
    """Batches of `size` tokens whose tensors always have the same shapes, as compiled code wants them.

    tokens, positions (size,); ends: int32 (size / 16,), where each example ends, the first being 0; answers: the
    places that predict (ANSWERS · size,), and labels, IGNORED where there are fewer.
    """

    ANSWERS = 0.55  # most of them; a batch ends where the next example would not fit

    def __init__(self, corpus: Corpus, special: dict[str, int], size: int) -> None:
        self.corpus, self.special, self.size = corpus, special, size
        self.places = int(size * self.ANSWERS)
        self.segments = size // 16

    def epochs(self, share: float, seed: int) -> Iterator[dict[str, torch.Tensor]]:
        """Batches without end: in `share` of an epoch's time every example comes share · passes times on average."""
        rng = np.random.default_rng(seed)
        while True:
            wanted = self.corpus.passes * share
            times = np.floor(wanted).astype(int)
            times += rng.random(len(wanted)) < wanted - times
            order = np.repeat(np.arange(len(wanted)), times)
            rng.shuffle(order)
            batch = None
            for batch in self.batches(order):
                yield batch
            if batch is None:
                raise ValueError(f"There are too few examples to fill a batch of {self.size} tokens.")

    def batches(self, order: np.ndarray) -> Iterator[dict[str, torch.Tensor]]:
        """The examples in this order, but those at the end that fill no batch."""
        chosen = self.corpus.take(order)
        answers = chosen.lengths(chosen.translation) + 1
        sizes = chosen.lengths(chosen.text) + answers + FRAME - 1
        total, learnt = np.cumsum(sizes), np.cumsum(answers)
        begin = 0
        while begin < len(order):
            before = (total[begin - 1], learnt[begin - 1]) if begin else (0, 0)
            end = min(
                np.searchsorted(total, before[0] + self.size, "right"),
                np.searchsorted(learnt, before[1] + self.places, "right"),
                begin + self.segments - self.size // LONGEST - 2,
            )
            if end >= len(order):
                return
            yield self.pack(chosen.take(np.arange(begin, end)))
            begin = end

    def pack(self, examples: Corpus) -> dict[str, torch.Tensor]:
        texts, answers = examples.lengths(examples.text), examples.lengths(examples.translation)
        sizes = texts + answers + FRAME
        starts = np.cumsum(sizes) - sizes
        asked = starts + 2 + texts  # where <|extra_0|> is
        tokens = np.full(self.size, self.special["pad"])
        tokens[starts], tokens[starts + 1] = self.special["begin"], examples.head
        tokens[asked], tokens[starts + sizes - 1] = self.special["answer"], self.special["end"]
        tokens[_runs(starts + 2, texts)] = examples.tokens[_runs(examples.starts[examples.text], texts)]
        tokens[_runs(asked + 1, answers)] = examples.tokens[_runs(examples.starts[examples.translation], answers)]

        predicting = _runs(asked, answers + 1)
        places, labels = np.zeros(self.places, int), np.full(self.places, IGNORED)
        places[: len(predicting)], labels[: len(predicting)] = predicting, tokens[predicting + 1]

        used = int(sizes.sum())
        edges = np.concatenate([starts, np.arange(used, self.size, LONGEST)])  # the rest is cut into examples too
        ends = np.full(self.segments, self.size, np.int32)
        ends[: len(edges)] = edges
        positions = np.arange(self.size) - np.repeat(edges, np.diff(np.append(edges, self.size)))
        arrays = {"tokens": tokens, "positions": positions, "ends": ends, "places": places, "labels": labels}
        return {name: torch.from_numpy(array) for name, array in arrays.items()}


def _runs(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The numbers of several runs, one behind the other: each run's start, start + 1, …"""
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
