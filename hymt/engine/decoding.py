"""What callers say to an engine and hear from it. Plain data: importing this needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Literal, Protocol

FUSED, REFERENCE = "fused", "reference"  # kernels: our own, or those of transformers and bitsandbytes
KERNELS = (FUSED, REFERENCE)
MAX_BEAMS = 8
MAX_TOP_K = 200


@dataclass(frozen=True)
class Decoding:
    """How tokens are chosen.

    `temperature` 0 is greedy, above 0 draws from the `top_k` likeliest tokens, cut to the smallest set whose
    probability reaches `top_p`. `beams` above 1 is beam search, which draws nothing. `repetition_penalty`
    divides the positive and multiplies the negative scores of the tokens seen (arXiv:1909.05858).
    The same `seed` gives the same text, whatever else runs beside it.
    """

    beams: int = 1
    temperature: float = 0.0
    top_k: int = 20
    top_p: float = 0.6
    repetition_penalty: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        limits = (
            ("beams", 1, MAX_BEAMS),
            ("temperature", 0, 2),
            ("top_k", 1, MAX_TOP_K),
            ("top_p", 0.01, 1),
            ("repetition_penalty", 0.5, 2),
            ("seed", 0, 2**31 - 1),
        )
        for name, low, high in limits:
            value = getattr(self, name)
            if not isinstance(value, int | float) or not low <= value <= high:
                raise ValueError(f"{name} must be a number from {low} to {high}, not {value!r}.")
        for name in ("beams", "top_k", "seed"):
            if getattr(self, name) != int(getattr(self, name)):
                raise ValueError(f"{name} must be a whole number, not {getattr(self, name)!r}.")
        if self.beams > 1 and self.temperature > 0:
            raise ValueError("Beam search does not sample: set beams to 1, or the temperature to 0.")

    @property
    def samples(self) -> bool:
        return self.temperature > 0


class EngineClosed(RuntimeError):
    """The engine takes no more requests: its model is being swapped. Ask the manager for the next engine."""


@dataclass(frozen=True)
class Update:
    """News of one request: `tokens` are all its tokens so far that will not change any more.

    `state` says how it stands: "returned" means not begun because the engine closed, so submit it again;
    `truncated` that the answer met its length limit before the model ended it.
    """

    request: Request
    state: Literal["running", "done", "cancelled", "returned", "failed"]
    tokens: tuple[int, ...] = ()
    truncated: bool = False
    error: Exception | None = None


@dataclass(frozen=True, eq=False)
class Request:
    """One chunk for the model. `sink` is called from the engine's thread and must return at once."""

    job: Hashable
    prompt: list[int] = field(repr=False)
    max_new_tokens: int
    decoding: Decoding
    sink: Callable[[Update], None] = field(repr=False)
    key: object = None
    visit: Hashable = None  # whose job it is; a job without one is a visit of its own

    @property
    def asker(self) -> Hashable:
        return self.job if self.visit is None else self.visit


@dataclass(frozen=True)
class EngineStatus:
    busy_slots: int
    slots: int
    waiting: int


class Engine(Protocol):
    """What the rooms above need of an engine, this machine's or a remote one."""

    slots: int
    max_len: int

    def submit(self, request: Request) -> None:
        """Queue a request. Raises EngineClosed, or ValueError when the prompt cannot fit a slot."""

    def cancel(self, job: Hashable) -> None:
        """Drop everything of a job; its slots are free before the next step."""

    def status(self) -> EngineStatus: ...

    def close(self) -> None:
        """Take no more, hand back what waits, finish what runs, let go of the model. Blocks."""
