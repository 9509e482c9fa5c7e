"""Which precision a processor computes fastest: measured, as what its flags promise is not what its libraries do."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from statistics import geometric_mean
from typing import TYPE_CHECKING

from hymt.hardware.devices import Device
from hymt.models.catalogue import MINI_FOLDER
from hymt.models.precision import PRECISIONS, Precision
from hymt.models.shape import ModelShape

if TYPE_CHECKING:
    import torch

    from hymt.engine.parts import Layer
    from hymt.engine.projections import Dense, Int8

FINEST_FIRST = ("fp32", "fp16", "bf16", "int8")
ALIKE = 1.1  # a finer precision may take this many times as long as the fastest one
WIDTHS = (4, 16)  # rows: a sentence with the embedded model's four beams, and several at once,
LENGTH = 32  # of this many tokens each
ROUNDS = 3
BEHIND = 2  # times the fastest: a first round is not wrong by so much


def fastest(seconds: dict[str, float]) -> str:
    """The finest of the precisions that are about as fast as the fastest one."""
    least = min(seconds.values())
    return next(name for name in FINEST_FIRST if name in seconds and seconds[name] <= ALIKE * least)


@cache
def cpu_seconds(device: Device) -> dict[str, float]:
    """Seconds of one decode step of the embedded model on a CPU, by precision; takes about a second, once.

    It is the geometric mean of a narrow and a wide step: neither a lone sentence nor a full server may crawl.
    In a thread that ends: OpenMP's team for it would slow down the engine's own.
    """
    able = [PRECISIONS[name] for name in FINEST_FIRST if not PRECISIONS[name].unavailable(device)]
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_measure, ModelShape.read(MINI_FOLDER), able, device).result()


def _measure(shape: ModelShape, precisions: list[Precision], device: Device) -> dict[str, float]:
    """The least of several rounds; in each, all precisions in turn, so that whatever disturbs one disturbs all.

    What is far behind in the first round is not timed again.
    """
    import torch

    with torch.inference_mode():
        steps = {precision.name: _step(shape, precision, device) for precision in precisions}
        seconds = _round(steps)
        least = min(seconds.values())
        near = {name: steps[name] for name in steps if seconds[name] <= BEHIND * least}
        for _ in range(ROUNDS - 1):
            seconds |= {name: min(seconds[name], again) for name, again in _round(near).items()}
    return seconds


def _round(steps: dict[str, Callable[[int], object]]) -> dict[str, float]:
    return {name: geometric_mean(_timed(step, width) for width in WIDTHS) for name, step in steps.items()}


def _timed(step: Callable[[int], object], width: int) -> float:
    began = time.perf_counter()
    step(width)
    return time.perf_counter() - began


def _step(shape: ModelShape, precision: Precision, device: Device) -> Callable[[int], object]:
    """A decode step of so many rows, with weights of no meaning; tokens and choices left out."""
    import torch

    from hymt.engine.cpu import CpuOperations
    from hymt.engine.network import through_layers
    from hymt.engine.parts import Shape

    dtype = getattr(torch, precision.compute_on(device))
    layers = [_layer(shape, precision, dtype) for _ in range(shape.layers)]
    head = _projection(shape.vocab, shape.hidden, precision, dtype)
    cache = torch.zeros(shape.layers, 2, max(WIDTHS), shape.kv_heads, LENGTH, shape.head_dim, dtype=dtype)
    angles = torch.ones(2, LENGTH, shape.head_dim, dtype=dtype)
    operations = CpuOperations(Shape(shape.heads, shape.kv_heads, shape.head_dim, 1e-5), *angles)

    def step(width: int) -> None:
        run = operations.decode(torch.full((width,), LENGTH - 1), torch.arange(width), LENGTH)
        residual = torch.zeros(width, shape.hidden, dtype=dtype)
        _, product = through_layers(layers, cache, residual, run, operations)
        operations.product(product[0], head)

    return step


def _layer(shape: ModelShape, precision: Precision, dtype: torch.dtype) -> Layer:
    import torch

    from hymt.engine.parts import Layer

    def projection(rows: int, columns: int) -> Dense | Int8:
        return _projection(rows, columns, precision, dtype)

    def norm(size: int) -> torch.Tensor:
        return torch.ones(size, dtype=dtype)

    heads, both = shape.heads * shape.head_dim, 2 * shape.kv_heads * shape.head_dim
    return Layer(
        input_norm=norm(shape.hidden),
        qkv=projection(heads + both, shape.hidden),
        query_norm=norm(shape.head_dim),
        key_norm=norm(shape.head_dim),
        out=projection(shape.hidden, heads),
        post_norm=norm(shape.hidden),
        gate_up=projection(2 * shape.intermediate, shape.hidden),
        down=projection(shape.hidden, shape.intermediate),
    )


def _projection(rows: int, columns: int, precision: Precision, dtype: torch.dtype) -> Dense | Int8:
    import torch

    from hymt.engine.projections import Dense, Int8

    if precision.bits:
        return Int8(torch.ones(rows, columns, dtype=torch.int8), torch.ones(rows))
    return Dense(torch.ones(rows, columns, dtype=dtype))
