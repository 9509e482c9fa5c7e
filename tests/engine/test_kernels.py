"""The CUDA operations against the CPU's, on a small random model: on a GPU where there is one, else in Triton's
interpreter, in processes of their own because Triton decides that at its import."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

KINDS = ("fp32", "fp16", "int8")


@pytest.fixture(scope="module")
def interpreted():
    """All kinds under way at once: the interpreter takes long, and has use for one core only."""
    environment = os.environ | {"TRITON_INTERPRET": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.engine.kernel_check"]
    started = {
        kind: subprocess.Popen([*command, kind, "cpu"], env=environment, stderr=subprocess.PIPE, text=True)
        for kind in KINDS
    }
    yield started
    for process in started.values():
        process.kill()
        process.communicate()


@pytest.mark.skipif(torch.cuda.is_available(), reason="the same runs on the GPU itself")
@pytest.mark.parametrize("kind", KINDS)
def test_operations_agree(interpreted, kind):
    _, said = interpreted[kind].communicate(timeout=300)
    assert interpreted[kind].returncode == 0, said[-2000:]


@pytest.mark.cuda
@pytest.mark.parametrize("kind", (*KINDS, "bf16", "nf4"))
def test_operations_agree_on_a_gpu(kind):
    from tests.engine.kernel_check import check

    check(kind, "cuda")
