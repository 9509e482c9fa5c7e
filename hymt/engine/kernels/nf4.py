"""Products of few rows with NF4 weights, unpacked in registers: a look-up in a table that fits four of them."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from hymt.engine.projections import NF4_CODE

# NF4's sixteen values in FP16, their low and high bytes apart: `prmt` looks up
# four nibbles at once in eight bytes. What follows unpacks a word of eight nibbles, the first in the high half of its
# byte, into four pairs of FP16.
_HALVES = """
    and.b32  s, {word}, 0x77777777;
    prmt.b32 k, 0x7F7F7F7F, 0x7F7F7F7F, {word};
    shl.b32  t, k, 1;
    or.b32   k, k, t;
    prmt.b32 a, {l0}, {l1}, s;
    prmt.b32 b, {l2}, {l3}, s;
    lop3.b32 l, a, b, k, 0xE4;
    prmt.b32 a, {h0}, {h1}, s;
    prmt.b32 b, {h2}, {h3}, s;
    lop3.b32 h, a, b, k, 0xE4;
    prmt.b32 {first}, l, h, 0x4051;
    prmt.b32 {second}, l, h, 0x6273;
"""


def _assembly() -> tuple[str, str]:
    """PTX for one word of eight nibbles: what unpacks it, and its scalar product with eight activations."""
    bits = [int(v) & 0xFFFF for v in torch.tensor(NF4_CODE).half().view(torch.int16).tolist()]
    tables = {}
    for word in range(4):
        entries = bits[4 * word : 4 * word + 4]
        tables[f"l{word}"] = hex(sum((entry & 0xFF) << 8 * i for i, entry in enumerate(entries)))
        tables[f"h{word}"] = hex(sum((entry >> 8) << 8 * i for i, entry in enumerate(entries)))
    low = _HALVES.format(word="$4", first="$0", second="$1", **tables)
    high = _HALVES.format(word="w", first="$2", second="$3", **tables)
    unpack = "{ .reg .b32 s, t, k, a, b, l, h, w;" + low + "shr.b32 w, $4, 16;" + high + "}"
    # FP16 adds up two products at most, then FP32 takes over
    low = _HALVES.format(word="$1", first="p", second="q", **tables)
    high = _HALVES.format(word="w", first="p", second="q", **tables)
    multiply = "mul.rn.f16x2 t, p, {0}; fma.rn.f16x2 t, q, {1}, t; mov.b32 {{u, v}}, t;"
    widen = "cvt.f32.f16 f, u; cvt.f32.f16 g, v; add.f32 f, f, g;"
    product = "{ .reg .b32 s, t, k, a, b, l, h, w, p, q; .reg .b16 u, v; .reg .f32 f, g;"
    product += low + multiply.format("$2", "$3") + widen + "mov.f32 $0, f; shr.b32 w, $1, 16;"
    product += high + multiply.format("$4", "$5") + widen + "add.f32 $0, $0, f; }"
    return unpack, product


UNPACK, PRODUCT = map(tl.constexpr, _assembly())


@triton.jit
def _pair(word):
    """The two FP16 numbers of an int32."""
    even = (word & 0xFFFF).to(tl.int16).to(tl.float16, bitcast=True)
    odd = (word >> 16).to(tl.int16).to(tl.float16, bitcast=True)
    return even, odd


@triton.jit(do_not_specialize=["rows"])
def nf4_kernel(
    x, words, absmax, out, rows, N, K, per_split,
    BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr,
):  # fmt: skip
    """out (splits, rows, N) = x (rows, K) · NF4 weights: words int32 (N, K / 8), absmax FP32 (N, K / 64).

    x is FP16 and lies as four runs of K / 4: the pairs that meet the first two weights of each word, the next two …
    """
    n = tl.program_id(0) * BN + tl.arange(0, BN)
    split = tl.program_id(1)
    m = tl.program_id(2) * BM + tl.arange(0, BM)
    line = tl.minimum(n, N - 1).to(tl.int64)[:, None]
    x_pairs = x.to(tl.pointer_type(tl.int32))
    run = tl.multiple_of(K // 8, 8)
    acc = tl.zeros((BN, BM), tl.float32)
    for k0 in range(split * per_split, tl.minimum((split + 1) * per_split, K), BK):
        word = k0 // 8 + tl.arange(0, BK // 8)
        inside = word < run
        packed = tl.load(words + line * run + word[None, :], mask=inside[None, :], other=0)
        largest = tl.load(absmax + line * (run // 8) + (word // 8)[None, :], mask=inside[None, :], other=0.0)
        largest = largest.to(tl.float16)
        a, b, c, d = tl.inline_asm_elementwise(
            UNPACK, "=r,=r,=r,=r,r", [packed], (tl.int32, tl.int32, tl.int32, tl.int32), is_pure=True, pack=1
        )
        there = inside[:, None] & (m[None, :] < rows)
        pairs = (a, b, c, d)
        for j in tl.static_range(4):
            even, odd = _pair(pairs[j])
            pair = tl.load(x_pairs + m[None, :] * (K // 2) + j * run + word[:, None], mask=there, other=0)
            first, second = _pair(pair)
            acc = tl.dot(even * largest, first, acc)
            acc = tl.dot(odd * largest, second, acc)
    place = out + (split * rows + m[None, :]).to(tl.int64) * N + n[:, None]
    tl.store(place, acc.to(out.dtype.element_ty), mask=(m[None, :] < rows) & (n[:, None] < N))


@triton.jit
def nf4_row_kernel(
    x, words, absmax, out, N, K, per_split,
    BN: tl.constexpr, BK: tl.constexpr, STAGES: tl.constexpr,
):  # fmt: skip
    """The same for one row, without the tensor cores (see linear.py for the parts of K)."""
    n = tl.program_id(0) * BN + tl.arange(0, BN)
    split = tl.program_id(1)
    line = tl.minimum(n, N - 1).to(tl.int64)[:, None]
    x_pairs = x.to(tl.pointer_type(tl.int32))
    run = tl.multiple_of(K // 8, 8)
    acc = tl.zeros((BN, BK // 8), tl.float32)
    for k0 in tl.range(split * per_split, tl.minimum((split + 1) * per_split, K), BK, num_stages=STAGES):
        word = k0 // 8 + tl.arange(0, BK // 8)
        inside = word < run
        packed = tl.load(words + line * run + word[None, :], mask=inside[None, :], other=0)
        largest = tl.load(absmax + line * (run // 8) + (word // 8)[None, :], mask=inside[None, :], other=0.0)
        a = tl.load(x_pairs + word, mask=inside, other=0)[None, :]
        b = tl.load(x_pairs + run + word, mask=inside, other=0)[None, :]
        c = tl.load(x_pairs + 2 * run + word, mask=inside, other=0)[None, :]
        d = tl.load(x_pairs + 3 * run + word, mask=inside, other=0)[None, :]
        part = tl.inline_asm_elementwise(
            PRODUCT, "=&f,r,r,r,r,r", [packed, a, b, c, d], tl.float32, is_pure=True, pack=1
        )
        acc += part * largest
    tl.store(out + split.to(tl.int64) * N + n, tl.sum(acc, 1).to(out.dtype.element_ty), mask=n < N)


@triton.jit
def nf4_widen_kernel(words, absmax, out, count, BLOCK: tl.constexpr):
    """out = NF4 weights in FP16 (count words of eight, in their order), a run of words a program."""
    word = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    packed = tl.load(words + word, mask=word < count, other=0)
    largest = tl.load(absmax + word // 8, mask=word < count, other=0.0)
    a, b, c, d = tl.inline_asm_elementwise(
        UNPACK, "=r,=r,=r,=r,r", [packed], (tl.int32, tl.int32, tl.int32, tl.int32), is_pure=True, pack=1
    )
    a0, a1 = _pair(a)
    b0, b1 = _pair(b)
    c0, c1 = _pair(c)
    d0, d1 = _pair(d)
    even = tl.interleave(tl.interleave(a0, c0), tl.interleave(b0, d0))
    odd = tl.interleave(tl.interleave(a1, c1), tl.interleave(b1, d1))
    scale = tl.interleave(largest, largest)
    scale = tl.interleave(scale, scale)
    scale = tl.interleave(scale, scale)
    value = tl.interleave(even, odd).to(tl.float32) * scale
    k = tl.program_id(0) * BLOCK * 8 + tl.arange(0, BLOCK * 8)
    tl.store(out + k, value.to(out.dtype.element_ty), mask=k < count * 8)
