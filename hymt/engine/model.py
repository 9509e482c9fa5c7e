"""A `hunyuan_v1_dense` model as the fused network reads it: its settings and its weights, merged, and nothing else.

It is read from a checkpoint's files (hymt/models/fused.py), or made of a model of transformers', which then shares its
bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from hymt.engine.parts import Layer, Shape
from hymt.engine.projections import DOWN, GATE_UP, OUT, QKV, Dense, Int8, Projection, UnsupportedLayer, merge

Angles = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Config:
    """Settings by the names that config.json has for them, as far as the engine asks for them."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    rms_norm_eps: float


@dataclass(frozen=True)
class Generation:
    eos_token_id: int | list[int]


@dataclass(frozen=True, eq=False)
class FusedModel:
    """`angles` makes of positions (length,) the rotary embedding's cos and sin (length, head_dim) in `dtype`."""

    config: Config
    generation_config: Generation
    dtype: torch.dtype
    embedding: Dense | Int8  # a tied head is the same
    layers: list[Layer]
    norm: torch.Tensor
    head: Projection
    angles: Angles

    @property
    def device(self) -> torch.device:
        return self.norm.device

    @property
    def shape(self) -> Shape:
        config = self.config
        return Shape(config.num_attention_heads, config.num_key_value_heads, config.head_dim, config.rms_norm_eps)

    @property
    def nbytes(self) -> int:
        """Bytes of the weights; of a tied head once."""
        whole = {tensor.data_ptr(): tensor.nbytes for tensor in self._tensors()}
        return sum(whole.values())

    def _tensors(self) -> list[torch.Tensor]:
        norms = [norm for layer in self.layers for norm in layer.norms]
        projections = [projection for layer in self.layers for projection in layer.projections]
        whole: list[Projection] = [self.embedding, self.head, *projections]
        return [self.norm, *norms, *(part for one in whole for part in one.tensors)]


def fused(model: Any) -> FusedModel:
    """A model of transformers', if it is none already. Raises UnsupportedLayer for one that cannot be fused."""
    if isinstance(model, FusedModel):
        return model
    config = model.config
    check_kind(config.model_type, config.hidden_act)
    if getattr(model, "hf_device_map", None) and len(set(model.hf_device_map.values())) > 1:
        raise UnsupportedLayer("layers on different devices")
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    inner = model.model

    def angles(steps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        cos, sin = inner.rotary_emb(inner.norm.weight, steps[None])
        return cos[0].contiguous(), sin[0].contiguous()

    return FusedModel(
        Config(
            config.vocab_size,
            config.hidden_size,
            config.num_hidden_layers,
            config.num_attention_heads,
            config.num_key_value_heads,
            head_dim,
            config.rms_norm_eps,
        ),
        model.generation_config,
        model.dtype,
        Dense(inner.embed_tokens.weight),
        [_layer(layer) for layer in inner.layers],
        inner.norm.weight,
        Dense(model.lm_head.weight),
        angles,
    )


def check_kind(model_type: str, activation: str) -> None:
    """Raises UnsupportedLayer for another architecture, or layers with another activation."""
    if model_type != "hunyuan_v1_dense" or activation != "silu":
        raise UnsupportedLayer(f"{model_type} with {activation}")


def _layer(module: Any) -> Layer:
    """A layer of transformers' model, its projections merged."""
    attention, mlp = module.self_attn, module.mlp
    return Layer(
        module.input_layernorm.weight,
        merge(attention, QKV),
        attention.query_layernorm.weight,
        attention.key_layernorm.weight,
        merge(attention, OUT),
        module.post_attention_layernorm.weight,
        merge(mlp, GATE_UP),
        merge(mlp, DOWN),
    )


def rotary_angles(frequencies: torch.Tensor, dtype: torch.dtype) -> Angles:
    """Of frequencies FP32 (head_dim / 2,), computed in FP32 wherever the positions are."""

    def angles(steps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        half = steps[:, None].float() * frequencies.to(steps.device)
        whole = torch.cat((half, half), 1)
        return whole.cos().to(dtype), whole.sin().to(dtype)

    return angles
