"""The CUDA operations against the CPU's, on a small random model: on a GPU where there is one, else in Triton's
interpreter, in a process of its own because Triton decides that at its import."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

KINDS = ("fp32", "fp16", "int8")


@pytest.mark.skipif(torch.cuda.is_available(), reason="the same runs on the GPU itself")
@pytest.mark.parametrize("kind", KINDS)
def test_operations_agree(kind):
    environment = os.environ | {"TRITON_INTERPRET": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.kernel_check", kind, "cpu"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.cuda
@pytest.mark.parametrize("kind", (*KINDS, "bf16", "nf4"))
def test_operations_agree_on_a_gpu(kind):
    from tests.engine.kernel_check import check

    check(kind, "cuda")
