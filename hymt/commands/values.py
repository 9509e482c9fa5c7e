"""Values that several commands take."""

from __future__ import annotations

import argparse

KERNELS_HELP = "hymt's own kernels, or transformers' and bitsandbytes' for comparison (%(default)s)"
ADAPTER = "a LoRA adapter's folder or hub id (with the base that it names, or --model)"
GPU_MEMORY = "take at most so much memory of an NVIDIA GPU, in GiB (the whole card)"


def gibibytes(value: str) -> float:
    """A memory limit. Raises argparse's error with advice."""
    from hymt.hardware.limit import BadLimit, parse_gib

    try:
        return parse_gib(value)
    except BadLimit as error:
        raise argparse.ArgumentTypeError(str(error)) from None
