"""What the memory allows: every token of one sequence reads all weights once."""

from __future__ import annotations

import time

from hymt.hardware.devices import Device
from hymt.hardware.memory import GIB
from hymt.models.shape import FLOAT_BYTES, ModelShape

ROUNDS = 5


def copy_bandwidth(device: Device, free: int) -> float:
    """Bytes/s of a copy within the device's memory, reads and writes counted: the best of several rounds.

    The blocks are far larger than any cache, and take at most half of the `free` bytes.
    """
    import torch

    size = min(4 * GIB if device.kind == "cuda" else GIB // 2, free // 4)
    source = torch.ones(size, dtype=torch.uint8, device=device.torch_name)
    target = torch.zeros_like(source)
    copies = 10 if device.kind == "cuda" else 1
    seconds = []
    for _ in range(1 + ROUNDS):  # the first warms up
        synchronize(device)
        began = time.perf_counter()
        for _ in range(copies):
            target.copy_(source)
        synchronize(device)
        seconds.append(time.perf_counter() - began)
    return 2 * size * copies / min(seconds[1:])


def synchronize(device: Device) -> None:
    """Wait for all that the device was given to do."""
    if device.kind == "cuda":
        import torch

        torch.cuda.synchronize(device.index)


def bytes_per_token(shape: ModelShape, precision: str) -> int:
    """Bytes of weights that a decode step reads: all, save an input embedding of its own, of which it reads a row."""
    unread = 0 if shape.tied else shape.vocab * shape.hidden * FLOAT_BYTES[precision]
    return shape.weight_bytes(precision) - unread


def one_sequence(bandwidth: float, shape: ModelShape, precision: str) -> float:
    """The most tokens/s that one sequence can make at a bandwidth in bytes/s."""
    return bandwidth / bytes_per_token(shape, precision)
