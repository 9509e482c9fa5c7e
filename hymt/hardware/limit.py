"""A limit on the GPU memory that hymt takes: read, checked against the card, and enforced on torch's allocator."""

from __future__ import annotations

import logging
import math
from dataclasses import replace

from hymt.errors import UserError
from hymt.hardware.devices import CUDA_CONTEXT, Device
from hymt.hardware.memory import GIB, show_bytes

log = logging.getLogger(__name__)

MOST_GIB = 2**20  # more is a slip of the keyboard


def parse_gib(text: str) -> float:
    """A number of GiB above 0. Raises UserError."""
    try:
        gib = float(text)
    except ValueError:
        gib = math.nan
    if not (math.isfinite(gib) and gib > 0):
        raise UserError("limit_not_a_number", value=text)
    if gib > MOST_GIB:
        raise UserError("limit_too_high", value=text)
    return gib


def parse_sizes(text: str) -> tuple[float, ...]:
    """ "24, 7.5" → (24.0, 7.5), each once. Raises UserError."""
    return tuple(dict.fromkeys(parse_gib(word.strip()) for word in text.split(",")))


def limited(device: Device, gib: float) -> Device:
    """The device with a limit of `gib` GiB; 0 lifts it. Raises UserError.

    More than the card has is all that it has.
    """
    if not gib:
        return replace(device, memory_limit=None)
    wanted = int(parse_gib(str(gib)) * GIB)
    if device.kind != "cuda":
        raise UserError("limit_without_gpu")
    if wanted <= CUDA_CONTEXT:
        taken = show_bytes(CUDA_CONTEXT)
        raise UserError("limit_too_low", limit=show_bytes(wanted), taken=taken)
    card = card_bytes(device.index)
    if wanted > card:
        log.warning("The GPU memory limit is above the %s that %s has: all count.", show_bytes(card), device.name)
    return replace(device, memory_limit=min(wanted, card))


def enforce(device: Device, index: int | None = None) -> None:
    """Hold torch's allocator on the device (or the GPU `index`) to the device's limit, or lift what held it.

    The allocator gets what the context leaves, so that the driver's figure for this process keeps to the limit.
    Beyond it torch raises OutOfMemoryError.
    """
    if device.kind != "cuda":
        return
    import torch

    index = device.index if index is None else index
    share = 1.0
    if device.memory_limit is not None:
        share = min(1.0, (device.memory_limit - CUDA_CONTEXT) / card_bytes(index))
    torch.cuda.set_per_process_memory_fraction(share, index)


def card_bytes(index: int) -> int:
    """All memory of a GPU as CUDA sees it."""
    import torch

    return torch.cuda.get_device_properties(index).total_memory
