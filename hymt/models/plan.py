"""The plan: which model and precision for the memory that is free, with how many slots, and why.

Plain arithmetic over shapes and bytes; the app's recommendation and the manager's loading use the same functions.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from hymt.hardware.devices import Device, has_fast_half
from hymt.hardware.memory import GIB, show_bytes
from hymt.models.catalogue import CATALOGUE, DEFAULT, Model
from hymt.models.precision import PRECISIONS
from hymt.models.shape import FLOAT_BYTES, SHAPE_7B

SLOTS = (64, 48, 32, 24, 16, 12, 8)  # 8 at least: the most beams of one sequence
PREFILL_TOKENS = 2048
CUDA_CONTEXT = GIB // 2  # the driver's own share, which no allocator sees
HEADROOM = 0.95  # of the free memory: fragments, and what other programs take meanwhile


@dataclass(frozen=True)
class Plan:
    """What to load and how. `estimated_bytes` by part, with their `total`."""

    model: str
    precision: str
    chunk_tokens: int
    slots: int
    max_len: int
    estimated_bytes: dict[str, int]
    fits: bool
    reason: str

    def as_dict(self) -> dict:
        return asdict(self)


def estimate(model: Model, precision: str, slots: int, device: Device) -> dict[str, int]:
    """Bytes by part for a variant with so many slots."""
    shape = model.shape or SHAPE_7B  # a hub model not yet seen: the largest of the family
    width = FLOAT_BYTES[precision]
    parts = {
        "weights": shape.weight_bytes(precision),
        "kv_cache": slots * model.max_len * shape.kv_bytes_per_token(precision),
        # hidden states and the MLP's two halves of one prefill pass; logits and their FP32 copies of one step
        "workspace": PREFILL_TOKENS * (4 * shape.hidden + 3 * shape.intermediate) * width + 3 * slots * shape.vocab * 4,
        "cuda_context": CUDA_CONTEXT if device.kind == "cuda" else 0,
    }
    return parts | {"total": sum(parts.values())}


def plan(model: Model, precision: str, free: int, device: Device) -> Plan:
    """The plan of one variant in `free` bytes: as many slots as fit."""
    for slots in SLOTS:
        parts = estimate(model, precision, slots, device)
        fits = parts["total"] <= free * HEADROOM
        if fits:
            break
    label, total = PRECISIONS[precision].label, show_bytes(parts["total"])
    if fits:
        reason = f"{model.name} in {label} takes about {total} of the {show_bytes(free)} that are free"
    else:
        reason = f"{model.name} in {label} needs about {total}, but only {show_bytes(free)} are free"
    return Plan(model.name, precision, model.chunk_tokens, slots, model.max_len, parts, fits, reason)


def recommend(free: int, device: Device) -> Plan:
    """What this machine should run: the largest model at the finest precision that fits its GPU."""
    if device.kind != "cuda":
        precision = "fp16" if has_fast_half(device) else "fp32"
        why = f"{device.reason}, and a 7B on a CPU is too slow to be pleasant: the small embedded model, in " + (
            "FP16, which this processor computes natively" if precision == "fp16" else "FP32, the fastest here"
        )
        return _with_reason(plan(CATALOGUE[DEFAULT], precision, free, device), why)
    for name, precision in (
        ("Hunyuan-MT-7B", "fp16"),
        ("Hunyuan-MT-7B", "int8"),
        ("Hunyuan-MT-7B", "nf4"),
        ("HY-MT1.5-1.8B", "fp16"),
        ("HY-MT1.5-1.8B", "nf4"),
    ):
        chosen = plan(CATALOGUE[name], precision, free, device)
        if chosen.fits and not PRECISIONS[precision].unavailable(device):
            return chosen
    why = f"{show_bytes(free)} of GPU memory are too little for the large models: the small embedded one"
    return _with_reason(plan(CATALOGUE[DEFAULT], "fp16", free, device), why)


def _with_reason(chosen: Plan, reason: str) -> Plan:
    return Plan(**chosen.as_dict() | {"reason": reason})
