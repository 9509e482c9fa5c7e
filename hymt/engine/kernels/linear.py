"""Products of few rows with large weights, where reading the weights is the whole cost.

One program computes a tile of outputs over a part of K: weights are read once, in the type in which they are stored,
and widened in registers. With `splits` above 1 the parts stay apart, as FP32 sums (splits, rows, N), and the kernel
that reads the product adds them up: no atomics, so the same input always gives the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import triton
import triton.language as tl

from hymt.engine.projections import NF4, Int8, Projection

# NF4's sixteen values (QLoRA, arXiv:2305.14314, appendix E) in FP16, their low and high bytes apart: `prmt` looks up
# four nibbles at once in eight bytes. What follows unpacks a word of eight nibbles, the first in the high half of its
# byte, into four pairs of FP16.
_NF4_HALVES = """
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
NF4_CODE = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip


def _nf4_assembly() -> tuple[str, str]:
    bits = [int(v) & 0xFFFF for v in torch.tensor(NF4_CODE).half().view(torch.int16).tolist()]
    tables = {}
    for word in range(4):
        entries = bits[4 * word : 4 * word + 4]
        tables[f"l{word}"] = hex(sum((entry & 0xFF) << 8 * i for i, entry in enumerate(entries)))
        tables[f"h{word}"] = hex(sum((entry >> 8) << 8 * i for i, entry in enumerate(entries)))
    low = _NF4_HALVES.format(word="$4", first="$0", second="$1", **tables)
    high = _NF4_HALVES.format(word="w", first="$2", second="$3", **tables)
    unpack = "{ .reg .b32 s, t, k, a, b, l, h, w;" + low + "shr.b32 w, $4, 16;" + high + "}"
    # the same, and its scalar product with eight activations: four FP16 products are added before FP32 takes over
    low = _NF4_HALVES.format(word="$1", first="p", second="q", **tables)
    high = _NF4_HALVES.format(word="w", first="p", second="q", **tables)
    product = (
        "{ .reg .b32 s, t, k, a, b, l, h, w, p, q; .reg .b16 u, v; .reg .f32 f, g;"
        + (low + "mul.rn.f16x2 t, p, $2; fma.rn.f16x2 t, q, $3, t; mov.b32 {u, v}, t; cvt.f32.f16 f, u;")
        + ("cvt.f32.f16 g, v; add.f32 $0, f, g; shr.b32 w, $1, 16;" + high)
        + ("mul.rn.f16x2 t, p, $4; fma.rn.f16x2 t, q, $5, t; mov.b32 {u, v}, t; cvt.f32.f16 f, u;")
        + ("cvt.f32.f16 g, v; add.f32 f, f, g; add.f32 $0, $0, f; }")
    )
    return unpack, product


NF4_UNPACK, NF4_PRODUCT = map(tl.constexpr, _nf4_assembly())


@triton.jit
def _pair(word):
    """The two FP16 numbers of an int32."""
    even = (word & 0xFFFF).to(tl.int16).to(tl.float16, bitcast=True)
    odd = (word >> 16).to(tl.int16).to(tl.float16, bitcast=True)
    return even, odd


@triton.jit(do_not_specialize=["rows"])
def linear_kernel(
    x, weight, scale, out, rows, N, K, per_split,
    INT8: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, EVEN: tl.constexpr,
):  # fmt: skip
    """out (splits, rows, N) = x (rows, K) · weight (N, K)ᵀ, times scale (N,) if the weights are INT8."""
    n = tl.program_id(0) * BN + tl.arange(0, BN)
    split = tl.program_id(1)
    m = tl.program_id(2) * BM + tl.arange(0, BM)
    line = tl.minimum(n, N - 1).to(tl.int64)[:, None] * K
    acc = tl.zeros((BN, BM), tl.float32)
    for k0 in range(split * per_split, tl.minimum((split + 1) * per_split, K), BK):
        k = k0 + tl.arange(0, BK)
        if EVEN:
            w = tl.load(weight + line + k[None, :])
            part = tl.load(x + m[None, :] * K + k[:, None], mask=m[None, :] < rows, other=0.0)
        else:
            w = tl.load(weight + line + k[None, :], mask=k[None, :] < K, other=0)
            part = tl.load(x + m[None, :] * K + k[:, None], mask=(m[None, :] < rows) & (k[:, None] < K), other=0.0)
        acc = tl.dot(w.to(x.dtype.element_ty), part, acc)
    if INT8:
        acc *= tl.load(scale + n, mask=n < N, other=0.0)[:, None] * (1.0 / 127.0)
    place = out + (split * rows + m[None, :]).to(tl.int64) * N + n[:, None]
    tl.store(place, acc.to(out.dtype.element_ty), mask=(m[None, :] < rows) & (n[:, None] < N))


