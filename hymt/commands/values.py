"""Values that several commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hymt.commands.refusals import argument
from hymt.hardware.limit import parse_gib, parse_sizes

if TYPE_CHECKING:
    from hymt.models.catalogue import Model

KERNELS_HELP = "hymt's own kernels, or transformers' and bitsandbytes' for comparison (%(default)s)"
ADAPTER = "a LoRA adapter's folder or hub id (with the base that it names, or --model)"
GPU_MEMORY = "take at most this much memory of an NVIDIA GPU, in GiB (the whole card)"


def check_variant(model: str | None, precision: str | None) -> Model:
    """The entry of a model, before anything heavy is imported. Raises UserError for names that are none."""
    from hymt.models.catalogue import DEFAULT, find_model
    from hymt.models.precision import find_precision

    if precision:
        find_precision(precision)
    return find_model(model or DEFAULT)


gibibytes = argument(parse_gib)
sizes = argument(parse_sizes)
