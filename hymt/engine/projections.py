"""The weights of linear layers, in the form in which the fused network reads them, and merged where inputs are shared.

The model keeps transformers' and bitsandbytes' own modules: `merge` lays their weights side by side in one tensor and
leaves each module a view of its part, so that both ways of running the model share the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from bitsandbytes.functional import QuantState
    from bitsandbytes.nn import Int8Params, Linear4bit, Params4bit

BLOCK = 64  # NF4's weights that share a scale; bitsandbytes' default
# its sixteen values (QLoRA, arXiv:2305.14314, appendix E)
NF4_CODE = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip
# transformers' names of a layer's projections, those with the same input together
QKV, OUT = ("q_proj", "k_proj", "v_proj"), ("o_proj",)
GATE_UP, DOWN = ("gate_proj", "up_proj"), ("down_proj",)
TOGETHER = {"self_attn": (QKV, OUT), "mlp": (GATE_UP, DOWN)}
PROJECTIONS = tuple(name for groups in TOGETHER.values() for names in groups for name in names)


class UnsupportedLayer(TypeError):
    """A linear layer that the fused network cannot read."""


@dataclass(frozen=True, eq=False)
class Dense:
    """Weights (N, K) in a float type."""

    weight: torch.Tensor

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.weight.shape
        return rows, columns

    @property
    def tensors(self) -> tuple[torch.Tensor, ...]:
        return (self.weight,)

    def rows(self, index: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        return self.weight[index].to(dtype)

    def widened(self, dtype: torch.dtype) -> torch.Tensor:
        return self.weight.to(dtype)


@dataclass(frozen=True, eq=False)
class Int8:
    """Weights (N, K) as int8 times absmax (N,) / 127: bitsandbytes' row-wise quantisation (arXiv:2208.07339)."""

    weight: torch.Tensor
    absmax: torch.Tensor

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.weight.shape
        return rows, columns

    @property
    def tensors(self) -> tuple[torch.Tensor, ...]:
        return self.weight, self.absmax

    def rows(self, index: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        return self.weight[index] * (self.absmax[index] / 127).to(dtype)[:, None]

    def widened(self, dtype: torch.dtype) -> torch.Tensor:
        return self.weight * (self.absmax / 127).to(dtype)[:, None]  # one pass: torch widens on the way


@dataclass(frozen=True, eq=False)
class NF4:
    """Weights (N, K), two in a byte: packed uint8 (N · K / 2, 1), absmax FP32 (N · K / 64) (arXiv:2305.14314)."""

    packed: torch.Tensor
    absmax: torch.Tensor
    shape: tuple[int, int]

    @property
    def tensors(self) -> tuple[torch.Tensor, ...]:
        return self.packed, self.absmax

    @cached_property
    def state(self) -> QuantState:
        """The same as bitsandbytes wants it."""
        from bitsandbytes.functional import get_4bit_type

        code = get_4bit_type("nf4", device=self.absmax.device, blocksize=BLOCK)
        return nf4_state(self.absmax, self.shape, code, torch.float32)

    @property
    def words(self) -> torch.Tensor:
        """int32 (N, K / 8), eight weights each."""
        return self.packed.view(-1).view(torch.int32).view(self.shape[0], self.shape[1] // 8)

    def widened(self, dtype: torch.dtype) -> torch.Tensor:
        from bitsandbytes.functional import dequantize_4bit

        return dequantize_4bit(self.packed, self.state).to(dtype)


Projection = Dense | Int8 | NF4


def is_projection(name: str) -> bool:
    """Whether a tensor of a checkpoint is the weight of one."""
    return name.endswith(tuple(f".{projection}.weight" for projection in PROJECTIONS))


def merge(parent: nn.Module, names: tuple[str, ...]) -> Projection:
    """One projection of a module's linears of these names, outputs in their order. Raises UnsupportedLayer."""
    linears = [getattr(parent, name) for name in names]
    if any(linear.bias is not None for linear in linears):
        raise UnsupportedLayer("layers with a bias")
    kinds = {_kind(linear) for linear in linears}
    if kinds == {"dense"}:
        return _merge_dense(linears)
    if kinds == {"int8"}:
        return _merge_int8(linears)
    if kinds == {"nf4"}:
        return _merge_nf4(linears)
    raise UnsupportedLayer(", ".join(type(linear).__name__ for linear in linears))


def _kind(linear: Any) -> str | None:
    """What a layer's weights are; by names, as bitsandbytes need not be imported where none is of its classes."""
    name = type(linear).__name__
    if name == "Linear8bitLt" and not linear.state.has_fp16_weights:
        return "int8"
    if name == "Linear4bit":
        state = linear.weight.quant_state
        plain = state is not None and state.quant_type == "nf4" and state.blocksize == BLOCK and not state.nested
        return "nf4" if plain and state.shape[1] % BLOCK == 0 else None
    return "dense" if type(linear) is nn.Linear else None


def _merge_dense(linears: Iterable[nn.Linear]) -> Dense:
    whole, parts = _side_by_side([linear.weight.data for linear in linears])
    for linear, part in zip(linears, parts, strict=True):
        linear.weight = nn.Parameter(part, requires_grad=False)
    return Dense(whole)


def _merge_int8(linears: Iterable[Any]) -> Int8:
    # a module's first own use moves the scales from its parameter to its state
    scales = [linear.state.SCB if linear.weight.SCB is None else linear.weight.SCB for linear in linears]
    whole, parts = _side_by_side([linear.weight.data for linear in linears])
    absmax, part_scales = _side_by_side(scales)
    for linear, part, scale in zip(linears, parts, part_scales, strict=True):
        linear.weight = int8_weight(part, scale)
    return Int8(whole, absmax)


def int8_weight(rows: torch.Tensor, absmax: torch.Tensor) -> Int8Params:
    """bitsandbytes' parameter over rows int8 (N, K) and absmax FP32 (N,) that are quantised already."""
    from bitsandbytes.nn import Int8Params

    return Int8Params(rows, requires_grad=False, has_fp16_weights=False, CB=rows, SCB=absmax)


def _merge_nf4(linears: Iterable[Any]) -> NF4:
    states = [linear.weight.quant_state for linear in linears]
    whole, parts = _side_by_side([linear.weight.data for linear in linears])
    absmax, part_scales = _side_by_side([state.absmax for state in states])
    for linear, part, scale in zip(linears, parts, part_scales, strict=True):
        shape, dtype = tuple(linear.weight.quant_state.shape), linear.weight.quant_state.dtype
        linear.weight = nf4_weight(part, scale, shape, states[0].code, dtype, linear)
    shape = (sum(state.shape[0] for state in states), states[0].shape[1])
    return NF4(whole, absmax, shape)


def nf4_state(absmax: torch.Tensor, shape: tuple[int, ...], code: torch.Tensor, dtype: torch.dtype) -> QuantState:
    from bitsandbytes.functional import QuantState

    return QuantState(absmax, torch.Size(shape), code, BLOCK, "nf4", dtype)


def nf4_weight(
    packed: torch.Tensor,
    absmax: torch.Tensor,
    shape: tuple[int, ...],
    code: torch.Tensor,
    dtype: torch.dtype,
    module: Linear4bit,
) -> Params4bit:
    """bitsandbytes' parameter over weights that are quantised already."""
    from bitsandbytes.nn import Params4bit

    return Params4bit(
        packed,
        requires_grad=False,
        quant_state=nf4_state(absmax, shape, code, dtype),
        blocksize=BLOCK,
        compress_statistics=False,
        quant_type="nf4",
        module=module,
        bnb_quantized=True,
    )


def _side_by_side(tensors: list[torch.Tensor]) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The tensors joined along their first dimension, and a view of the whole for each; no copy if they lie so."""
    whole = _joined(tensors)
    if whole is None:
        whole = torch.cat(tensors)
    return whole, list(whole.split([len(tensor) for tensor in tensors]))


def _joined(tensors: list[torch.Tensor]) -> torch.Tensor | None:
    """The tensor of which these are consecutive parts; None if they are not."""
    first = tensors[0]
    end = first.storage_offset()
    for tensor in tensors:
        same = tensor.untyped_storage().data_ptr() == first.untyped_storage().data_ptr()
        if not (same and tensor.is_contiguous() and tensor.storage_offset() == end):
            return None
        end += tensor.numel()
    size = (sum(len(tensor) for tensor in tensors), *first.shape[1:])
    return first.as_strided(size, first.stride(), first.storage_offset())