@triton.jit
def row_kernel(
    x, weight, scale, out, N, K, per_split,
    INT8: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, EVEN: tl.constexpr, STAGES: tl.constexpr,
):  # fmt: skip
    """The same for one row, without the matrix units."""
    n = tl.program_id(0) * BN + tl.arange(0, BN)
    split = tl.program_id(1)
    line = tl.minimum(n, N - 1).to(tl.int64)[:, None] * K
    acc = tl.zeros((BN, BK), tl.float32)
    for k0 in tl.range(split * per_split, tl.minimum((split + 1) * per_split, K), BK, num_stages=STAGES):
        k = k0 + tl.arange(0, BK)
        if EVEN:
            w = tl.load(weight + line + k[None, :])
            part = tl.load(x + k)
        else:
            w = tl.load(weight + line + k[None, :], mask=k[None, :] < K, other=0)
            part = tl.load(x + k, mask=k < K, other=0.0)
        acc += w.to(tl.float32) * part.to(tl.float32)[None, :]
    total = tl.sum(acc, 1)
    if INT8:
        total *= tl.load(scale + n, mask=n < N, other=0.0) * (1.0 / 127.0)
    tl.store(out + split.to(tl.int64) * N + n, total.to(out.dtype.element_ty), mask=n < N)


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
            NF4_UNPACK, "=r,=r,=r,=r,r", [packed], (tl.int32, tl.int32, tl.int32, tl.int32), is_pure=True, pack=1
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
    """The same for one row, without the matrix units."""
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
            NF4_PRODUCT, "=&f,r,r,r,r,r", [packed, a, b, c, d], tl.float32, is_pure=True, pack=1
        )
        acc += part * largest
    tl.store(out + split.to(tl.int64) * N + n, tl.sum(acc, 1).to(out.dtype.element_ty), mask=n < N)


@dataclass(frozen=True)
class Tile:
    """How a product is cut: outputs a program, K a step, parts of K, and Triton's warps and pipeline stages."""

    bn: int
    bk: int
    splits: int = 1
    warps: int = 4
    stages: int = 3


def suits(x: torch.Tensor, projection: Projection) -> bool:
    """Whether `product` is the fastest way: up to some rows reading the weights is the cost, then multiplying is."""
    if isinstance(projection, NF4):
        return x.dtype == torch.float16 and len(x) <= 64
    return x.dtype != torch.float32 and len(x) <= (128 if isinstance(projection, Int8) else 64)


def product(x: torch.Tensor, projection: Projection) -> torch.Tensor:
    """x (rows, K) in 16 bit → (splits, rows, N): in x's type, or FP32 parts to be added up."""
    rows, (n, k) = len(x), projection.shape
    tile = _tile(projection, rows)
    out = torch.empty(tile.splits, rows, n, dtype=x.dtype if tile.splits == 1 else torch.float32, device=x.device)
    per_split = triton.cdiv(triton.cdiv(k, tile.splits), tile.bk) * tile.bk
    height = min(64, max(16, triton.next_power_of_2(rows)))
    grid = (triton.cdiv(n, tile.bn), tile.splits, triton.cdiv(rows, height))
    sizes = {"BN": tile.bn, "BK": tile.bk, "num_warps": tile.warps}
    if isinstance(projection, NF4):
        weights = (projection.words, projection.absmax)
    else:
        int8 = isinstance(projection, Int8)
        weights = (projection.weight, projection.absmax if int8 else projection.weight)
        sizes |= {"INT8": int8, "EVEN": k % (tile.bk * tile.splits) == 0}
    if rows == 1:
        kernel = nf4_row_kernel if isinstance(projection, NF4) else row_kernel
        kernel[grid](x, *weights, out, n, k, per_split, STAGES=tile.stages, **sizes)
    else:
        kernel = nf4_kernel if isinstance(projection, NF4) else linear_kernel
        kernel[grid](x, *weights, out, rows, n, k, per_split, BM=height, num_stages=tile.stages, **sizes)
    return out


def _tile(projection: Projection, rows: int) -> Tile:
    """The fastest cuts on an H100 at the 7B's shapes; what reads large runs at one row reads them everywhere."""
    n, k = projection.shape
    if isinstance(projection, NF4):
        if rows == 1:
            return Tile(4, 1024, warps=2, stages=1) if n > 16384 else Tile(8, 1024, 4, warps=2, stages=1)
        return Tile(64, 256, 4 if n < 16384 else 2) if rows <= 16 else Tile(128, 256, 4, warps=8)
    if isinstance(projection, Int8):
        return Tile(8, 512, stages=3) if rows == 1 else Tile(64, 128, 4 if n < 16384 else 2, stages=4)
    if rows == 1:
        return Tile(8, 512, stages=3) if k > 8192 else Tile(2, 1024, stages=1)
    if n > 65536:
        return Tile(128, 128, warps=8, stages=4)
    return Tile(64, 128, 1 if n > 4096 else 2, stages=5 if n > 4096 and n < 16384 else 4)
