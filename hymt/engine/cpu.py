"""The fused network's operations on a CPU: few, large calls of torch, attention only over what is filled.

INT8 weights are multiplied as whole numbers, which processors with VNNI do four times as fast as FP32: activations are
split into two digits of eight bits each, so that they keep 16 bits and only the weights are rounded.

FP16 without instructions for it torch multiplies a row at a time, reading all weights for each: of many rows the
products are those of FP32, a piece of the weights after another.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from hymt.engine.parts import Layer, Shape
from hymt.engine.projections import NF4, Dense, Int8, Projection
from hymt.hardware.devices import cpu_has_half

DIGIT = 127.0
SECOND = 2 * DIGIT  # the first digit's rounding leaves at most a half of it
MANY = 8  # rows; of fewer, torch's own FP16 is as fast on an EPYC of 2 cores, of 64 it takes 3 to 5 times as long
PIECE = 512  # outputs; their weights in FP32 stay in a processor's cache


class CpuOperations:
    """Products are (1, rows, N), as the CUDA operations' are with one part."""

    def __init__(self, shape: Shape, cos: torch.Tensor, sin: torch.Tensor) -> None:
        self.shape = shape
        half = shape.head_dim // 2
        # rotate_half's sign moved to the table: x · cos + (halves of x changed places) · sin
        self.cos, self.sin = cos, torch.cat((-sin[:, :half], sin[:, half:]), 1)
        self._qk_norms: dict[int, torch.Tensor] = {}

    def prefill(
        self,
        positions: torch.Tensor,
        token_rows: torch.Tensor,
        prompt_rows: torch.Tensor,
        starts: torch.Tensor,
        lengths: list[int],
    ) -> _Prefill:
        return _Prefill(self, positions, token_rows, prompt_rows, starts, lengths)

    def decode(self, positions: torch.Tensor, rows: torch.Tensor, length: int) -> _Decode:
        return _Decode(self, positions, rows, length)

    def product(self, x: torch.Tensor, projection: Projection) -> torch.Tensor:
        if isinstance(projection, Dense):
            if _widens(x):
                return _half_product(x, projection.weight)[None]
            return F.linear(x, projection.weight)[None]
        if isinstance(projection, Int8):
            return _int8_product(x, projection)[None]
        return _nf4_product(x, projection)[None]

    def add_norm(
        self, product: torch.Tensor | None, residual: torch.Tensor, weight: torch.Tensor, consumer: Projection
    ) -> torch.Tensor:
        if product is not None:
            residual += product[0]
        return F.rms_norm(residual, (residual.shape[-1],), weight, self.shape.eps)

    def swiglu(self, product: torch.Tensor, consumer: Projection) -> torch.Tensor:
        gate, up = product[0].chunk(2, dim=-1)
        return F.silu(gate).mul_(up)

    def qk_norm(self, layer: Layer) -> torch.Tensor:
        """The weights of both norms, a row a head (heads + kv_heads, dim)."""
        if id(layer) not in self._qk_norms:
            query = layer.query_norm.expand(self.shape.heads, -1)
            self._qk_norms[id(layer)] = torch.cat((query, layer.key_norm.expand(self.shape.kv_heads, -1)))
        return self._qk_norms[id(layer)]


