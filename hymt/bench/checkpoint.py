"""The folder that a run measures: random weights of a real shape, or a checkpoint's own, with no end token.

Speed and memory do not depend on the values of the weights, and every sequence must make as many tokens as every
other. So the folder has a generation config whose end token cannot occur; the rest of a real checkpoint is linked.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hymt.bench.settings import RANDOM_SHAPES
from hymt.errors import UserError
from hymt.hardware.devices import Device
from hymt.hardware.memory import show_bytes
from hymt.models import loading
from hymt.models.catalogue import MINI_FOLDER, Model, find_model
from hymt.models.shape import ModelShape, UnsupportedModel

NO_TOKEN = -1
SHARD_BYTES = 2 * 10**9
EMBEDDING = "model.embed_tokens.weight"
REPLACED = ("generation_config.json", "hymt.json")


@dataclass(frozen=True)
class Checkpoint:
    """A folder to load, for this run only."""

    folder: Path
    name: str
    shape: ModelShape
    random: bool


@contextmanager
def checkpoint(name: str, device: Device, positions: int, say: Callable[[str], None]) -> Iterator[Checkpoint]:
    """The checkpoint of a shape's or a model's name, with slots of `positions` tokens at least; deleted at the end.

    Raises UserError for an unknown name, or where the disk is too small, and OSError.
    """
    model = None if name in RANDOM_SHAPES else find_model(name)
    with tempfile.TemporaryDirectory(prefix="hymt-bench-") as temporary:
        folder = Path(temporary) / (f"random-{name}" if model is None else model.name)
        folder.mkdir()
        if model is None:
            shape = RANDOM_SHAPES[name]
            say(f"writing random weights of the {name} shape, {show_bytes(shape.weight_bytes('fp16'))}")
            write_random(folder, shape, device)
            write_settings(folder, Model(name, str(folder)), positions)
        else:
            if model.stored:
                raise UnsupportedModel("bench_quantised", model=model.name)
            say(f"fetching {model.name}")
            link(loading.fetch(model, lambda part: None), folder)
            write_settings(folder, model, positions)
        known_as = f"the {name.upper()} shape" if model is None else model.name
        yield Checkpoint(folder, known_as, ModelShape.read(folder), random=model is None)


def write_settings(folder: Path, model: Model, positions: int) -> None:
    """Switch the end token off, and give every slot at least `positions` positions."""
    _write(folder / "generation_config.json", {"eos_token_id": NO_TOKEN, "pad_token_id": 0, "do_sample": False})
    _write(folder / "hymt.json", {"family": model.family, "max_len": max(model.max_len, positions)})


def link(source: Path, folder: Path) -> None:
    """Link a checkpoint's files, all but those that `write_settings` writes; copies where links are not allowed."""
    for file in source.iterdir():
        if file.is_file() and file.name not in REPLACED:
            try:
                os.symlink(file.resolve(), folder / file.name)
            except OSError:
                shutil.copy2(file, folder / file.name)


def write_random(folder: Path, shape: ModelShape, device: Device) -> None:
    """Random FP16 weights of a shape, drawn on the device tensor by tensor, with hymt-mini's tokenizer beside.

    Never more than a shard is in memory. Raises UserError if the disk has no room.
    """
    from safetensors.torch import save_file

    _check_disk(folder, shape.weight_bytes("fp16"))
    skeleton, tensors = _skeleton(shape)
    skeleton.config.save_pretrained(folder)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy2(MINI_FOLDER / file, folder / file)
    where: dict[str, str] = {}
    for number, names in enumerate(_shards(tensors), 1):
        shard = f"model-{number:05}.safetensors"
        drawn = {name: _draw(tensors[name], device) for name in names}
        if EMBEDDING in drawn:  # what is likeliest are tokens that the tokenizer knows: an answer has a text
            drawn[EMBEDDING][ModelShape.read(MINI_FOLDER).vocab :] *= 0.5
        save_file(drawn, folder / shard, metadata={"format": "pt"})
        where |= dict.fromkeys(names, shard)
        del drawn
    total = sum(2 * tensor.numel() for tensor in tensors.values())
    _write(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": where})
    loading.release_memory(device)


def _skeleton(shape: ModelShape):
    """The model without memory, and its parameters by name, tied ones once."""
    import torch
    from transformers import AutoModelForCausalLM, HunYuanDenseV1Config

    config = HunYuanDenseV1Config(
        vocab_size=shape.vocab,
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        tie_word_embeddings=shape.tied,
        max_position_embeddings=32768,
    )
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float16)
    return model, dict(model.named_parameters())


def _shards(tensors: dict) -> list[list[str]]:
    shards: list[list[str]] = [[]]
    size = 0
    for name, tensor in tensors.items():
        if shards[-1] and size + 2 * tensor.numel() > SHARD_BYTES:
            shards.append([])
            size = 0
        shards[-1].append(name)
        size += 2 * tensor.numel()
    return shards


def _draw(like, device: Device):
    """Norms of one, anything else normal with the deviation that such models are initialised with."""
    import torch

    drawn = torch.empty(like.shape, dtype=torch.float16, device=device.torch_name)
    return (drawn.fill_(1) if like.dim() == 1 else drawn.normal_(std=0.02)).cpu()


def _check_disk(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + 10**8:
        raise UserError("bench_disk", needed=show_bytes(needed), free=show_bytes(free))


def _write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
