"""Precisions: what each is, what it needs, and where it cannot run, why."""

from __future__ import annotations

from dataclasses import dataclass

from hymt.errors import Listing, UserError
from hymt.hardware.devices import Device, has_fast_half, has_fast_int8


@dataclass(frozen=True)
class Precision:
    """How weights are held. `name` is what commands and the API take, `label` what people read."""

    name: str
    label: str
    summary: str
    compute: str  # torch's name of the type of activations, norms and the KV cache, on a GPU
    bits: int | None = None  # of bitsandbytes' quantisation
    capability: tuple[int, int] = (5, 0)  # the least CUDA compute capability

    def unavailable(self, device: Device) -> UserError | None:
        """Why this precision cannot run on a device; None where it can."""
        if self.bits and not _has_bitsandbytes():
            return UserError("needs_bitsandbytes", precision=self.label)
        if device.capability and device.capability < self.capability:
            least, found = (".".join(map(str, version)) for version in (self.capability, device.capability))
            versions = {"least": least, "found": found}
            return UserError("needs_capability", precision=self.label, device=device.name, **versions)
        return None

    def compute_on(self, device: Device) -> str:
        """The same on a device: beside quantised weights a CPU computes in FP32, which it does fastest."""
        return "float32" if self.bits and device.kind == "cpu" else self.compute

    def slow(self, device: Device) -> bool:
        """Whether it runs on a device but costs speed there: what the processor has no instructions for, and NF4."""
        if device.kind != "cpu":
            return False
        missing = (self.name == "fp16" and not has_fast_half(device)) or (self.bits == 8 and not has_fast_int8(device))
        return missing or self.bits == 4


PRECISIONS = {
    precision.name: precision
    for precision in (
        Precision("fp32", "FP32", "4 bytes a weight: the reference", "float32"),
        Precision("bf16", "BF16", "2 bytes a weight: FP32's range, fewer digits", "bfloat16", capability=(8, 0)),
        Precision("fp16", "FP16", "2 bytes a weight: no visible loss", "float16"),
        Precision("int8", "INT8", "1 byte a weight, quantised by bitsandbytes", "float16", 8, (7, 5)),
        Precision("nf4", "NF4", "half a byte a weight, quantised by bitsandbytes", "float16", 4, (6, 0)),
    )
}


def find_precision(name: str) -> Precision:
    """A precision by its name, in any case. Raises UserError, which lists those that there are."""
    try:
        return PRECISIONS[str(name).strip().lower()]
    except KeyError:
        raise UserError("unknown_precision", name=name, known=Listing(PRECISIONS)) from None


def _has_bitsandbytes() -> bool:
    from importlib.util import find_spec

    return find_spec("bitsandbytes") is not None
