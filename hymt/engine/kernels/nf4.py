"""Products with NF4 weights, unpacked in registers: a look-up in tables that fit four of them.

NF4's sixteen values are rounded to 7 bits, in steps of 1 / 63.32 of a block's largest: they move by at most a tenth of
the distance between two, and of normally distributed weights the error is NF4's own to 0.2%. For a byte whose first bit
is 0 `prmt` finds it with a selector whose first bit is 0, and else finds 0: the first eight values are looked up with a
nibble as it is, the last eight with its first bit changed, and either of the two is the value.
"""

from __future__ import annotations

import triton
import triton.language as tl

from hymt.engine.projections import NF4_CODE

STEPS = 63.32  # in a block's largest: of all numbers below 64 the one that moves the values least
UNIT = tl.constexpr(64 / STEPS)  # kernels compute in 64ths of it
MIDDLE = 64  # the byte that stands for 0


def _table(values: list[int]) -> str:
    """Four bytes as PTX writes a word."""
    return hex(sum(value << 8 * place for place, value in enumerate(values)))


def _unpacking() -> str:
    """PTX that makes of a word w of eight nibbles the halves a, b of the first, third, fifth and seventh weight, and
    c, d of the others. A byte has its first weight in its high nibble."""
    codes = [round(STEPS * value) + MIDDLE for value in NF4_CODE]
    low, high = (f"{_table(codes[i : i + 4])}, {_table(codes[i + 4 : i + 8])}" for i in (0, 8))
    return f"""
        xor.b32 x, w, 0x88888888; shr.u32 v, w, 16; shr.u32 y, x, 16; mov.b32 z, 0x4C404C40;
        prmt.b32 p, {low}, w; prmt.b32 r, {high}, x; or.b32 p, p, r;
        prmt.b32 q, {low}, v; prmt.b32 r, {high}, y; or.b32 q, q, r;
        prmt.b32 a, p, 0x4C4C4C4C, 0x4341; prmt.b32 b, q, 0x4C4C4C4C, 0x4341;
        prmt.b32 c, p, 0x4C4C4C4C, 0x4240; prmt.b32 d, q, 0x4C4C4C4C, 0x4240;
        sub.rn.f16x2 a, a, z; sub.rn.f16x2 b, b, z; sub.rn.f16x2 c, c, z; sub.rn.f16x2 d, d, z;"""


_REGISTERS = ".reg .b32 w, v, x, y, z, p, q, r, a, b, c, d;"
# four bytes to two times four halves: 0x4Cnn is 16 + nn / 64 as a half
UNPACK = tl.constexpr(
    "{" + _REGISTERS + "mov.b32 w, $4;" + _unpacking() + "mov.b32 $0, a; mov.b32 $1, b; mov.b32 $2, c; mov.b32 $3, d; }"
)
# a word times eight activations, four of them in each of two 64-bit registers. FP16 adds up four products at
# most, then FP32 takes over
PRODUCT = tl.constexpr(
    "{"
    + _REGISTERS
    + ".reg .b32 s, t; .reg .b16 h, l; .reg .f32 f, g; mov.b32 w, $1;"
    + _unpacking()
    + """
        mov.b64 {s, t}, $2; mul.rn.f16x2 a, a, s; fma.rn.f16x2 a, b, t, a;
        mov.b64 {s, t}, $3; fma.rn.f16x2 a, c, s, a; fma.rn.f16x2 a, d, t, a;
        mov.b32 {h, l}, a; cvt.f32.f16 f, h; cvt.f32.f16 g, l; add.f32 $0, f, g; }"""
)


