"""Attention over the slots' cache: one new token a row (decode), whole prompts (prefill), and beams that change places.

The query heads that share a key head are rows of one tile: keys and values are read once, never repeated. Lengths are
read on the device, so one captured graph serves every length, and only what is filled is read.
"""

from __future__ import annotations

import triton
import triton.language as tl

from hymt.engine.kernels.elementwise import ordered

LOG2E = tl.constexpr(1.4426950408889634)


@triton.jit
def _attend(query, key, value, allowed, scale, largest, denominator, acc):
    """One block of an online softmax (arXiv:1805.02867): query (G, D), key and value (S, D), allowed (G, S)."""
    scores = tl.dot(query, tl.trans(key), input_precision="ieee") * (scale * LOG2E)
    scores = tl.where(allowed, scores, float("-inf"))
    new = tl.maximum(largest, tl.max(scores, 1))
    weights = tl.exp2(scores - new[:, None])
    fade = tl.exp2(largest - new)
    denominator = denominator * fade + tl.sum(weights, 1)
    acc = acc * fade[:, None] + tl.dot(weights.to(value.dtype), value, input_precision="ieee")
    return new, denominator, acc


@triton.jit
def decode_kernel(
    queries, keys, values, positions, out, sums, maxima, max_len, scale,
    HEADS: tl.constexpr, KV_HEADS: tl.constexpr, DIM: tl.constexpr,
    PADDED: tl.constexpr, BLOCK: tl.constexpr, SPLITS: tl.constexpr, PAIRED: tl.constexpr,
):  # fmt: skip
    """queries (rows, HEADS, DIM) over the cache (slots, KV_HEADS, max_len, DIM) up to each row's position.

    One split writes `out` (rows, HEADS · DIM). More write FP32 parts, `out` (splits, rows, HEADS, DIM) with the
    denominators in `sums` and the largest scores in `maxima` (splits, rows, HEADS), for `combine_kernel`.
    """
    row = tl.program_id(0).to(tl.int64)
    kv_head = tl.program_id(1)
    split = tl.program_id(2)
    group: tl.constexpr = HEADS // KV_HEADS
    g = tl.arange(0, PADDED)
    d = tl.arange(0, DIM)
    here = g < group
    head = kv_head * group + g
    length = (tl.load(positions + row) + 1).to(tl.int32)
    share = tl.cdiv(tl.cdiv(length, BLOCK), SPLITS) * BLOCK
    begin = split * share
    end = tl.minimum(begin + share, length)
    query = tl.load(queries + (row * HEADS + head[:, None]) * DIM + d[None, :], mask=here[:, None], other=0.0)
    base = (row * KV_HEADS + kv_head) * max_len
    largest = tl.full((PADDED,), -1.0e30, tl.float32)
    denominator = tl.zeros((PADDED,), tl.float32)
    acc = tl.zeros((PADDED, DIM), tl.float32)
    for start in range(begin, end, BLOCK):
        position = start + tl.arange(0, BLOCK)
        filled = position < end
        place = (base + position[:, None]) * DIM + d[None, :]
        key = tl.load(keys + place, mask=filled[:, None], other=0.0)
        value = tl.load(values + place, mask=filled[:, None], other=0.0)
        allowed = filled[None, :] & (g[:, None] < PADDED)
        largest, denominator, acc = _attend(query, key, value, allowed, scale, largest, denominator, acc)
    if SPLITS == 1:
        acc = acc / denominator[:, None]
        k = ordered(head[:, None] * DIM + d[None, :], HEADS * DIM, PAIRED)
        tl.store(out + row * HEADS * DIM + k, acc.to(out.dtype.element_ty), mask=here[:, None])
    else:
        line = (split * tl.num_programs(0) + row) * HEADS + head
        tl.store(out + line[:, None] * DIM + d[None, :], acc, mask=here[:, None])
        tl.store(sums + line, denominator, mask=here)
        tl.store(maxima + line, largest, mask=here)


@triton.jit
def combine_kernel(
    parts, sums, maxima, out,
    HEADS: tl.constexpr, DIM: tl.constexpr, SPLITS: tl.constexpr, PAIRED: tl.constexpr,
):  # fmt: skip
    """Put the parts of `decode_kernel` together, a head a program; out (rows, HEADS · DIM)."""
    row = tl.program_id(0).to(tl.int64)
    head = tl.program_id(1)
    d = tl.arange(0, DIM)
    line = (tl.arange(0, SPLITS) * tl.num_programs(0) + row) * HEADS + head
    largest = tl.load(maxima + line)
    share = tl.exp2(largest - tl.max(largest, 0))
    denominator = tl.sum(share * tl.load(sums + line), 0)
    part = tl.load(parts + line[:, None] * DIM + d[None, :])
    whole = tl.sum(part * share[:, None], 0) / denominator
    k = ordered(head * DIM + d, HEADS * DIM, PAIRED)
    tl.store(out + row * HEADS * DIM + k, whole.to(out.dtype.element_ty))


