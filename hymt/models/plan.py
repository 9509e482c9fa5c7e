"""The plan: with how many slots of which length a variant runs in the memory that is free, and why.

Plain arithmetic over shapes and bytes. The recommendation, the manager's loading and `hymt plan` use these functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from hymt.engine.protocol import PREFILL_TOKENS
from hymt.errors import Sentence
from hymt.hardware.devices import CUDA_CONTEXT, Device
from hymt.hardware.memory import show_bytes
from hymt.models.catalogue import Model
from hymt.models.precision import PRECISIONS
from hymt.models.shape import SHAPE_7B, ModelShape, float_bytes

WIDE_SLOTS = (128, 96)  # on a GPU, where the KV cache keeps to WIDE_SHARE of the free memory
SLOTS = (64, 48, 32, 24, 16, 12, 8)  # 8 at least: the most beams of one sequence
SPREAD_SLOTS = (32, 24, 16, 12, 8)
SHORTER_CHUNKS = (192, 128, 96)  # tokens, where not even 8 slots of the model's own length fit
WIDE_SHARE = 0.25
CUDA_GRAPHS = 128 * 2**20  # captured decode steps: their launch records and the pool that they share
HEADROOM = 0.95  # of the free memory: fragments, and what other programs take meanwhile
PLACED = 0.9  # of the room that transformers fills when it places quantised weights: its own reserve

FAST, SLOW, VERY_SLOW = "fast", "slow", "very slow"  # speed classes
CPU_SPEEDS = ((2**29, FAST), (2**32, SLOW))  # by the bytes of weights, which a CPU reads at some 10 to 50 GB/s


@dataclass(frozen=True)
class Spread:
    """Where the weights of a variant go that one GPU cannot hold: the most bytes for each GPU, by index, and for RAM.

    `ram` is 0 where the GPUs hold it all; `in_ram` are the bytes that are expected there.
    """

    gpus: tuple[int, ...]
    ram: int = 0
    in_ram: int = 0

    @property
    def gpu_count(self) -> int:
        return sum(size > 0 for size in self.gpus)

    def max_memory(self) -> dict[int | str, int]:
        """The same as accelerate wants it."""
        places: dict[int | str, int] = {index: size for index, size in enumerate(self.gpus) if size > 0}
        return places | ({"cpu": self.ram} if self.ram else {})


@dataclass(frozen=True)
class Plan:
    """What to load and how. `estimated_bytes` by part, with their `total`; `spread` if one GPU cannot hold it.

    `speed` is a class: "fast" where each token reads all weights once from the memory of the device that computes,
    "slow" where several GPUs take turns or a CPU has gigabytes to read, "very slow" where weights cross the bus to the
    GPU for each token, or a CPU reads a 7B.
    """

    model: str
    precision: str
    chunk_tokens: int
    slots: int
    max_len: int
    estimated_bytes: dict[str, int]
    fits: bool
    reason: Sentence
    speed: str
    spread: Spread | None = None

    @property
    def needed_bytes(self) -> int:
        """Bytes that have to be free: the estimate and some headroom."""
        return int(self.estimated_bytes["total"] / HEADROOM)

    def with_slots(self, slots: int) -> Plan:
        """The same plan with another number of slots."""
        cache = self.estimated_bytes["kv_cache"] * slots // self.slots
        parts = _with_total(self.estimated_bytes | {"kv_cache": cache})
        return replace(self, slots=slots, estimated_bytes=parts)

    def as_dict(self) -> dict:
        names = (field.name for field in fields(self) if field.name != "spread")  # the reason tells it in words
        return {name: getattr(self, name) for name in names} | {"reason": self.reason.say()}


def estimate(model: Model, precision: str, slots: int, device: Device, fused: bool = True) -> dict[str, int]:
    """Bytes by part for a variant with `slots` slots, run by the fused network or by transformers' modules."""
    shape = _shape(model)
    width = float_bytes(precision, device.kind)
    gpu = device.kind == "cuda"
    parts = {
        "weights": shape.weight_bytes(precision, device.kind, fused),
        "kv_cache": slots * model.max_len * shape.kv_bytes_per_token(precision, device.kind),
        # hidden states and the MLP's two halves of one prefill pass; logits and their FP32 copies of one step
        "workspace": PREFILL_TOKENS * (4 * shape.hidden + 3 * shape.intermediate) * width + 3 * slots * shape.vocab * 4,
        "cuda_graphs": CUDA_GRAPHS if gpu else 0,
        "cuda_context": CUDA_CONTEXT if gpu else 0,
    }
    return _with_total(parts)


