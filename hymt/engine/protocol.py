"""What callers and an engine say to each other, this machine's or a remote one. Plain data: importing this needs no
torch."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from hymt.engine.decoding import Decoding
from hymt.errors import UserError

PREFILL_TOKENS = 2048  # at most this many in one prefill pass, so that running rows never wait long


class EngineClosed(RuntimeError):
    """The engine takes no more requests: its model is being swapped. Ask the manager for the next engine."""


class EngineFailed(UserError):
    """The engine ended by an error, and all its requests with it. The log tells which; the manager loads anew."""

    def __init__(self, key: str = "engine_failed", **values: object) -> None:
        super().__init__(key, **values)


@dataclass(frozen=True)
class Update:
    """News of one request: `tokens` are all its tokens so far that will not change any more; where a step failed and
    is tried again they are told from the first one on.

    `state` says how it stands: "returned" means not begun because the engine closed, so submit it again;
    `truncated` that the answer met its length limit before the model ended it. `text` is the answer so far, on one
    line, from an engine that tells no tokens; None from one that does. `attention` answers a request with an
    alignment: for each head, how much each token of the answer attends to each of the source. `reused` says that the
    answer was there and no engine computed it.
    """

    request: Request
    state: Literal["running", "done", "cancelled", "returned", "failed"]
    tokens: tuple[int, ...] = ()
    truncated: bool = False
    error: Exception | None = None
    text: str | None = None
    attention: list[list[list[float]]] | None = None
    reused: bool = False


@dataclass(frozen=True)
class Alignment:
    """An answer that is there: the engine is asked where in the prompt's tokens from `source[0]` to before `source[1]`
    some heads of a layer look for each token of it."""

    answer: list[int] = field(repr=False)
    source: tuple[int, int]
    layer: int
    heads: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Request:
    """One chunk for the model. `sink` is called from the engine's thread and must return at once.

    `prompt` are the token ids of the whole prompt, `turn` the user's turn in it as text: for an engine that is asked
    in text and puts it into the model's template itself. With an `alignment`, nothing is generated.
    """

    job: Hashable
    prompt: list[int] = field(repr=False)
    max_new_tokens: int
    decoding: Decoding
    sink: Callable[[Update], None] = field(repr=False)
    key: object = None
    turn: str = field(default="", repr=False)
    visit: Hashable = None  # whose job it is; a job without one is a visit of its own
    alignment: Alignment | None = None

    @property
    def asker(self) -> Hashable:
        return self.job if self.visit is None else self.visit

    @property
    def given(self) -> list[int]:
        """The tokens that the model reads in one pass."""
        return self.prompt + self.alignment.answer if self.alignment else self.prompt


@dataclass(frozen=True)
class EngineStatus:
    busy_slots: int
    slots: int
    waiting: int


class Engine(Protocol):
    """What the rooms above need of an engine.

    Prompts are cut by the model's own tokenizer, which needs none of its weights: a remote engine has them elsewhere.
    Sizes may change while it runs, as memory runs out: ask for them, do not remember them.
    """

    @property
    def slots(self) -> int:
        """How many sequences it computes at once."""

    @property
    def max_len(self) -> int:
        """Tokens of prompt and answer that a slot holds."""

    @property
    def cache_bytes(self) -> int:
        """Bytes of the slots' keys and values on this machine: 0 for a remote engine, and for one that has ended."""

    def submit(self, request: Request) -> None:
        """Queue a request. Raises EngineClosed, EngineFailed, or ValueError when the prompt cannot fit a slot."""

    def cancel(self, job: Hashable) -> None:
        """Drop everything of a job; its slots are free before the next step."""

    def status(self) -> EngineStatus: ...

    def when_failed(self, call: Callable[[], None]) -> None:
        """Call this once the engine has ended by an error, before its requests hear of it; at once if it has."""

    def close(self) -> None:
        """Take no more, hand back what waits, finish what runs, let go of the model. Blocks."""
