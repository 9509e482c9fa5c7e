"""Which device computes, and why: choices come with their reason, so that a person can be shown it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hymt.errors import Sayable, Sentence

CUDA_CONTEXT = 900 * 2**20  # bytes that a process's CUDA context takes, kernels included: 0.6 to 0.87 GiB on an H100


@dataclass(frozen=True)
class Device:
    """A device that can hold a model. `kind` is torch's name for it: "cuda" or "cpu".

    `memory_limit`: the bytes of a GPU, the CUDA context's included, that this process may take; None for all.
    `capability` is a GPU's CUDA compute capability, None if it is not known: then a modern one is assumed.
    """

    kind: str
    name: str
    reason: Sayable
    index: int = 0
    memory_limit: int | None = None
    capability: tuple[int, int] | None = None

    @property
    def torch_name(self) -> str:
        return f"cuda:{self.index}" if self.kind == "cuda" else "cpu"


@cache
def detect_device() -> Device:
    """The best device of this machine."""
    import torch

    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        reason = Sentence("gpu_present") if count == 1 else Sentence("first_of_gpus", {"count": count})
        return Device("cuda", torch.cuda.get_device_name(0), reason, capability=torch.cuda.get_device_capability(0))
    return Device("cpu", cpu_name(), Sentence("no_gpu_found"))


def cpu_name() -> str:
    """The processor's own name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
        return " ".join(next(named).split())
    except (OSError, StopIteration):
        return platform.processor() or "CPU"


def has_fast_half(device: Device) -> bool:
    """Whether the device multiplies in FP16 natively: every GPU here, and some CPUs."""
    return device.kind == "cuda" or cpu_has_half()


@cache
def cpu_has_half() -> bool:
    """Whether this processor multiplies in FP16: by AVX512-FP16 or AMX."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_fp16") or capabilities.get("amx_fp16"))


def has_fast_int8(device: Device) -> bool:
    """Whether the device multiplies 8-bit numbers natively: every GPU here, and CPUs with VNNI or AMX."""
    if device.kind == "cuda":
        return True
    import torch

    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8"))
