"""Train a translator of hymt-mini's class on packed examples for a fixed time, on one NVIDIA GPU.

    python -m examples.train_mini.train WORK OUT --shape teacher --seconds 900

Reads WORK/tokenizer and WORK/pairs.tsv.xz (and other files given with --pairs), writes a folder that transformers and
hymt load, and the pairs that were held out, for evaluate to choose between runs by. The learning rate follows the
clock, so that a run always ends annealed, whatever its speed. With --store float8 the weights are rounded to 8 bit at
every step of the second half, as they will be stored: the model learns to live with it, and transformers widens them
as it loads.
"""

from __future__ import annotations

import argparse
import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from queue import Queue

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from .network import answer_loss, build, loss, narrow
from .packing import Packer, special_tokens, tokenise
from .pairs import both_directions, in_a_hurry, read_pairs, write_held_out
from .variations import varied

SHAPES = {
    "teacher": {
        "hidden_size": 1024, "num_hidden_layers": 10, "num_attention_heads": 16, "num_key_value_heads": 8,
        "head_dim": 64, "intermediate_size": 2816,
    },
    "mini": {
        "hidden_size": 640, "num_hidden_layers": 10, "num_attention_heads": 10, "num_key_value_heads": 5,
        "head_dim": 64, "intermediate_size": 1728,
    },
    "tiny": {
        "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 16, "intermediate_size": 128,
    },
}  # fmt: skip
FLOAT8 = torch.float8_e4m3fn
HELD_OUT = 2000  # pairs, to see whether a run learns or memorises
SHARE = 0.25  # of the passes are one epoch
WARM_UP = 150  # steps
FLAT = 0.3  # of the time the learning rate stays, then it falls in a straight line to nothing
ROUNDED = 0.5  # of the time without rounding to the stored type


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pairs", type=Path, nargs="*", default=[], help="more files like WORK/pairs.tsv.xz")
    parser.add_argument("--directed", type=Path, nargs="*", default=[], help="the same, learnt in one direction")
    parser.add_argument("--shape", choices=SHAPES, default="mini")
    parser.add_argument("--seconds", type=float, default=900, help="of training, without reading and compiling")
    parser.add_argument("--tokens", type=int, default=65536, help="of a step")
    parser.add_argument("--rate", type=float, default=2e-3, help="learning rate of the matrices, by Muon")
    parser.add_argument("--embedding-rate", type=float, default=1.5e-3, help="of all else, by AdamW")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--smoothing", type=float, default=0.1)
    parser.add_argument("--store", choices=("float16", "float8"), default="float16")
    parser.add_argument("--start", type=Path, help="a folder that a run wrote, whose weights this one goes on from")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    began = time.perf_counter()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(asked.seed)
    tokenizer = Tokenizer.from_file(str(asked.work / "tokenizer" / "tokenizer.json"))
    special = special_tokens(tokenizer)
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(read_data, asked, tokenizer, special)
        model = build(SHAPES[asked.shape], special, tokenizer.get_vocab_size(), asked.dropout)
        if asked.start:
            stored = load_file(asked.start / "model.safetensors")
            model.load_state_dict(stored | {"lm_head.weight": stored["model.embed_tokens.weight"]})
        run = Run(asked, model, device)
        run.compile()
        learn, held_out = reading.result()
    print(f"{len(learn.corpus):,} examples, {time.perf_counter() - began:.0f} s until training begins", flush=True)
    run.train(learn.epochs(SHARE, asked.seed), list(held_out.batches(np.arange(len(held_out.corpus)))))
    write(run, asked.out, asked.work / "tokenizer", asked.store)


