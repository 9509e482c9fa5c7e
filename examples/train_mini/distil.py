"""Translate texts for a model to learn from, with itself or with a larger one.

    python -m examples.train_mini.distil WORK TEACHER OUT --kinds backward --seconds 400

Reads WORK/pairs.tsv.xz, writes OUT/KIND.*.tsv.xz, to be learnt in their direction only.
  backward: everyday texts of other languages that lack an English side, and English ones that lack one in a language
            that has few; what people wrote is to be learnt from its translation: back-translation (Sennrich 2016)
  forward:  every everyday text, and a share of the technical ones, in the direction of its pair: the translation is to
            be learnt, sequence-level distillation (Kim and Rush 2016)
Greedy, thousands of texts of like length at once through the engine's network. What did not end, repeats itself or has
an odd length is left out.
"""

from __future__ import annotations

import argparse
import lzma
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from hymt.engine.graphs import Graphs
from hymt.engine.network import FusedNetwork
from hymt.text.repetition import is_stuck

from .corpora import EVERY
from .packing import LONGEST, special_tokens
from .pairs import Pair, both_directions, prompt_head, read_pairs, turned

WIDTH = 2048  # texts at once
PASS = 512  # prompts of one prefill pass: enough to fill a GPU, without much memory
ROOM = LONGEST + 64  # tokens of a prompt and its answer
PARTS = 4  # files of each kind, compressed side by side
TECHNICAL = 0.3  # of the texts that are not everyday ones
THIN = {"zh": 0.5, "ko": 0.5, "it": 0.35, "pt": 0.35, "ja": 0.25, "ru": 0.25}  # of English texts without them
KINDS = ("backward", "forward")
PASSES = 2.0


