"""What can be loaded: the key of a swap, and what a load of it needs on this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hymt.models.adapter import Adapter
from hymt.models.catalogue import Model
from hymt.models.plan import Plan
from hymt.models.precision import Precision
from hymt.models.tokenizer import ChatTokenizer


@dataclass(frozen=True)
class Variant:
    """A model at a precision, within a memory limit (in bytes, None for the whole card), computed by some kernels.

    `origin` is what `find_model` finds the model by, its adapter included; `model` is its name.
    """

    origin: str
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