def _with_total(parts: dict[str, int]) -> dict[str, int]:
    return parts | {"total": sum(size for name, size in parts.items() if name != "total")}


def _shape(model: Model) -> ModelShape:
    return model.shape or SHAPE_7B  # a hub model not yet seen: the largest of the family


# -- one device ----------------------------------------------------------------------------------------


def plan(model: Model, precision: str, free: int, device: Device) -> Plan:
    """The plan of one variant in `free` bytes of one device: as many slots as fit, shorter chunks if none do."""
    for fitted, slots in _candidates(model, device):
        parts = estimate(fitted, precision, slots, device)
        wide = slots in WIDE_SLOTS and parts["kv_cache"] > WIDE_SHARE * free
        if fits := parts["total"] <= free * HEADROOM and not wide:
            break  # without it the last candidate stands: the least that the variant needs
    reason = _why(fitted, precision, parts["total"], free, device, fits)
    if fits and fitted is not model:
        lengths = {"count": fitted.chunk_tokens, "usual": model.chunk_tokens}
        reason = reason.but(chunks=Sentence("plan_chunks", lengths))
    speed = FAST if device.kind == "cuda" else _cpu_speed(parts["weights"])
    return Plan(model.name, precision, fitted.chunk_tokens, slots, fitted.max_len, parts, fits, reason, speed)


def _cpu_speed(weights: int) -> str:
    return next((speed for most, speed in CPU_SPEEDS if weights <= most), VERY_SLOW)


def fits_whole(model: Model, precision: str, free: int, device: Device) -> bool:
    """Whether a variant fits with the model's own chunk length: short chunks lose context, so none is advised."""
    chosen = plan(model, precision, free, device)
    return chosen.fits and chosen.chunk_tokens == model.chunk_tokens


def _candidates(model: Model, device: Device) -> Iterator[tuple[Model, int]]:
    """The model at its own and at shorter chunk lengths, each with ever fewer slots."""
    slots = WIDE_SLOTS + SLOTS if device.kind == "cuda" else SLOTS
    shorter = (chunk_tokens for chunk_tokens in SHORTER_CHUNKS if chunk_tokens < model.chunk_tokens)
    for fitted in (model, *map(model.with_chunks, shorter)):
        yield from ((fitted, count) for count in slots)


def _why(model: Model, precision: str, total: int, free: int, device: Device, fits: bool) -> Sentence:
    limit = Sentence("plan_limit", {"limit": show_bytes(device.memory_limit)}) if device.memory_limit else ""
    values = {"model": model.name, "precision": PRECISIONS[precision].label, "free": show_bytes(free), "limit": limit}
    if fits:
        return Sentence("plan_fits", values | {"total": show_bytes(total), "chunks": ""})
    return Sentence("plan_needs", values | {"needed": show_bytes(total / HEADROOM), "rest": ""})


# -- more than one device ------------------------------------------------------------------------------


def plan_anywhere(model: Model, precision: str, gpus: Sequence[int], ram: int, device: Device) -> Plan:
    """The plan of one variant on the device, or else spread over all GPUs, or else partly in RAM.

    `gpus` are the free bytes of each GPU by its index (none are needed for a CPU), `ram` those of RAM. Quantised
    weights do not go to RAM beside a GPU: bitsandbytes computes with them on a GPU alone.
    """
    if device.kind != "cuda":
        return plan(model, precision, ram, device)
    chosen = plan(model, precision, gpus[device.index], device)
    if chosen.fits:
        return chosen
    quantised = PRECISIONS[precision].bits is not None
    spread = _over_gpus(model, precision, gpus, device)
    if spread is None and not quantised:
        spread = _into_ram(model, precision, gpus, ram, device)
    if spread is not None:
        return spread
    if quantised:
        rest = Sentence("plan_not_in_ram", {"precision": PRECISIONS[precision].label})
    else:
        rest = Sentence("plan_ram_too_small", {"ram": show_bytes(ram)})
    return replace(chosen, reason=chosen.reason.but(rest=rest))


