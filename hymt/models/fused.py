"""A checkpoint read for the fused network alone: no module of transformers' or bitsandbytes' is imported or made.

Importing these takes several times as long as reading the weights of a 7B that are in memory already.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import cast

import torch

from hymt.engine.model import Config, FusedModel, Generation, check_kind, rotary_angles
from hymt.engine.network import has_triton
from hymt.engine.parts import Layer
from hymt.engine.projections import BLOCK, DOWN, GATE_UP, OUT, QKV, Dense, Int8, Projection, UnsupportedLayer
from hymt.hardware.devices import Device
from hymt.models.adapter import Adapter
from hymt.models.files import read_json
from hymt.models.hub import OnFraction
from hymt.models.placing import Place, Target, place
from hymt.models.precision import Precision
from hymt.models.shape import ModelShape
from hymt.models.weights import fill

MODERN = (9, 0)  # a GPU's compute capability where it is not known


def load_fused(
    folder: Path, precision: Precision, device: Device, on_fraction: OnFraction, adapter: Adapter | None = None
) -> FusedModel:
    """The model on the device at a precision, an adapter added, ready to infer.

    Raises UnsupportedLayer for what the fused network cannot run, before anything is read, and what `read_weights`
    raises.
    """
    settings, shape = read_json(folder / "config.json"), ModelShape.read(folder)
    base = _check(settings, shape, precision, device)
    where, dtype = torch.device(device.torch_name), getattr(torch, precision.compute_on(device))
    room = _Room(shape, precision.bits, dtype, where)
    head_dim = shape.head_dim
    frequencies = 1.0 / (base ** (torch.arange(0, head_dim, 2, dtype=torch.float) / head_dim))
    embedding = room.words("model.embed_tokens.weight", bool(shape.tied and precision.bits))
    head = embedding if shape.tied else room.words("lm_head.weight", bool(precision.bits))
    model = FusedModel(
        Config(
            shape.vocab,
            shape.hidden,
            shape.layers,
            shape.heads,
            shape.kv_heads,
            head_dim,
            settings.get("rms_norm_eps", 1e-5),
        ),
        Generation(_end_token(folder, settings)),
        dtype,
        embedding,
        [room.layer(f"model.layers.{index}") for index in range(shape.layers)],
        room.tensor("model.norm.weight", shape.hidden),
        head,
        rotary_angles(frequencies, dtype),
    )
    fill(folder, room.places, room.others, bool(shape.stored), where, on_fraction, adapter)
    return model


def _check(settings: dict, shape: ModelShape, precision: Precision, device: Device) -> float:
    """The base of the rotary embedding's frequencies. Raises UnsupportedLayer."""
    check_kind(settings["model_type"], settings.get("hidden_act", "silu"))
    if settings.get("attention_bias") or settings.get("mlp_bias"):
        raise UnsupportedLayer("layers with a bias")
    if precision.bits == 4 and any(size % BLOCK for size in (shape.hidden, shape.intermediate, _attended(shape))):
        raise UnsupportedLayer("rows that are no whole blocks")
    if device.kind == "cuda" and not has_triton(device.capability or MODERN):
        raise UnsupportedLayer("a GPU without Triton")
    said = settings.get("rope_parameters") or settings.get("rope_scaling") or {}
    kind, base = said.get("rope_type") or said.get("type") or "default", said.get("rope_theta")
    base = settings.get("rope_theta", 10000.0) if base is None else base
    if kind == "dynamic" and said.get("alpha"):  # constant frequencies, unlike all else of that name
        return base * said["alpha"] ** (shape.head_dim / (shape.head_dim - 2))
    if kind != "default" or said.get("partial_rotary_factor", 1.0) != 1.0:
        raise UnsupportedLayer(f"rotary embedding of the kind {kind}")
    return base


def _attended(shape: ModelShape) -> int:
    return shape.heads * shape.head_dim


def _end_token(folder: Path, settings: dict) -> int | list[int]:
    """The end token that generation_config.json names, or else config.json."""
    with suppress(FileNotFoundError):
        settings = read_json(folder / "generation_config.json")
    return settings.get("eos_token_id", 2)


class _Room:
    """Tensors that are made to be filled, by a checkpoint's names for them."""

    def __init__(self, shape: ModelShape, bits: int | None, dtype: torch.dtype, device: torch.device) -> None:
        self.shape, self.bits, self.dtype, self.device = shape, bits, dtype, device
        self.places: dict[str, Place] = {}
        self.others: dict[str, Target] = {}

    def tensor(self, name: str, *size: int) -> torch.Tensor:
        empty = torch.empty(size, dtype=self.dtype, device=self.device)
        self.others[name] = Target.of(empty)
        return empty

    def words(self, name: str, quantised: bool) -> Dense | Int8:
        """A matrix with a row for each token; of a quantised model what makes the logits is INT8."""
        size, bits = (self.shape.vocab, self.shape.hidden), 8 if quantised else None
        whole, (one,) = place([size], bits, self.dtype, self.device)
        self.others[name] = one.target
        return cast(Dense | Int8, whole)

    def layer(self, path: str) -> Layer:
        shape, attended = self.shape, _attended(self.shape)
        keys = shape.kv_heads * shape.head_dim
        attention, mlp = f"{path}.self_attn", f"{path}.mlp"
        return Layer(
            self.tensor(f"{path}.input_layernorm.weight", shape.hidden),
            self._projection(attention, QKV, [attended, keys, keys], shape.hidden),
            self.tensor(f"{attention}.query_layernorm.weight", shape.head_dim),
            self.tensor(f"{attention}.key_layernorm.weight", shape.head_dim),
            self._projection(attention, OUT, [shape.hidden], attended),
            self.tensor(f"{path}.post_attention_layernorm.weight", shape.hidden),
            self._projection(mlp, GATE_UP, [shape.intermediate] * 2, shape.hidden),
            self._projection(mlp, DOWN, [shape.hidden], shape.intermediate),
        )

    def _projection(self, path: str, names: tuple[str, ...], outputs: list[int], inputs: int) -> Projection:
        whole, places = place([(count, inputs) for count in outputs], self.bits, self.dtype, self.device)
        self.places |= {f"{path}.{name}.weight": one for name, one in zip(names, places, strict=True)}
        return whole