@triton.jit
def prefill_kernel(
    queries, keys, values, starts, rows, out, max_len, scale,
    HEADS: tl.constexpr, KV_HEADS: tl.constexpr, DIM: tl.constexpr, BLOCK: tl.constexpr, PAIRED: tl.constexpr,
):  # fmt: skip
    """Causal attention of whole prompts, packed one behind the other: queries and out (tokens, HEADS, DIM).

    Prompt i has the tokens starts[i] to starts[i + 1]; its keys and values are in the cache at row rows[i].
    """
    prompt = tl.program_id(0)
    first = tl.program_id(1) * BLOCK
    head = tl.program_id(2)
    begin = tl.load(starts + prompt).to(tl.int64)
    length = (tl.load(starts + prompt + 1) - begin).to(tl.int32)
    if first < length:
        asking = first + tl.arange(0, BLOCK)
        d = tl.arange(0, DIM)
        line = (begin + asking[:, None]) * HEADS + head
        query = tl.load(queries + line * DIM + d[None, :], mask=asking[:, None] < length, other=0.0)
        row = tl.load(rows + prompt).to(tl.int64)
        base = (row * KV_HEADS + head // (HEADS // KV_HEADS)) * max_len
        largest = tl.full((BLOCK,), -1.0e30, tl.float32)
        denominator = tl.zeros((BLOCK,), tl.float32)
        acc = tl.zeros((BLOCK, DIM), tl.float32)
        for start in range(0, tl.minimum(first + BLOCK, length), BLOCK):
            position = start + tl.arange(0, BLOCK)
            place = (base + position[:, None]) * DIM + d[None, :]
            key = tl.load(keys + place, mask=position[:, None] < length, other=0.0)
            value = tl.load(values + place, mask=position[:, None] < length, other=0.0)
            allowed = position[None, :] <= asking[:, None]
            largest, denominator, acc = _attend(query, key, value, allowed, scale, largest, denominator, acc)
        acc = acc / denominator[:, None]
        k = ordered(head * DIM + d, HEADS * DIM, PAIRED)
        place = (begin + asking[:, None]) * HEADS * DIM + k[None, :]
        tl.store(out + place, acc.to(out.dtype.element_ty), mask=asking[:, None] < length)


@triton.jit
def reorder_kernel(
    kv, rows, parents, positions, lengths, slots, max_len,
    BEAMS: tl.constexpr, PADDED: tl.constexpr, KV_HEADS: tl.constexpr, DIM: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Give each beam its parent's answer so far: kv (layers · 2, slots, KV_HEADS, max_len, DIM).

    Sequence i has the rows rows[i · BEAMS …] and `lengths[i]` tokens of answer, of which the newest is not in the
    cache yet; `positions` says where it goes. All beams are read before one is written.
    """
    sequence = tl.program_id(0)
    outer = (tl.program_id(1) // KV_HEADS).to(tl.int64)
    kv_head = tl.program_id(1) % KV_HEADS
    beam = tl.arange(0, PADDED)
    here = beam < BEAMS
    target = tl.load(rows + sequence * BEAMS + beam, mask=here, other=0)
    source = tl.load(rows + sequence * BEAMS + tl.load(parents + sequence * BEAMS + beam, mask=here, other=0))
    end = tl.load(positions + tl.load(rows + sequence * BEAMS)).to(tl.int32)
    begin = end - tl.load(lengths + sequence).to(tl.int32) + 1 + tl.program_id(2) * BLOCK
    if begin < end:
        within = tl.arange(0, BLOCK * DIM)
        moving = (here & (source != target))[:, None] & (within < (end - begin) * DIM)[None, :]
        whole = outer * slots
        place = (begin * DIM + within)[None, :]
        read = kv + ((whole + source) * KV_HEADS + kv_head)[:, None] * (max_len * DIM) + place
        write = kv + ((whole + target) * KV_HEADS + kv_head)[:, None] * (max_len * DIM) + place
        tile = tl.load(read, mask=moving, other=0.0)
        tl.debug_barrier()
        tl.store(write, tile, mask=moving)