class _Pass:
    """Where each token's keys go, and its angles."""

    def __init__(self, operations: CpuOperations, positions: torch.Tensor, rows: torch.Tensor) -> None:
        self.operations, self.rows, self.positions = operations, rows, positions
        self.cos, self.sin = operations.cos[positions, None], operations.sin[positions, None]
        self.dtype = torch.float32 if _widens(self.cos) else self.cos.dtype  # of attention
        self._places: torch.Tensor | None = None

    def rotate_store(
        self, product: torch.Tensor, layer: Layer, keys: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        shape = self.operations.shape
        heads, kv_heads, dim = shape.heads, shape.kv_heads, shape.head_dim
        both = product[0].view(-1, heads + 2 * kv_heads, dim)
        value = both[:, heads + kv_heads :]
        both = both[:, : heads + kv_heads]
        halves = both.unflatten(-1, (2, dim // 2)).flip(-2).flatten(-2)
        both = torch.addcmul(both * self.cos, halves, self.sin)
        both = F.rms_norm(both, (dim,), None, shape.eps) * self.operations.qk_norm(layer)
        places = self._lines(keys.shape[2])
        keys.view(-1, dim).index_copy_(0, places, both[:, heads:].reshape(-1, dim))
        values.view(-1, dim).index_copy_(0, places, value.reshape(-1, dim))
        return both[:, :heads]

    def _lines(self, max_len: int) -> torch.Tensor:
        """Each token's lines in a layer's keys, seen as (slots · kv_heads · max_len, dim); the same in every layer."""
        if self._places is None:
            heads = torch.arange(self.operations.shape.kv_heads)
            line = (self.rows[:, None] * self.operations.shape.kv_heads + heads) * max_len
            self._places = (line + self.positions[:, None]).flatten()
        return self._places


class _Decode(_Pass):
    """One new token for each of the first rows."""

    def __init__(self, operations: CpuOperations, positions: torch.Tensor, rows: torch.Tensor, length: int) -> None:
        super().__init__(operations, positions, rows)
        self.length = length
        self.mask: torch.Tensor | None = None
        if len(rows) > 1 or length > positions[0] + 1:  # one row alone mostly needs no mask
            allowed = torch.arange(length) <= positions[:, None]
            mask = torch.zeros(len(rows), length, dtype=self.dtype)
            self.mask = mask.masked_fill_(~allowed, float("-inf"))[:, None, None]

    def attend(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, consumer: Projection
    ) -> torch.Tensor:
        """The heads of a group are one query of several tokens."""
        width, shape = len(queries), self.operations.shape
        grouped = queries.view(width, shape.kv_heads, -1, shape.head_dim)
        filled = slice(0, self.length)
        operands = (grouped, keys[:width, :, filled], values[:width, :, filled])
        query, key, value = (operand.to(self.dtype) for operand in operands)
        out = F.scaled_dot_product_attention(query, key, value, self.mask)
        return out.to(queries.dtype).view(width, -1)


class _Prefill(_Pass):
    """Whole prompts, one behind the other."""

    def __init__(
        self,
        operations: CpuOperations,
        positions: torch.Tensor,
        token_rows: torch.Tensor,
        prompt_rows: torch.Tensor,
        starts: torch.Tensor,
        lengths: list[int],
    ) -> None:
        super().__init__(operations, positions, token_rows)
        self.prompt_rows, self.longest = prompt_rows, max(lengths)
        self.padded: torch.Tensor | None = None
        if len(set(lengths)) > 1:  # where a prompt ends, its last token stands in for the padding
            last = torch.tensor(lengths)[:, None] - 1
            self.padded = starts[:, None] + torch.minimum(torch.arange(self.longest)[None], last)
            self.kept = torch.arange(self.longest) <= last

    def attend(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, consumer: Projection
    ) -> torch.Tensor:
        shape, tokens = self.operations.shape, len(queries)
        if self.padded is None:
            queries = queries.view(-1, self.longest, shape.heads, shape.head_dim)
        else:
            queries = queries[self.padded]
        key, value = keys[self.prompt_rows, :, : self.longest], values[self.prompt_rows, :, : self.longest]
        query, key, value = (operand.to(self.dtype) for operand in (queries.transpose(1, 2), key, value))
        out = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        out = out.to(queries.dtype).transpose(1, 2)
        return (out[self.kept] if self.padded is not None else out).reshape(tokens, -1)


def _widens(x: torch.Tensor) -> bool:
    """Whether FP16 is computed in FP32."""
    return x.dtype == torch.float16 and len(x) >= MANY and not cpu_has_half()


def _half_product(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    wide = x.float()
    return torch.cat([F.linear(wide, piece.float()) for piece in weight.split(PIECE)], 1).half()


def _int8_product(x: torch.Tensor, projection: Int8) -> torch.Tensor:
    """x (rows, K) · weightᵀ (N, K), in whole numbers: each row of x as two digits of its largest value."""
    rows = len(x)
    unit = x.abs().amax(-1, keepdim=True).float().div_(DIGIT).clamp_(min=1e-20)
    scaled = x / unit
    high = scaled.round()
    digits = torch.empty(2 * rows, x.shape[1], dtype=torch.int8)
    digits[:rows].copy_(high)
    digits[rows:].copy_(scaled.sub_(high).mul_(SECOND).round_())
    product = torch._int_mm(digits, projection.weight.t()).float()
    product = torch.add(product[:rows], product[rows:], alpha=1 / SECOND)
    return product.mul_(unit).mul_(projection.absmax / DIGIT).to(x.dtype)


def _nf4_product(x: torch.Tensor, projection: NF4) -> torch.Tensor:
    from bitsandbytes import matmul_4bit

    return matmul_4bit(x, projection.packed.t(), quant_state=projection.state)
