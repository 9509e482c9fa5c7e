"""What stands between the products of a layer: norms, rotary embedding, SwiGLU. Each also adds up the parts that a
product left (see linear.py), and rounds where transformers' modules round, so that results agree.

`PAIRED` writes a row's elements with an even place first, then the others: two weights of NF4 share a byte, and are
unpacked into two tensors.
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def ordered(k, size, PAIRED: tl.constexpr):
    """The place of element k in a row of `size`."""
    if PAIRED:
        return k % 2 * (size // 2) + k // 2
    return k


@triton.jit
def total(parts, stride, place, there, SPLITS: tl.constexpr):
    """The sum of a product's parts, as the product rounded to its type would be, in FP32."""
    value = tl.load(parts + place, mask=there, other=0.0).to(tl.float32)
    for split in tl.static_range(1, SPLITS):
        value += tl.load(parts + split * stride + place, mask=there, other=0.0).to(tl.float32)
    return value


@triton.jit
def add_norm_kernel(
    parts, residual, weight, out, stride, eps,
    SPLITS: tl.constexpr, SIZE: tl.constexpr, BLOCK: tl.constexpr, PAIRED: tl.constexpr,
):  # fmt: skip
    """residual (rows, SIZE) += parts (splits, rows, SIZE), none if SPLITS is 0; out = its RMSNorm."""
    row = tl.program_id(0).to(tl.int64)
    k = tl.arange(0, BLOCK)
    there = k < SIZE
    place = row * SIZE + k
    dtype = out.dtype.element_ty
    value = tl.load(residual + place, mask=there, other=0.0).to(tl.float32)
    if SPLITS > 0:
        value += total(parts, stride, place, there, SPLITS).to(dtype).to(tl.float32)
        tl.store(residual + place, value.to(dtype), mask=there)
        value = value.to(dtype).to(tl.float32)
    scale = tl.rsqrt(tl.sum(value * value, 0) / SIZE + eps)
    normed = (value * scale).to(dtype).to(tl.float32) * tl.load(weight + k, mask=there, other=0.0).to(tl.float32)
    tl.store(out + row * SIZE + ordered(k, SIZE, PAIRED), normed.to(dtype), mask=there)


@triton.jit
def swiglu_kernel(
    parts, out, stride, size,
    SPLITS: tl.constexpr, BLOCK: tl.constexpr, PAIRED: tl.constexpr,
):  # fmt: skip
    """out (rows, size) = silu(gate) · up, of parts (splits, rows, 2 · size) with the gates first."""
    row = tl.program_id(0).to(tl.int64)
    k = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    there = k < size
    dtype = out.dtype.element_ty
    gate = total(parts, stride, row * 2 * size + k, there, SPLITS).to(dtype).to(tl.float32)
    up = total(parts, stride, (row * 2 + 1) * size + k, there, SPLITS).to(dtype).to(tl.float32)
    gated = (gate / (1.0 + tl.exp(-gate))).to(dtype).to(tl.float32)
    tl.store(out + row * size + ordered(k, size, PAIRED), (gated * up).to(dtype), mask=there)


@triton.jit
def rotate_store_kernel(
    parts, cos, sin, query_norm, key_norm, positions, rows, queries, keys, values, stride, eps, max_len,
    SPLITS: tl.constexpr, HEADS: tl.constexpr, KV_HEADS: tl.constexpr, DIM: tl.constexpr,
):  # fmt: skip
    """Of parts (splits, tokens, (HEADS + 2 KV_HEADS) · DIM), a head a program: rotate and norm queries and keys.

    Queries go to `queries` (tokens, HEADS, DIM), keys and values to the cache (slots, KV_HEADS, max_len, DIM) at each
    token's row and position.
    """
    token = tl.program_id(0).to(tl.int64)
    head = tl.program_id(1)
    d = tl.arange(0, DIM)
    dtype = queries.dtype.element_ty
    place = (token * (HEADS + 2 * KV_HEADS) + head) * DIM
    there = d < DIM
    value = total(parts, stride, place + d, there, SPLITS).to(dtype).to(tl.float32)
    position = tl.load(positions + token)
    if head < HEADS + KV_HEADS:
        other = total(parts, stride, place + (d + DIM // 2) % DIM, there, SPLITS).to(dtype).to(tl.float32)
        other = tl.where(d < DIM // 2, -other, other)
        straight = (value * tl.load(cos + position * DIM + d).to(tl.float32)).to(dtype).to(tl.float32)
        across = (other * tl.load(sin + position * DIM + d).to(tl.float32)).to(dtype).to(tl.float32)
        value = (straight + across).to(dtype).to(tl.float32)
        value = (value * tl.rsqrt(tl.sum(value * value, 0) / DIM + eps)).to(dtype).to(tl.float32)
        if head < HEADS:
            value *= tl.load(query_norm + d).to(tl.float32)
        else:
            value *= tl.load(key_norm + d).to(tl.float32)
    if head < HEADS:
        tl.store(queries + (token * HEADS + head) * DIM + d, value.to(dtype))
    else:
        kv_head = (head - HEADS) % KV_HEADS
        target = keys if head < HEADS + KV_HEADS else values
        row = tl.load(rows + token).to(tl.int64)
        tl.store(target + ((row * KV_HEADS + kv_head) * max_len + position) * DIM + d, value.to(dtype))
