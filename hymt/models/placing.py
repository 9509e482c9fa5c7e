"""Room on a device for the weights of a projection, and what quantises them while they are written there.

The linear layers that read the same input lie side by side in one tensor from the start, as the fused network wants
them. INT8 and NF4 are rounded as bitsandbytes rounds them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from hymt.engine.projections import BLOCK, NF4, NF4_CODE, Dense, Int8, Projection

Write = Callable[[int, int, torch.Tensor], None]  # rows `begin` to `end` of a tensor, and their values on the device


@dataclass(frozen=True, eq=False)
class Target:
    """Where a checkpoint's tensor goes. `whole` is the type that it has to have, of whole numbers; None for floats."""

    shape: tuple[int, ...]
    write: Write
    whole: torch.dtype | None = None

    def takes(self, dtype: torch.dtype) -> bool:
        return dtype.is_floating_point if self.whole is None else dtype == self.whole

    @classmethod
    def of(cls, part: torch.Tensor) -> Target:
        """A tensor that takes a checkpoint's values as they are, or in its own float type."""

        def write(begin: int, end: int, values: torch.Tensor) -> None:
            part[begin:end] = values

        return cls(tuple(part.shape), write, None if part.dtype.is_floating_point else part.dtype)


@dataclass(frozen=True, eq=False)
class Place:
    """A linear layer's part of a projection: of its weights, and of their scales where they are quantised."""

    shape: tuple[int, int]
    part: torch.Tensor
    scale: torch.Tensor | None
    write: Write

    @property
    def scales(self) -> torch.Tensor:
        """Raises ValueError where nothing is quantised."""
        if self.scale is None:
            raise ValueError("Weights in a float type have no scales.")
        return self.scale

    @property
    def target(self) -> Target:
        return Target(self.shape, self.write)

    def stored_targets(self, name: str) -> dict[str, Target]:
        """By the names that bitsandbytes gives the parts of a quantised weight: their bytes as they are."""
        if self.scale is None:
            return {name: Target.of(self.part)}
        suffix = f"{name}.absmax" if self.part.dtype == torch.uint8 else f"{name.removesuffix('weight')}SCB"
        return {name: Target.of(self.part), suffix: Target.of(self.scale)}


def place(
    sizes: Sequence[tuple[int, int]], bits: int | None, dtype: torch.dtype, device: torch.device
) -> tuple[Projection, list[Place]]:
    """A projection of linears of these sizes (outputs, inputs), in a float type or in 8 or 4 `bits`, still to be
    written."""
    counts, inputs = [rows for rows, _ in sizes], sizes[0][1]
    if bits is None:
        whole = torch.empty(sum(counts), inputs, dtype=dtype, device=device)
        places = [Place((len(part), inputs), part, None, Target.of(part).write) for part in whole.split(counts)]
        return Dense(whole), places
    if bits == 8:
        whole = torch.empty(sum(counts), inputs, dtype=torch.int8, device=device)
        absmax = torch.empty(sum(counts), device=device)
        parts = zip(whole.split(counts), absmax.split(counts), strict=True)
        return Int8(whole, absmax), [
            Place((len(part), inputs), part, scale, _int8(part, scale)) for part, scale in parts
        ]
    per_row = inputs // BLOCK
    whole = torch.empty(sum(counts) * inputs // 2, 1, dtype=torch.uint8, device=device)
    absmax = torch.empty(sum(counts) * per_row, device=device)
    split = zip(
        sizes,
        whole.split([count * inputs // 2 for count in counts]),
        absmax.split([count * per_row for count in counts]),
        strict=True,
    )
    places = [Place(size, part, scale, _nf4(part, scale, inputs, dtype)) for size, part, scale in split]
    return NF4(whole, absmax, (sum(counts), inputs)), places


def _int8(part: torch.Tensor, scale: torch.Tensor) -> Write:
    def write(begin: int, end: int, values: torch.Tensor) -> None:
        part[begin:end], scale[begin:end] = quantise_int8(values.half())

    return write


def _nf4(part: torch.Tensor, scale: torch.Tensor, columns: int, dtype: torch.dtype) -> Write:
    def write(begin: int, end: int, values: torch.Tensor) -> None:
        packed, absmax = quantise_nf4(values.to(dtype))
        part[begin * columns // 2 : end * columns // 2] = packed
        scale[begin * columns // BLOCK : end * columns // BLOCK] = absmax

    return write


def quantise_int8(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Values (N, K) as int8 (N, K), and the largest of each row (N,) in FP32, which stands for 127."""
    absmax = values.abs().amax(1).float()
    return (values * (127.0 / absmax)[:, None]).round_().nan_to_num_(0.0).to(torch.int8), absmax


def quantise_nf4(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Values (N, K) as packed uint8 (N · K / 2, 1), the first of two in the high half, and absmax FP32 (N · K / 64)."""
    blocks = values.reshape(-1, BLOCK).float()
    absmax = blocks.abs().amax(1)
    code = torch.tensor(NF4_CODE, device=values.device)
    nearest = torch.bucketize(blocks * (1.0 / absmax.clamp(min=1e-38))[:, None], (code[1:] + code[:-1]) / 2)
    pairs = nearest.to(torch.uint8).view(-1, 2)
    return (pairs[:, :1] << 4) | pairs[:, 1:], absmax
