"""A job: the blocks of one user's text on their way through the engine.

The thread that iterates `events()` cuts blocks into chunks, keeps the engine supplied, and puts the answers
together. When the manager swaps the model under way, chunks that were not begun come back and go to the next
engine; if the new model is another one, their blocks are cut anew by its tokenizer.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hymt.engine.decoding import Decoding
from hymt.engine.protocol import EngineClosed, Request, Update
from hymt.events import Done, Event, Failed, Figures, Progress, Stopped, TranslationError
from hymt.models.catalogue import Model
from hymt.models.loaded import Loaded
from hymt.models.manager import ModelManager, SwapFailed
from hymt.text.languages import LANGUAGES
from hymt.text.prompts import STYLES
from hymt.text.repetition import is_stuck
from hymt.text.segmentation import Chunk, chunks, join_chunks

log = logging.getLogger(__name__)

EVENT_SECONDS = 0.1  # at most ten events a second
WAIT_SECONDS = 0.25  # how long to sleep before looking whether the job was stopped
PENALTIES = (1.1, 1.3, 1.5)  # for repetition, one after the other while an answer is stuck in a loop, without beams


@dataclass(frozen=True)
class Options:
    """What a user may choose; None is what suits the loaded model."""

    decoding: Decoding | None = None
    chunk_tokens: int | None = None

    def decoding_for(self, model: Model) -> Decoding:
        return self.decoding or Decoding(beams=model.beams)

    def chunk_tokens_for(self, model: Model) -> int:
        return min(self.chunk_tokens or model.chunk_tokens, model.max_chunk_tokens)


def cut(block: str, language: str, loaded: Loaded, options: Options) -> list[Chunk]:
    """A block's chunks for a loaded model."""
    budget = options.chunk_tokens_for(loaded.model)
    return chunks(block, language, budget, loaded.tokenizer.spans, loaded.model.max_sentences)


def route(model: Model, source: str, target: str) -> list[tuple[str, str]]:
    """The model's translation steps for a pair. Raises TranslationError for a language it lacks."""
    for code in (source, target):
        if code not in model.languages:
            known = ", ".join(LANGUAGES[known].name for known in model.languages)
            message = f"{model.name} does not know {LANGUAGES[code].name}. It knows {known}. Choose another model."
            raise TranslationError(message, "not_known", model=model.name, language=code)
    return model.route(source, target)


@dataclass(eq=False)
class _Block:
    """A block being translated by one model: its chunks, and the text of each so far."""

    index: int
    loaded: Loaded
    route: list[tuple[str, str]]
    chunks: list[Chunk]
    texts: list[str] = field(default_factory=list)
    left: int = 0

    def __post_init__(self) -> None:
        self.texts = [""] * len(self.chunks)
        self.left = len(self.chunks)


@dataclass(frozen=True, eq=False)
class _Task:
    """One step of the route of one chunk: what a request was made of, should it have to be made again."""

    block: _Block
    chunk: int
    step: int
    text: str
    penalty: float = 1.0  # the least repetition penalty