class Task(NamedTuple):
    source: str
    target: str
    text: str
    kind: str


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=600, help="stop after so long")
    parser.add_argument("--kinds", choices=KINDS, nargs="+", default=KINDS)
    parser.add_argument("--part", type=int, default=0, help="the number, from 0, of this one of several GPUs' parts")
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--width", type=int, default=WIDTH, help="texts at once")
    asked = parser.parse_args(arguments)
    began = time.perf_counter()
    asked.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(asked.teacher / "tokenizer.json"))
    wide = Wide(asked.teacher, special_tokens(tokenizer), asked.width)
    tasks = {task for task in _tasks(asked.work / "pairs.tsv.xz") if task.kind in asked.kinds}
    mine = sorted(tasks)[asked.part :: asked.parts]
    kept = _translated(wide, mine, tokenizer, lambda: time.perf_counter() - began > asked.seconds)
    with ThreadPoolExecutor() as pool:
        for kind in asked.kinds:
            lines = sorted(one for one in kept if one[0].kind == kind)
            share = max(1, -(-len(lines) // PARTS))
            files = (asked.out / f"{kind}.{asked.part * PARTS + part}.tsv.xz" for part in range(PARTS))
            list(pool.map(_write, files, (lines[begin : begin + share] for begin in range(0, len(lines), share))))


def _translated(
    wide: Wide, tasks: list[Task], tokenizer: Tokenizer, late: Callable[[], bool]
) -> list[tuple[Task, str]]:
    """The tasks with good translations, of those that were reached in time."""
    began, kept, count, tokens = time.perf_counter(), [], 0, 0
    for some, prompts in _batches(tasks, tokenizer, wide.width):
        answers = wide.translate(prompts)
        texts = tokenizer.decode_batch([answer or [] for answer in answers])
        for task, answer, text in zip(some, answers, texts, strict=True):
            if answer and _good(task, text):
                kept.append((task, text.strip()))
        count, tokens = count + len(some), tokens + sum(len(answer or []) for answer in answers)
        if late():
            break
    seconds = time.perf_counter() - began
    print(f"{count:,} texts, {tokens / 1e6:.1f}M tokens in {seconds:.0f} s, {len(kept):,} kept", flush=True)
    return kept


def _tasks(path: Path) -> Iterator[Task]:
    rng, pairs = random.Random(11), list(read_pairs(path))
    known = defaultdict(set)  # languages of an everyday English text
    for pair in pairs:
        everyday = pair.corpus == EVERY
        if "en" in (pair.source, pair.target):
            if everyday:
                known[pair.text].add(pair.target)
            for one in both_directions([pair]) if everyday or rng.random() < TECHNICAL else ():
                yield Task(one.source, one.target, one.text, "forward")
        else:
            for one in both_directions([pair]):
                yield Task(one.source, "en", one.text, "backward")
    for text, languages in known.items():
        for language, share in THIN.items():
            if language not in languages and rng.random() < share:
                yield Task("en", language, text, "backward")


def _batches(tasks: list[Task], tokenizer: Tokenizer, width: int) -> Iterator[tuple[list[Task], list[list[int]]]]:
    """Tasks and their prompts in batches of like length, the batches in random order."""
    special = special_tokens(tokenizer)
    ordered = sorted(tasks, key=lambda task: (len(task.text.encode()), task))
    begins = list(range(0, len(ordered), width))
    random.Random(5).shuffle(begins)
    for begin in begins:
        some = ordered[begin : begin + width]
        encoded = tokenizer.encode_batch_fast([task.text for task in some], add_special_tokens=False)
        heads = [tokenizer.token_to_id(prompt_head(task.source, task.target)) for task in some]
        prompts = [
            [special["begin"], head, *encoding.ids, special["answer"]]
            for head, encoding in zip(heads, encoded, strict=True)
        ]
        yield some, prompts


class Wide:
    """Greedy decoding of a full batch at a time: no slot is refilled, so that nothing waits for Python."""

    @torch.inference_mode()
    def __init__(self, folder: Path, special: dict[str, int], width: int = WIDTH) -> None:
        self.width = width
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        dtype = torch.float16 if self.device.type == "cuda" else torch.float32
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
        self.network = FusedNetwork(model.to(self.device).eval(), width, ROOM)
        self.end = special["end"]
        self.token, self.position = torch.zeros(2, width, dtype=torch.long, device=self.device)
        self.done = torch.zeros(width, dtype=torch.bool, device=self.device)
        self.graphs = Graphs() if self.device.type == "cuda" else None
        if self.graphs:
            self._step()
            self.graphs.capture("step", self._step)

    def _step(self, filled: int = ROOM) -> None:
        self._choose(self.network.decode(self.token, self.position, filled))
        self.position.add_(1).clamp_(max=ROOM - 1)

    def _choose(self, logits: torch.Tensor) -> None:
        self.token.copy_(torch.where(self.done, self.end, logits.argmax(-1)))
        self.done |= self.token == self.end

    @torch.inference_mode()
    def translate(self, prompts: list[list[int]]) -> list[list[int] | None]:
        """The answers' tokens without their end; None for one that did not end."""
        longest = max(map(len, prompts))
        full = prompts + [prompts[-1]] * (self.width - len(prompts))
        self.done.zero_()
        self.position.copy_(torch.tensor([len(prompt) for prompt in full]))
        rows = list(range(self.width))
        parts = (slice(begin, begin + PASS) for begin in range(0, self.width, PASS))
        self._choose(torch.cat([self.network.prefill(full[part], rows[part]) for part in parts]))
        steps = [self.token.clone()]
        for step in range(min(12 + 2 * longest, ROOM - longest - 1)):
            self.graphs.replay("step") if self.graphs else self._step(longest + step + 1)
            steps.append(self.token.clone())
            if step % 8 == 7 and bool(self.done.all()):
                break
        rows = torch.stack(steps, 1)[: len(prompts)].tolist()
        return [row[: row.index(self.end)] if self.end in row else None for row in rows]


def _good(task: Task, text: str) -> bool:
    if not text.strip() or "\n" in text or "\t" in text or "�" in text or is_stuck(text, task.text):
        return False
    ratio = len(text.encode()) / len(task.text.encode())
    return len(task.text) < 12 or 0.3 < ratio < 3.3


def _write(path: Path, lines: list[tuple[Task, str]]) -> None:
    with lzma.open(path, "wt", encoding="utf-8", preset=1) as out:
        for task, translation in lines:
            pair = Pair(task.kind, PASSES, task.source, task.target, task.text, translation)
            if task.kind == "backward":
                pair = turned(pair)
            out.write("\t".join(map(str, pair)) + "\n")


if __name__ == "__main__":
    main()
