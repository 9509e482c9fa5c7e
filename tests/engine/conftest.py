"""An engine to ask, and what transformers' own `generate` answers."""

from __future__ import annotations

import queue

import pytest
import torch

from hymt.engine.decoding import Decoding
from hymt.engine.local import LocalEngine
from hymt.engine.protocol import Request, Update
from hymt.text.prompts import STYLES

MAX_NEW = 48


@pytest.fixture(scope="session")
def prompts(tokenizer, english, chinese) -> list[list[int]]:
    """104 prompts: English to French, Chinese to English."""
    style = STYLES["hunyuan-mt"]
    turns = [style.apply(line, "en", "fr") for line in english] + [style.apply(line, "zh", "en") for line in chinese]
    return [tokenizer.prompt(turn) for turn in turns]


@pytest.fixture
def engine(weights):
    started = LocalEngine(weights, slots=32, max_len=128)
    yield started
    started.close()


def ask(engine, prompts, decoding: Decoding | list[Decoding], job="job", max_new: int = MAX_NEW) -> list[list[int]]:
    """Submit all prompts at once; the answers in their order."""
    updates = submit_all(engine, prompts, decoding, job, max_new)
    answers: dict[int, list[int]] = {}
    while len(answers) < len(prompts):
        update = updates.get(timeout=120)
        if update.state != "running":
            assert update.state == "done", update
            answers[update.request.key] = list(update.tokens)
    return [answers[key] for key in range(len(prompts))]


def submit_all(engine, prompts, decoding: Decoding | list[Decoding], job="job", max_new: int = MAX_NEW):
    """Submit all prompts at once; a queue of their updates, which have their places for keys."""
    updates: queue.SimpleQueue[Update] = queue.SimpleQueue()
    decodings = decoding if isinstance(decoding, list) else [decoding] * len(prompts)
    for key, (prompt, chosen) in enumerate(zip(prompts, decodings, strict=True)):
        engine.submit(Request(job, prompt, max_new, chosen, updates.put, key))
    return updates


def generate(weights, prompts, batch: int, **options) -> list[list[int]]:
    """transformers' own answers, without the end token, in padded batches."""
    answers = []
    end = weights.generation_config.eos_token_id
    for begin in range(0, len(prompts), batch):
        rows = prompts[begin : begin + batch]
        longest = max(map(len, rows))
        ids = torch.tensor([[0] * (longest - len(row)) + row for row in rows], device=weights.device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows], device=weights.device)
        with torch.inference_mode():
            outputs = weights.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=MAX_NEW, do_sample=False, **options
            )
        for row in outputs[:, longest:].tolist():
            answers.append(row[: row.index(end)] if end in row else row)
    return answers


def log_probability(weights, prompt: list[int], answer: list[int]) -> float:
    """The sum of the log-probabilities of an answer's tokens."""
    ids = torch.tensor([prompt + answer], device=weights.device)
    with torch.inference_mode():
        scores = weights(input_ids=ids).logits[0].float().log_softmax(-1)
    return sum(scores[len(prompt) - 1 + i, token].item() for i, token in enumerate(answer))
