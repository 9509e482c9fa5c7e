"""Pairs as the model sees them: its family's prompt, the answer, the end. Only answer and end are to be learnt."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from hymt.finetune.data import Pair
from hymt.models.tokenizer import ChatTokenizer
from hymt.text.prompts import PromptStyle

IGNORED = -100  # the label of a token that is not learnt, as everywhere in transformers


def encode(pair: Pair, tokenizer: ChatTokenizer, style: PromptStyle, source: str, target: str) -> dict[str, list[int]]:
    """A pair's `input_ids` and, of the same length, its `labels`: IGNORED throughout the prompt."""
    prompt = tokenizer.prompt(style.apply(pair.source, source, target))
    answer = tokenizer.completion(pair.target)
    return {"input_ids": prompt + answer, "labels": [IGNORED] * len(prompt) + answer}


@dataclass(frozen=True)
class Collator:
    """Pads examples on the right to the longest: tensors (batch, length)."""

    pad: int = 0

    def __call__(self, examples: list[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
        length = max(len(example["input_ids"]) for example in examples)
        fillers = {"input_ids": self.pad, "labels": IGNORED, "attention_mask": 0}
        rows: dict[str, list[list[int]]] = {name: [] for name in fillers}
        for example in examples:
            row = example | {"attention_mask": [1] * len(example["input_ids"])}
            for name, filler in fillers.items():
                rows[name].append(row[name] + [filler] * (length - len(row[name])))
        return {name: torch.tensor(values) for name, values in rows.items()}