@triton.jit(do_not_specialize=["rows"])
def nf4_kernel(
    x, packed, absmax, out, rows, N, K, per_split,
    BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr,
):  # fmt: skip
    """out (splits, rows, N) = x (rows, K) · NF4 weights: packed uint8 (N, K / 2), absmax FP32 (N, K / BK).

    x is FP16 and lies as `ordered` puts it: the activations with an even place in a row first.
    """
    n = tl.program_id(0) * BN + tl.arange(0, BN)
    split = tl.program_id(1)
    m = tl.program_id(2) * BM + tl.arange(0, BM)
    line = tl.minimum(n, N - 1).to(tl.int64)
    there = m[None, :] < rows
    half = tl.multiple_of(K // 2, 16)
    acc = tl.zeros((BN, BM), tl.float32)
    for k0 in range(split * per_split, tl.minimum((split + 1) * per_split, K), BK):
        byte = k0 // 2 + tl.arange(0, BK // 2)
        pairs = tl.load(packed + line[:, None] * half + byte[None, :])
        largest = tl.load(absmax + line * (K // BK) + k0 // BK)
        even, odd = tl.inline_asm_elementwise(
            UNPACK, "=r,=r,=r,=r,r", [pairs], (tl.float16, tl.float16), is_pure=True, pack=4
        )
        first = tl.load(x + m[None, :] * K + byte[:, None], mask=there, other=0.0)
        second = tl.load(x + m[None, :] * K + half + byte[:, None], mask=there, other=0.0)
        part = tl.dot(even, first)
        part = tl.dot(odd, second, part)
        acc += part * largest[:, None]
    place = out + (split * rows + m[None, :]).to(tl.int64) * N + n[:, None]
    tl.store(place, (acc * UNIT).to(out.dtype.element_ty), mask=there & (n[:, None] < N))


@triton.jit
def nf4_row_kernel(
    x, words, absmax, out, N, K, per_split,
    BN: tl.constexpr, BK: tl.constexpr, STAGES: tl.constexpr,
):  # fmt: skip
    """The same for one row, without the tensor cores: words int32 (N, K / 8), absmax FP32 (N, K / 64)."""
    n = tl.program_id(0) * BN + tl.arange(0, BN)
    split = tl.program_id(1)
    line = tl.minimum(n, N - 1).to(tl.int64)[:, None]
    fours = x.to(tl.pointer_type(tl.int64))
    run = tl.multiple_of(K // 8, 8)
    acc = tl.zeros((BN, BK // 8), tl.float32)
    for k0 in tl.range(split * per_split, tl.minimum((split + 1) * per_split, K), BK, num_stages=STAGES):
        word = k0 // 8 + tl.arange(0, BK // 8)
        inside = word < run
        packed = tl.load(words + line * run + word[None, :], mask=inside[None, :], other=0)
        largest = tl.load(absmax + line * (run // 8) + (word // 8)[None, :], mask=inside[None, :], other=0.0)
        even = tl.load(fours + word, mask=inside, other=0)[None, :]
        odd = tl.load(fours + run + word, mask=inside, other=0)[None, :]
        part = tl.inline_asm_elementwise(PRODUCT, "=&f,r,l,l", [packed, even, odd], tl.float32, is_pure=True, pack=1)
        acc += part * largest
    total = tl.sum(acc, 1) * UNIT
    tl.store(out + split.to(tl.int64) * N + n, total.to(out.dtype.element_ty), mask=n < N)


@triton.jit
def nf4_widen_kernel(packed, absmax, out, count, BLOCK: tl.constexpr):
    """out = NF4 weights in a float type: count bytes of two weights each, in their order, a run of them a program."""
    byte = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    pairs = tl.load(packed + byte, mask=byte < count, other=0)
    largest = tl.load(absmax + byte // 32, mask=byte < count, other=0.0) * UNIT
    even, odd = tl.inline_asm_elementwise(
        UNPACK, "=r,=r,=r,=r,r", [pairs], (tl.float16, tl.float16), is_pure=True, pack=4
    )
    value = tl.interleave(even, odd).to(tl.float32) * tl.interleave(largest, largest)
    k = tl.program_id(0) * BLOCK * 2 + tl.arange(0, BLOCK * 2)
    tl.store(out + k, value.to(out.dtype.element_ty), mask=k < count * 2)
