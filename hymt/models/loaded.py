"""The variant that is loaded, with what it holds of the machine's memory."""

from __future__ import annotations

import queue
from dataclasses import dataclass

from hymt.engine.decoding import Decoding
from hymt.engine.protocol import Engine, EngineFailed, Request, Update
from hymt.errors import UserError
from hymt.models.catalogue import Model
from hymt.models.plan import Plan
from hymt.models.precision import Precision
from hymt.models.tokenizer import ChatTokenizer
from hymt.models.variant import Prepared, Variant
from hymt.text.prompts import STYLES


@dataclass(frozen=True, eq=False)
class Loaded:
    """The published variant. It holds no reference to the weights: those are the engine's alone.

    `taken` are the bytes that loading it took of each GPU, as measured when
    the cache had `taken_cache`. What the engine may change while it runs is asked of it. Variants of one `fingerprint`
    answer alike; it is empty where nobody knows.
    """

    prepared: Prepared
    engine: Engine
    weight_bytes: int
    taken: tuple[int, ...] = ()
    taken_cache: int = 0
    fingerprint: str = ""

    @property
    def variant(self) -> Variant:
        return self.prepared.variant

    @property
    def model(self) -> Model:
        """The model with the chunk lengths of the plan."""
        return self.prepared.model.with_chunks(self.prepared.plan.chunk_tokens)

    @property
    def precision(self) -> Precision:
        return self.prepared.precision

    @property
    def tokenizer(self) -> ChatTokenizer:
        return self.prepared.tokenizer

    @property
    def plan(self) -> Plan:
        """The plan, with the slots that the engine has now."""
        return self.prepared.plan.with_slots(self.engine.slots)

    @property
    def cache_bytes(self) -> int:
        return self.engine.cache_bytes

    @property
    def gpu_bytes(self) -> tuple[int, ...]:
        """Bytes that it holds of each GPU: what loading took, less what a smaller cache has given back since.

        A layer's keys and values lie beside its weights, so that each GPU gave back in proportion.
        """
        given_back = max(0, self.taken_cache - self.cache_bytes)
        whole = max(1, sum(self.taken))
        return tuple(max(0, size - given_back * size // whole) for size in self.taken)

    def answer(self, update: Update) -> str:
        """The text of an answer so far."""
        return self.tokenizer.answer(update.tokens) if update.text is None else update.text

    @property
    def held_bytes(self) -> int:
        """Bytes of the device's memory that it gives back; a spread variant has some elsewhere."""
        held = self.weight_bytes + self.cache_bytes
        return min(held, sum(self.gpu_bytes)) if self.gpu_bytes else held


def warm_up(loaded: Loaded) -> None:
    """Translate one word, so that a variant which cannot run fails here and the first user does not wait.

    Raises what the engine failed with, UserError for an answer of nothing.
    """
    turn = STYLES[loaded.model.family].apply("Hello.", "en", "zh")
    updates: queue.SimpleQueue = queue.SimpleQueue()
    loaded.engine.submit(Request("warm-up", loaded.tokenizer.prompt(turn), 4, Decoding(), updates.put, turn=turn))
    while (update := updates.get(timeout=600)).state == "running":
        pass
    if update.state != "done":
        unfinished = RuntimeError("the first translation was not finished")
        raise unfinished if isinstance(update.error, EngineFailed | None) else update.error
    if not loaded.answer(update):
        raise UserError("weights_without_answer")
