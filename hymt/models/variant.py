"""What can be loaded: the key of a swap, what a load needs on this machine, and what is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hymt.engine.decoding import Engine
from hymt.models.adapter import Adapter
from hymt.models.catalogue import Model
from hymt.models.plan import Plan
from hymt.models.precision import Precision
from hymt.models.tokenizer import ChatTokenizer


@dataclass(frozen=True)
class Variant:
    """A model at a precision, within a memory limit (in bytes, None for the whole card), computed by some kernels.

    `source` is what `find_model` finds the model by, its adapter included; `model` is its name.
    """

    source: str
    precision: str
    memory_limit: int | None
    kernels: str
    model: str = field(compare=False)

    @property
    def named(self) -> tuple[str, str]:
        """The names of its model and precision."""
        return self.model, self.precision


@dataclass(frozen=True, eq=False)
class Prepared:
    """All that loading a variant needs: its files are on this machine and checked, and it is planned to fit."""

    variant: Variant
    model: Model
    precision: Precision
    folder: Path
    adapter: Adapter | None
    tokenizer: ChatTokenizer
    plan: Plan


@dataclass(frozen=True, eq=False)
class Loaded:
    """The published variant. It holds no reference to the weights: those are the engine's alone.

    `model` has the chunk lengths of the plan. `gpu_bytes` are what loading it took of each GPU, as measured.
    """

    prepared: Prepared
    engine: Engine
    weight_bytes: int
    cache_bytes: int
    gpu_bytes: tuple[int, ...] = ()

    @property
    def variant(self) -> Variant:
        return self.prepared.variant

    @property
    def model(self) -> Model:
        return self.prepared.model.with_chunks(self.plan.chunk_tokens)

    @property
    def precision(self) -> Precision:
        return self.prepared.precision

    @property
    def plan(self) -> Plan:
        return self.prepared.plan

    @property
    def tokenizer(self) -> ChatTokenizer:
        return self.prepared.tokenizer

    @property
    def held_bytes(self) -> int:
        """Bytes of the device's memory that it gives back; a spread variant has some elsewhere."""
        held = self.weight_bytes + self.cache_bytes
        return min(held, sum(self.gpu_bytes)) if self.gpu_bytes else held