def read_data(asked, tokenizer: Tokenizer, special: dict[str, int]) -> tuple[Packer, Packer]:
    """What is learnt, and what is held out: real pairs, none of whose sides is learnt in any pair."""
    pairs = list(read_pairs(asked.work / "pairs.tsv.xz"))
    rng = np.random.default_rng(0)
    apart = rng.choice(len(pairs), min(HELD_OUT, len(pairs) // 10), replace=False)
    held_out = [pairs[i] for i in sorted(apart.tolist())]
    texts = {side for pair in held_out for side in (pair.text, pair.translation)}
    learn, directed = (
        [pair for pair in some if pair.text not in texts and pair.translation not in texts]
        for some in (
            chain(pairs, *map(read_pairs, asked.pairs)),
            chain.from_iterable(map(read_pairs, asked.directed)),
        )
    )
    learnt = tokenise([*in_a_hurry(both_directions(varied(learn))), *directed], tokenizer)
    held = tokenise(list(both_directions(held_out)), tokenizer)
    write_held_out(held_out, asked.out)
    return Packer(learnt, special, asked.tokens), Packer(held, special, asked.tokens)


@dataclass
class Speed:
    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0


class Run:
    """A model in BF16 that computes, its FP32 master weights, and their optimizers."""

    def __init__(self, asked, model, device: torch.device) -> None:
        self.asked, self.device = asked, device
        self.dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        self.model = narrow(model, device, self.dtype).train()
        self.weights = list(self.model.parameters())
        self.masters = [weight.detach().float().clone().requires_grad_() for weight in self.weights]
        for master in self.masters:
            master.grad = torch.zeros_like(master)
        matrices = {id(weight) for weight in self.model.model.layers.parameters() if weight.dim() == 2}
        by_kind = {True: [], False: []}
        for master, weight in zip(self.masters, self.weights, strict=True):
            by_kind[id(weight) in matrices].append(master)
        muon = torch.optim.Muon(by_kind[True], lr=asked.rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
        adam = torch.optim.AdamW(by_kind[False], lr=asked.embedding_rate, betas=(0.9, 0.98), weight_decay=0.01)
        self.optimizers = {muon: asked.rate, adam: asked.embedding_rate}
        self.of_answers, self.speed = answer_loss, Speed()

    def compile(self) -> None:
        """Compile each layer and the loss, and run them once on tokens of no meaning."""
        began = time.perf_counter()
        if self.device.type == "cuda":
            for layer in self.model.model.layers:
                layer.compile(dynamic=False)
            self.of_answers = torch.compile(answer_loss, dynamic=False)
        size = self.asked.tokens
        ends = torch.arange(0, size + 1, 64, dtype=torch.int32)
        ends = torch.cat([ends, torch.full((size // 16 - len(ends),), size, dtype=torch.int32)])
        places = torch.arange(int(size * Packer.ANSWERS))
        batch = {"tokens": torch.ones(size, dtype=torch.long), "positions": torch.arange(size) % 64, "ends": ends}
        self._backward(batch | {"places": places, "labels": places % 100})
        self._validate([batch | {"places": places, "labels": places % 100}])
        self.model.zero_grad(set_to_none=True)
        print(f"compiled in {time.perf_counter() - began:.0f} s", flush=True)

    def train(self, batches, held_out: list[dict]) -> None:
        queue: Queue = Queue(24)
        threading.Thread(target=_fill, args=(queue, batches), daemon=True).start()
        began, losses, part = time.perf_counter(), [], 0.0
        while part < 1:
            batch = queue.get()
            if isinstance(batch, Exception):
                raise batch
            part = (time.perf_counter() - began) / self.asked.seconds
            losses.append(self._backward(batch))
            self._step(part)
            self.speed.steps += 1
            self.speed.tokens += self.asked.tokens
            if self.speed.steps % 8 == 0:
                losses[-1] = losses[-1].item()  # the clock means little while the GPU lags behind
            if self.speed.steps % 200 == 0 or part >= 1:
                self.speed.seconds = time.perf_counter() - began
                self._report(sum(map(float, losses)) / len(losses), self._validate(held_out))
                losses = []

    def _report(self, loss: float, held_out: float) -> None:
        speed = self.speed
        rate = f"{speed.tokens / 1e6:.0f}M tokens, {speed.tokens / speed.seconds / 1000:.0f}k a second"
        said = f"step {speed.steps} ({speed.seconds:.0f} s, {rate}): loss {loss:.3f}, held out {held_out:.3f}"
        print(said, flush=True)

    def _backward(self, batch: dict) -> torch.Tensor:
        batch = {name: part.to(self.device, non_blocking=True) for name, part in batch.items()}
        value = loss(self.model, batch, self.asked.smoothing, self.of_answers)
        value.backward()
        return value.detach()

    @torch.no_grad()
    def _validate(self, batches: list[dict]) -> float:
        """The mean cross entropy of answers not learnt, without smoothing."""
        self.model.eval()
        moved = ({name: part.to(self.device) for name, part in batch.items()} for batch in batches)
        values = [float(loss(self.model, batch)) for batch in moved]
        self.model.train()
        return sum(values) / len(values) if values else float("nan")

    @torch.no_grad()
    def _step(self, part: float) -> None:
        for master, weight in zip(self.masters, self.weights, strict=True):
            master.grad.copy_(weight.grad)
            weight.grad = None
        torch.nn.utils.clip_grad_norm_(self.masters, 1.0, foreach=True)
        warm = min(1.0, (self.speed.steps + 1) / WARM_UP)
        scale = warm * max(0.003, min(1.0, (1 - part) / (1 - FLAT)))
        for optimizer, rate in self.optimizers.items():
            optimizer.param_groups[0]["lr"] = rate * scale
            optimizer.step()
        rounded = self.asked.store == "float8" and part > ROUNDED
        for master, weight in zip(self.masters, self.weights, strict=True):
            weight.copy_(master.to(FLOAT8) if rounded and weight.dim() == 2 else master)


def _fill(queue: Queue, batches) -> None:
    try:
        for batch in batches:
            queue.put({name: part.pin_memory() if torch.cuda.is_available() else part for name, part in batch.items()})
    except Exception as error:
        queue.put(error)


def write(run: Run, folder: Path, tokenizer: Path, store: str) -> None:
    """The masters' weights in their stored type, under transformers' names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = dict(zip(map(id, run.weights), run.masters, strict=True))
    stored = torch.float16 if store == "float16" else FLOAT8
    tensors = {
        name: names[id(weight)].detach().to(stored if weight.dim() == 2 else torch.float16).cpu().contiguous()
        for name, weight in run.model.named_parameters()
    }
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    run.model.config.dtype, run.model.config.architectures = torch.float16, [type(run.model).__name__]
    run.model.config.save_pretrained(folder)
    generation = {key: getattr(run.model.config, key) for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
    (folder / "generation_config.json").write_text(json.dumps(generation | {"max_new_tokens": 256}, indent=2) + "\n")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / file, folder / file)
    size = sum(tensor.nbytes for tensor in tensors.values())
    count = sum(tensor.numel() for tensor in tensors.values())
    print(f"{count / 1e6:.1f}M parameters, {size / 1e6:.1f} MB, {run.speed.steps} steps in {run.speed.seconds:.0f} s")


if __name__ == "__main__":
    main()
