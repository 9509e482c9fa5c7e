"""Kernels that begin while the one before them ends (programmatic dependent launch, on GPUs from Hopper on).

In a captured step some 300 short kernels follow one another; each would leave the memory idle until it has started.
Begun early, a product's programs ask for their weights, which nobody writes, and only then wait for their activations.
"""

from __future__ import annotations

import triton
import triton.language as tl
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait


@triton.jit
def wait_for_inputs(DEPENDENT: tl.constexpr):
    """Let the next kernel begin, and wait until what the one before has written is there.

    Every kernel calls it before it reads or writes anything but weights.
    """
    if DEPENDENT:
        gdc_wait()
    if DEPENDENT == 2:
        gdc_launch_dependents()


@triton.jit
def fetch_ahead(pointers, DEPENDENT: tl.constexpr):
    """Bring what these pointers point at, 128 bytes each, to the second-level cache."""
    if DEPENDENT:
        tl.inline_asm_elementwise(
            "prefetch.global.L2 [$1]; mov.u32 $0, 0;", "=r,l", [pointers.to(tl.int64)], tl.int32, is_pure=False, pack=1
        )
