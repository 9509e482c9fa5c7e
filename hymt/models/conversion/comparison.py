"""Whether a converted checkpoint still says what its original says: both are run, one after the other."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

import torch

from hymt.engine.decoder import Decoder
from hymt.engine.decoding import Decoding
from hymt.engine.protocol import Request
from hymt.hardware.devices import Device
from hymt.hardware.memory import MemoryReader, show_bytes
from hymt.models import loading
from hymt.models.adapter import Adapter
from hymt.models.precision import Precision
from hymt.models.shape import ModelShape
from hymt.models.tokenizer import ChatTokenizer
from hymt.text.prompts import STYLES

SENTENCES = (
    ("en", "zh", "The library opens at nine and closes at six."),
    ("zh", "en", "你好，请问附近有地铁站吗？"),
    ("en", "fr", "It was raining all day, so we stayed at home and read."),
    ("en", "de", "My brother bought two tickets for the concert on Friday."),
)
ANSWER_TOKENS, SLOTS, MAX_LEN = 48, 8, 256
LARGE_FOR_A_CPU = 2e9  # parameters above which both runs would take many minutes


@dataclass(frozen=True)
class Agreement:
    """Greedy translations of `total` sentences. `tokens` is the share of tokens before the first that differs.

    `logit_difference` is the largest of any logit of the first answer token, `logit_range` the largest logit's size.
    """

    same: int
    total: int
    tokens: float
    logit_difference: float
    logit_range: float


@dataclass(frozen=True, eq=False)
class Outputs:
    """Logits (sentences, vocabulary) of the first answer token, in FP32, and the greedy answers."""

    logits: torch.Tensor
    answers: list[tuple[int, ...]]


def obstacle(shape: ModelShape, precisions: list[Precision], device: Device, asked: bool) -> str | None:
    """Why a model is not run at these precisions one after the other; None where it can be."""
    for precision in precisions:
        if why := precision.unavailable(device):
            return str(why).rstrip(".")
    needed = max(shape.weight_bytes(precision.name, device.kind, fused=False) for precision in precisions)
    free = MemoryReader(device).free()
    if needed + 2**30 > free:
        return f"that needs about {show_bytes(needed + 2**30)} of memory, and {show_bytes(free)} are free"
    if device.kind == "cpu" and shape.parameters > LARGE_FOR_A_CPU and not asked:
        return "that takes long on a CPU; --check does it nevertheless"
    return None


def compare(
    original: tuple[Path, Precision, Adapter | None],
    result: tuple[Path, Precision, Adapter | None],
    tokenizer: ChatTokenizer,
    family: str,
    device: Device,
) -> Agreement:
    """Run two checkpoints on the same sentences; never both are in memory. Raises what loading and running raise."""
    prompts = [tokenizer.prompt(STYLES[family].apply(text, spoken, to)) for spoken, to, text in SENTENCES]
    before, after = _run(*original, device, prompts), _run(*result, device, prompts)
    pairs = list(zip(before.answers, after.answers, strict=True))
    return Agreement(
        same=sum(one == other for one, other in pairs),
        total=len(pairs),
        tokens=sum(_together(*pair) for pair in pairs) / max(1, sum(max(map(len, pair)) for pair in pairs)),
        logit_difference=float((before.logits - after.logits).abs().max()),
        logit_range=float(before.logits.abs().max()),
    )


def _together(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many tokens two answers share before they part."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))


@torch.inference_mode()
def _run(
    folder: Path, precision: Precision, adapter: Adapter | None, device: Device, prompts: list[list[int]]
) -> Outputs:
    decoder = Decoder(_load(folder, precision, adapter, device), SLOTS, MAX_LEN)
    logits = decoder.network.prefill(prompts, list(range(len(prompts)))).float().cpu()
    outputs = Outputs(logits, _answers(decoder, prompts))
    del decoder
    loading.release_memory(device)
    return outputs


def _load(folder: Path, precision: Precision, adapter: Adapter | None, device: Device):
    """hymt's own loader reads safetensors alone; pickled weights, which are never quantised, go by transformers'."""
    if any(folder.glob("*.safetensors")):
        return loading.load(folder, precision, device, lambda part: None, adapter)
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(
        str(folder),
        dtype=getattr(torch, precision.compute),
        device_map={"": device.torch_name},
        attn_implementation="sdpa",
        local_files_only=True,
        use_safetensors=False,
    ).eval()


def _answers(decoder: Decoder, prompts: list[list[int]]) -> list[tuple[int, ...]]:
    requests = [
        Request(number, prompt, ANSWER_TOKENS, Decoding(), lambda update: None) for number, prompt in enumerate(prompts)
    ]
    answers: dict[Hashable, tuple[int, ...]] = {}
    reading = decoder.admit(requests)
    while True:
        for sequence in decoder.settle(reading):
            if sequence.finished:
                answers[sequence.request.job] = tuple(sequence.tokens)
                decoder.remove(sequence)
        if not decoder.width:
            return [answers[number] for number in range(len(prompts))]
        reading = decoder.step()
