"""Values that several commands take."""

from __future__ import annotations

from hymt.commands.refusals import argument
from hymt.hardware.limit import parse_gib, parse_sizes

KERNELS_HELP = "hymt's own kernels, or transformers' and bitsandbytes' for comparison (%(default)s)"
ADAPTER = "a LoRA adapter's folder or hub id (with the base that it names, or --model)"
GPU_MEMORY = "take at most this much memory of an NVIDIA GPU, in GiB (the whole card)"


gibibytes = argument(parse_gib)
sizes = argument(parse_sizes)