def _over_gpus(model: Model, precision: str, gpus: Sequence[int], device: Device) -> Plan | None:
    """Spread over several GPUs, each with the KV cache of its own layers; None where that does not fit."""
    for slots in SPREAD_SLOTS:
        parts = estimate(model, precision, slots, device, fused=False)
        rooms = _rooms(parts, gpus)
        share = parts["weights"] / (parts["weights"] + parts["kv_cache"])
        budgets = tuple(int(room * share) for room in rooms)
        count = sum(budget > 0 for budget in budgets)
        placed = sum(budgets) * (PLACED if PRECISIONS[precision].bits else 1)
        # a layer is never cut: each GPU but the last may be left with a gap as large as one
        if count > 1 and placed - (count - 1) * _largest_piece(model, precision) >= parts["weights"]:
            return _spread_plan(model, precision, slots, parts, Spread(budgets), gpus, device)
    return None


def _into_ram(model: Model, precision: str, gpus: Sequence[int], ram: int, device: Device) -> Plan | None:
    """What the GPUs cannot hold lies in RAM and crosses to the device at every step; None where that does not fit.

    The KV cache of such layers is on the device, as the computing is.
    """
    piece = _largest_piece(model, precision)
    for slots in SPREAD_SLOTS:
        parts = estimate(model, precision, slots, device, fused=False)
        share = parts["weights"] / (parts["weights"] + parts["kv_cache"])
        budgets = [int(room * share) for room in _rooms(parts, gpus)]
        budgets[device.index] = max(0, _rooms(parts, gpus)[device.index] - parts["kv_cache"])
        count = sum(budget > 0 for budget in budgets)
        # one piece more on the device: there is always room to bring one in
        in_ram = max(0, parts["weights"] - sum(budgets) + count * piece)
        if budgets[device.index] > 2 * piece and in_ram <= ram * HEADROOM:
            return _spread_plan(
                model, precision, slots, parts, Spread(tuple(budgets), int(ram * HEADROOM), in_ram), gpus, device
            )
    return None


def _rooms(parts: dict[str, int], gpus: Sequence[int]) -> list[int]:
    """Bytes of each GPU for weights and KV cache: what its own context and workspace leave."""
    return [max(0, int(free * HEADROOM) - parts["workspace"] - parts["cuda_context"]) for free in gpus]


def _largest_piece(model: Model, precision: str) -> int:
    """Bytes of the largest part that lies on one device whole: a layer, or the embedding."""
    shape = _shape(model)
    embedding = shape.embedding_bytes(precision, fused=False)
    layer = (shape.weight_bytes(precision, fused=False) - embedding) // shape.layers
    return max(layer, shape.vocab * shape.hidden * float_bytes(precision, "cuda"))


def _spread_plan(
    model: Model,
    precision: str,
    slots: int,
    parts: dict[str, int],
    spread: Spread,
    gpus: Sequence[int],
    device: Device,
) -> Plan:
    """The plan of a spread variant: workspace and context on each GPU, no CUDA graphs."""
    count = spread.gpu_count
    own = {name: count * parts[name] for name in ("workspace", "cuda_context")}
    parts = _with_total(parts | own | {"cuda_graphs": 0})
    needs = _why(model, precision, parts["total"], gpus[device.index], device, fits=False)
    if spread.ram:
        rest = Sentence("plan_in_ram", {"bytes": show_bytes(spread.in_ram)})
    else:
        rest = Sentence("plan_over_gpus", {"count": count})
    reason = needs.but(rest=rest)
    speed = VERY_SLOW if spread.ram else SLOW
    return Plan(model.name, precision, model.chunk_tokens, slots, model.max_len, parts, True, reason, speed, spread)
