"""Values that several commands take."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hymt.hardware.limit import parse_gib, parse_sizes

KERNELS_HELP = "hymt's own kernels, or transformers' and bitsandbytes' for comparison (%(default)s)"
ADAPTER = "a LoRA adapter's folder or hub id (with the base that it names, or --model)"
GPU_MEMORY = "take at most so much memory of an NVIDIA GPU, in GiB (the whole card)"


def argument(read: Callable) -> Callable:
    """A reader that raises ValueError, for argparse, which shows the message of its own error only."""

    def convert(value: str):
        try:
            return read(value)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


gibibytes = argument(parse_gib)
sizes = argument(parse_sizes)