class Job:
    """Blocks of text in, events out. `translations` holds each block's text so far ("" before it begins)."""

    def __init__(
        self,
        manager: ModelManager,
        blocks: Sequence[str],
        source: str,
        target: str,
        options: Options,
    ) -> None:
        self.blocks, self.source, self.target = list(blocks), source, target
        self.translations = [""] * len(self.blocks)
        self.finished = [False] * len(self.blocks)
        self._manager, self._options = manager, options
        self._id = uuid.uuid4()
        self._loaded: Loaded | None = None
        self._pending = deque(range(len(self.blocks)))
        self._again: list[_Task] = []
        self._in_flight: dict[_Task, Update | None] = {}  # with the latest news of each
        self._unshown: set[_Task] = set()  # tasks whose newest tokens are not in `translations` yet
        self._updates: queue.SimpleQueue[Update | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._began = time.monotonic()
        self._tokens = self._chunks = self._truncated = self._peak = 0
        self._first_token: float | None = None  # seconds
        self._steps = 1
        self._done = [0.0] * len(self.blocks)  # characters done of each block
        self._all_characters = max(1, sum(map(len, self.blocks)))

    # -- from any thread -------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop the work: its slots are free before the engine's next step. Returns at once."""
        self._stop.set()
        self._updates.put(None)
        if self._loaded:
            self._loaded.engine.cancel(self._id)

    def best(self) -> list[str]:
        """Every block's translation; blocks that are not finished stay in the source language."""
        triples = zip(self.blocks, self.translations, self.finished, strict=True)
        return [new if new and done else old for old, new, done in triples]

    def figures(self) -> Figures:
        loaded = self._loaded
        return Figures(
            source=self.source,
            target=self.target,
            model=loaded.model.name if loaded else "",
            precision=loaded.precision.name if loaded else "",
            seconds=time.monotonic() - self._began,
            tokens=self._tokens + sum(len(update.tokens) for update in self._in_flight.values() if update),
            chunks=self._chunks,
            truncated=self._truncated,
            steps=self._steps,
            peak_memory_bytes=self._peak,
            first_token_seconds=self._first_token,
        )

    # -- the events ------------------------------------------------------------------------------------

    def events(self) -> Iterator[Event]:
        """Run the job; the last event is Done, Stopped or Failed."""
        try:
            yield from self._run()
        except (TranslationError, SwapFailed) as error:
            yield Failed(self._final_figures(), reason=str(error), error=error)
        except Exception as error:
            log.exception("A job failed.")
            yield Failed(self._final_figures(), reason=_reason(error))  # its own words may name paths
        finally:
            self.cancel()  # a no-op for a finished job; frees the slots of one whose reader went away
            if self._chunks:
                self._manager.monitor.mark("job", f"{self.source} → {self.target}", self._chunks)

    def _run(self) -> Iterator[Event]:
        told = 0.0
        while self._pending or self._again or self._in_flight:
            if self._stop.is_set():
                yield Stopped(self._final_figures())
                return
            waiting = not self._supply()
            if not waiting:
                self._hear()
            if time.monotonic() - told >= EVENT_SECONDS:
                told = time.monotonic()
                yield self._progress(waiting)
        yield Done(self._final_figures())

    def _progress(self, waiting: bool) -> Progress:
        for task in self._unshown:
            if update := self._in_flight.get(task):
                self._show(task, update)
        self._unshown.clear()
        self._watch_memory()
        figures = self.figures()
        fraction = min(1.0, sum(self._done) / self._all_characters)
        remaining = figures.seconds * (1 - fraction) / fraction if fraction > 0.02 else None
        return Progress(figures, fraction=fraction, remaining_seconds=remaining, waiting=waiting)

    def _final_figures(self) -> Figures:
        self._watch_memory()
        return self.figures()

    def _watch_memory(self) -> None:
        reading = self._manager.reader.read()
        self._peak = max(self._peak, reading.torch_peak or reading.used)

    # -- supplying the engine --------------------------------------------------------------------------

    def _supply(self) -> bool:
        """Keep the engine's queue filled; False while no model is there to take chunks."""
        if not (self._again or self._pending):
            return True
        loaded = self._manager.wait(WAIT_SECONDS)
        if loaded is None:
            return bool(self._in_flight)
        self._loaded = loaded
        self._resubmit(loaded)
        while self._pending and len(self._in_flight) < 2 * loaded.engine.slots:
            if not self._begin(self._pending.popleft(), loaded):
                break
        return True

    def _begin(self, index: int, loaded: Loaded) -> bool:
        """Cut a block and submit its chunks; False if the engine closed meanwhile."""
        steps = route(loaded.model, self.source, self.target)
        self._steps = len(steps)
        pieces = cut(self.blocks[index], self.source, loaded, self._options)
        block = _Block(index, loaded, steps, pieces)
        self.finished[index] = not pieces
        tasks = [_Task(block, number, 0, piece.text) for number, piece in enumerate(pieces)]
        return all([self._submit(task, loaded) for task in tasks])

    def _resubmit(self, loaded: Loaded) -> None:
        """Send what came back from a closed engine to the next one."""
        tasks, self._again = self._again, []
        cut_anew = {t.block.index for t in tasks if _cut_otherwise(t.block.loaded.model, loaded.model)}
        for index in sorted(cut_anew, reverse=True):
            self.translations[index], self._done[index] = "", 0.0
            self._pending.appendleft(index)
        self._in_flight = {t: got for t, got in self._in_flight.items() if t.block.index not in cut_anew}
        for task in tasks:
            if task.block.index not in cut_anew:
                task.block.loaded = loaded
                self._submit(task, loaded)

    def _submit(self, task: _Task, loaded: Loaded) -> bool:
        source, target = task.block.route[task.step]
        turn = STYLES[loaded.model.family].apply(task.text, source, target)
        prompt = loaded.tokenizer.prompt(turn)
        limit = loaded.model.max_answer(len(prompt), loaded.tokenizer.count(task.text))
        decoding = self._decoding(task, loaded.model)
        self._in_flight[task] = None
        try:
            loaded.engine.submit(Request(self._id, prompt, limit, decoding, self._updates.put, task, turn))
            return True
        except EngineClosed:
            del self._in_flight[task]
            self._again.append(task)
            return False

    def _decoding(self, task: _Task, model: Model) -> Decoding:
        """The job's decoding with the task's penalty; each chunk draws numbers of its own."""
        decoding = self._options.decoding_for(model)
        if task.penalty > decoding.repetition_penalty:
            decoding = replace(decoding, beams=1, repetition_penalty=task.penalty)
        if not decoding.samples:
            return decoding
        return replace(decoding, seed=(decoding.seed + 7919 * task.block.index + 104729 * task.chunk) % 2**31)

    # -- hearing from it -------------------------------------------------------------------------------

    def _hear(self) -> None:
        """Take in the updates that are there; wait a little if there is none."""
        try:
            update = self._updates.get(timeout=WAIT_SECONDS)
            while True:
                if update is not None and update.request.key in self._in_flight:
                    self._take(update.request.key, update)
                update = self._updates.get_nowait()
        except queue.Empty:
            return

    def _take(self, task: _Task, update: Update) -> None:
        if (update.tokens or update.text) and self._first_token is None:
            self._first_token = time.monotonic() - self._began
        if update.state == "running":
            self._in_flight[task] = update
            self._unshown.add(task)
            return
        del self._in_flight[task]
        if update.state == "returned":
            self._again.append(task)
        elif update.state == "failed":
            raise update.error
        elif update.state == "done":
            self._tokens += len(update.tokens)
            self._finish_task(task, update)

    def _show(self, task: _Task, update: Update) -> str:
        """The answer so far, put in its place if this is the last step of its route."""
        block = task.block
        answer = block.loaded.answer(update)
        if task.step == len(block.route) - 1:
            block.texts[task.chunk] = answer
            text = join_chunks(block.chunks, block.texts, self.source, self.target)
            self.translations[block.index] = text.strip()
        return answer

    def _finish_task(self, task: _Task, update: Update) -> None:
        block = task.block
        answer = self._show(task, update)
        if is_stuck(answer, task.text) and self._try_again(task):
            return
        self._truncated += update.truncated
        self._done[block.index] += len(block.chunks[task.chunk].text) / len(block.route)
        if task.step < len(block.route) - 1:
            self._submit(_Task(block, task.chunk, task.step + 1, answer), block.loaded)
            return
        self._chunks += 1
        block.left -= 1
        self.finished[block.index] = not block.left

    def _try_again(self, task: _Task) -> bool:
        """Ask once more, with the next penalty for repetition; False if there is none."""
        penalty = self._decoding(task, task.block.loaded.model).repetition_penalty
        higher = next((one for one in PENALTIES if one > penalty), None)
        if higher:
            self._submit(replace(task, penalty=higher), task.block.loaded)
        return higher is not None


def _cut_otherwise(before: Model, now: Model) -> bool:
    """Whether chunks of one loaded model are not for the next: another model, or slots too short for them."""
    return before.source != now.source or before.max_len > now.max_len


def _reason(error: Exception) -> str:
    """An engine's error in words for a user."""
    text = str(error).lower()
    if "out of memory" in text or "can't allocate memory" in text or isinstance(error, MemoryError):
        return "There was not enough memory to go on. Choose fewer beams, shorter chunks or a lower precision."
    return "An unexpected error ended the translation; the log of the server tells more."
