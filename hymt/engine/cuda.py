"""The fused network's operations on an NVIDIA GPU: Triton kernels, and cuBLAS where many rows meet float weights.

Nothing here waits for the device or allocates on the host, so a decode pass can be captured in a CUDA graph.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
import triton

from hymt.engine.kernels import attention, elementwise
from hymt.engine.kernels.launch import launch
from hymt.engine.kernels.linear import product, stages_within, suits, widened
from hymt.engine.parts import Layer, Shape
from hymt.engine.projections import NF4, Projection

TILE = 16  # the least side of a tile that the tensor cores take
PREFILL_BLOCK = 64
DECODE_BLOCK = 64  # positions of keys that a program attends to at once
PROGRAMS = 264  # two for each of an H100's 132 multiprocessors: a decode pass is split until it has that many


class CudaOperations:
    """Products are (splits, rows, N): the kernel that reads one adds up its parts."""

    def __init__(self, shape: Shape, cos: torch.Tensor, sin: torch.Tensor) -> None:
        self.shape, self.cos, self.sin = shape, cos, sin
        block = PREFILL_BLOCK * shape.head_dim * 2 * cos.element_size()  # keys and values
        self.stages = stages_within(block, 3, cos.device)

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
        return _Decode(self, positions, rows)

    def product(self, x: torch.Tensor, projection: Projection) -> torch.Tensor:
        if suits(x, projection):
            return product(x, projection)
        return F.linear(x, widened(projection, x.dtype))[None]

    def paired(self, consumer: Projection, like: torch.Tensor) -> bool:
        """Whether the elements of a row must lie in the NF4 kernels' order for the product with `consumer`."""
        return isinstance(consumer, NF4) and suits(like, consumer)

    def add_norm(
        self, product: torch.Tensor | None, residual: torch.Tensor, weight: torch.Tensor, consumer: Projection
    ) -> torch.Tensor:
        rows, size = residual.shape
        out = torch.empty_like(residual)
        launch(
            elementwise.add_norm_kernel,
            (rows,),
            residual if product is None else product,
            residual,
            weight,
            out,
            rows * size,
            self.shape.eps,
            SPLITS=0 if product is None else len(product),
            SIZE=size,
            BLOCK=triton.next_power_of_2(size),
            PAIRED=self.paired(consumer, residual),
            num_warps=8 if size > 2048 else 4,
        )
        return out

    def swiglu(self, product: torch.Tensor, consumer: Projection) -> torch.Tensor:
        splits, rows, both = product.shape
        out = torch.empty(rows, both // 2, dtype=self.cos.dtype, device=product.device)
        block = 1024
        launch(
            elementwise.swiglu_kernel,
            (rows, triton.cdiv(both // 2, block)),
            product,
            out,
            rows * both,
            both // 2,
            SPLITS=splits,
            BLOCK=block,
            PAIRED=self.paired(consumer, out),
        )
        return out


class _Pass:
    """Where each token's keys go: `rows` and `positions` are those of the tokens."""

    def __init__(self, operations: CudaOperations, positions: torch.Tensor, rows: torch.Tensor) -> None:
        self.operations, self.positions, self.rows = operations, positions, rows

    def rotate_store(
        self, product: torch.Tensor, layer: Layer, keys: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        splits, tokens, width = product.shape
        shape, cos, sin = self.operations.shape, self.operations.cos, self.operations.sin
        queries = torch.empty(tokens, shape.heads, shape.head_dim, dtype=cos.dtype, device=product.device)
        launch(
            elementwise.rotate_store_kernel,
            (tokens, shape.heads + 2 * shape.kv_heads),
            product,
            cos,
            sin,
            layer.query_norm,
            layer.key_norm,
            self.positions,
            self.rows,
            queries,
            keys,
            values,
            tokens * width,
            shape.eps,
            keys.shape[2],
            SPLITS=splits,
            HEADS=shape.heads,
            KV_HEADS=shape.kv_heads,
            DIM=shape.head_dim,
            num_warps=1,
        )
        return queries


class _Decode(_Pass):
    """One new token for each of the first rows; attention is cut along the keys while rows are few."""

    def __init__(self, operations: CudaOperations, positions: torch.Tensor, rows: torch.Tensor) -> None:
        super().__init__(operations, positions, rows)
        busy = max(1, PROGRAMS // (len(rows) * operations.shape.kv_heads))
        self.splits = min(16, triton.next_power_of_2(busy + 1) // 2)

    def attend(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, consumer: Projection
    ) -> torch.Tensor:
        shape, rows = self.operations.shape, len(queries)
        out = torch.empty(rows, shape.heads * shape.head_dim, dtype=queries.dtype, device=queries.device)
        paired = self.operations.paired(consumer, out)
        parts = sums = maxima = out
        if self.splits > 1:
            parts = torch.empty(self.splits, rows, shape.heads, shape.head_dim, device=queries.device)
            sums, maxima = torch.empty(2, self.splits, rows, shape.heads, device=queries.device)
        sizes = {"HEADS": shape.heads, "DIM": shape.head_dim, "SPLITS": self.splits, "PAIRED": paired}
        launch(
            attention.decode_kernel,
            (rows, shape.kv_heads, self.splits),
            queries,
            keys,
            values,
            self.positions,
            parts,
            sums,
            maxima,
            keys.shape[2],
            shape.head_dim**-0.5,
            KV_HEADS=shape.kv_heads,
            PADDED=max(TILE, triton.next_power_of_2(shape.heads // shape.kv_heads)),
            BLOCK=DECODE_BLOCK if queries.dtype != torch.float32 else TILE,
            num_stages=self.operations.stages,
            **sizes,
        )
        if self.splits > 1:
            launch(attention.combine_kernel, (rows, shape.heads), parts, sums, maxima, out, **sizes, num_warps=1)
        return out


class _Prefill(_Pass):
    """Whole prompts, one behind the other."""

    def __init__(
        self,
        operations: CudaOperations,
        positions: torch.Tensor,
        token_rows: torch.Tensor,
        prompt_rows: torch.Tensor,
        starts: torch.Tensor,
        lengths: list[int],
    ) -> None:
        super().__init__(operations, positions, token_rows)
        self.prompt_rows, self.longest = prompt_rows, max(lengths)
        self.starts = F.pad(starts, (0, 1), value=len(positions))

    def attend(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, consumer: Projection
    ) -> torch.Tensor:
        shape = self.operations.shape
        out = torch.empty(len(queries), shape.heads * shape.head_dim, dtype=queries.dtype, device=queries.device)
        block = PREFILL_BLOCK if queries.dtype != torch.float32 else TILE
        launch(
            attention.prefill_kernel,
            (len(self.prompt_rows), triton.cdiv(self.longest, block), shape.heads),
            queries,
            keys,
            values,
            self.starts,
            self.prompt_rows,
            out,
            keys.shape[2],
            shape.head_dim**-0.5,
            HEADS=shape.heads,
            KV_HEADS=shape.kv_heads,
            DIM=shape.head_dim,
            BLOCK=block,
            PAIRED=self.operations.paired(consumer, out),
            num_stages=self.operations.stages,
        )
        return out


def reorder(
    whole: torch.Tensor, rows: torch.Tensor, parents: torch.Tensor, positions: torch.Tensor, lengths: torch.Tensor
) -> None:
    """Give each beam its parent's answer in the cache `whole` (layers, 2, slots, kv_heads, max_len, head_dim).

    rows (sequences · beams,), parents (sequences, beams), positions (slots,): where each row's next token goes,
    lengths (sequences,): tokens of the answer so far, the newest included.
    """
    layers, _, slots, kv_heads, max_len, dim = whole.shape
    sequences, beams = parents.shape
    block = 16
    launch(
        attention.reorder_kernel,
        (sequences, layers * 2 * kv_heads, triton.cdiv(max_len, block)),
        whole,
        rows,
        parents,
        positions,
        lengths,
        slots,
        max_len,
        BEAMS=beams,
        PADDED=triton.next_power_of_2(beams),
        KV_HEADS=kv_heads,
        DIM=dim,
        BLOCK=block,
    )
