"""Products of few rows with large weights, where reading the weights is the whole cost.

One program computes a tile of outputs over a part of K: weights are read once, in the type in which they are stored,
and widened in registers. With `splits` above 1 the parts stay apart, as FP32 sums (splits, rows, N), and the kernel
that reads the product adds them up: no atomics, so the same input always gives the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
import triton
import triton.language as tl

from hymt.engine.kernels.launch import launch
from hymt.engine.kernels.nf4 import nf4_kernel, nf4_row_kernel, nf4_widen_kernel
from hymt.engine.projections import BLOCK, NF4, Dense, Int8, Projection


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
    """The same for one row, without the tensor cores."""
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


@triton.jit
def widen_kernel(weight, absmax, out, K, BLOCK: tl.constexpr):
    """out (N, K) = INT8 weight (N, K) · absmax (N,) / 127, a part of a row a program."""
    row = tl.program_id(0).to(tl.int64)
    k = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    scale = tl.load(absmax + row) * (1.0 / 127.0)
    value = tl.load(weight + row * K + k, mask=k < K, other=0).to(tl.float32) * scale
    tl.store(out + row * K + k, value.to(out.dtype.element_ty), mask=k < K)


@dataclass(frozen=True)
class Tile:
    """How a product is cut: outputs a program, K a step, parts of K, and Triton's warps and pipeline stages."""

    bn: int
    bk: int
    splits: int = 1
    warps: int = 4
    stages: int = 3


RESERVED = 8192  # bytes of shared memory that Triton may want besides a pipeline's stages


def suits(x: torch.Tensor, projection: Projection) -> bool:
    """Whether `product` is the fastest way: up to some rows reading the weights is the cost, then multiplying is."""
    if isinstance(projection, NF4):
        return x.dtype == torch.float16 and len(x) <= 128
    return x.dtype != torch.float32 and len(x) <= (128 if isinstance(projection, Int8) else 64)


def product(x: torch.Tensor, projection: Projection) -> torch.Tensor:
    """x (rows, K) in 16 bit → (splits, rows, N): in x's type, or FP32 parts to be added up."""
    rows, (n, k) = len(x), projection.shape
    tile = _tile(projection, rows)
    out = torch.empty(tile.splits, rows, n, dtype=x.dtype if tile.splits == 1 else torch.float32, device=x.device)
    per_split = triton.cdiv(triton.cdiv(k, tile.splits), tile.bk) * tile.bk
    height = min(128 if isinstance(projection, NF4) else 64, max(16, triton.next_power_of_2(rows)))
    grid = (triton.cdiv(n, tile.bn), tile.splits, triton.cdiv(rows, height))
    sizes: dict[str, int] = {"BN": tile.bn, "BK": tile.bk, "num_warps": tile.warps}
    if isinstance(projection, NF4):
        weights = (projection.words if rows == 1 else projection.packed, projection.absmax)
    else:
        int8 = isinstance(projection, Int8)
        weights = (projection.weight, projection.absmax if isinstance(projection, Int8) else projection.weight)
        sizes |= {"INT8": int8, "EVEN": k % (tile.bk * tile.splits) == 0}
    if rows == 1:
        kernel = nf4_row_kernel if isinstance(projection, NF4) else row_kernel
        launch(kernel, grid, x, *weights, out, n, k, per_split, STAGES=tile.stages, **sizes)
    else:
        kernel = nf4_kernel if isinstance(projection, NF4) else linear_kernel
        stage_bytes = tile.bn * tile.bk * weights[0].nbytes // (n * k) + tile.bk * height * x.element_size()
        stages = stages_within(stage_bytes, tile.stages, x.device)
        launch(kernel, grid, x, *weights, out, rows, n, k, per_split, BM=height, num_stages=stages, **sizes)
    return out


def widened(projection: Projection, dtype: torch.dtype) -> torch.Tensor:
    """The weights (N, K) in a float type. torch multiplies int8 and FP16 far from the speed of memory."""
    if isinstance(projection, Dense):
        return projection.widened(dtype)
    n, k = projection.shape
    weights = projection.tensors
    out = torch.empty(n, k, dtype=dtype, device=weights[0].device)
    if isinstance(projection, Int8):
        launch(widen_kernel, (n, triton.cdiv(k, 4096)), *weights, out, k, BLOCK=4096)
    else:
        count = n * k // 2
        launch(nf4_widen_kernel, (triton.cdiv(count, 2048),), *weights, out, count, BLOCK=2048)
    return out


def stages_within(stage_bytes: int, stages: int, device: torch.device) -> int:
    """As many of a pipeline's stages as fit the shared memory of a program: an H100's 227 KiB, or a 4090's 99."""
    if device.type != "cuda":
        return stages
    return max(1, min(stages, (_shared_memory(device.index or 0) - RESERVED) // stage_bytes))


@cache
def _shared_memory(index: int) -> int:
    """Bytes of shared memory that a program may have on a GPU. Asking the driver takes longer than a launch."""
    return triton.runtime.driver.active.utils.get_device_properties(index)["max_shared_mem"]


def _tile(projection: Projection, rows: int) -> Tile:
    """The fastest cuts on an H100 at the 7B's shapes; what reads large runs at one row reads them everywhere."""
    n, k = projection.shape
    if isinstance(projection, NF4):
        if rows == 1:
            splits = 4 if k > 8192 else 2
            return Tile(4, 1024, warps=1, stages=1) if n > 16384 else Tile(2, 1024, splits, warps=1, stages=1)
        splits = 2 if n > 16384 else 8 if rows <= 64 else 4
        return Tile(128 if 16 < rows <= 64 else 64, BLOCK, splits)
    if isinstance(projection, Int8):
        return Tile(8, 512, stages=3) if rows == 1 else Tile(64, 128, 4 if n < 16384 else 2, stages=4)
    if rows == 1:
        return Tile(8, 512, stages=3) if k > 8192 else Tile(2, 1024, stages=1)
    if n > 65536:
        return Tile(128, 128, warps=8, stages=4)
    return Tile(64, 128, 1 if n > 4096 else 2, stages=5 if n > 4096 and n < 16384 else 4)
