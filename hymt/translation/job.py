"""A job: the blocks of one user's text on their way through the engine.

The thread that iterates `events()` cuts blocks into pieces, keeps the engine supplied, and puts the answers together.
When the manager swaps the model under way, pieces that were not begun come back and go to the next engine; if the new
model is another one, their blocks are cut anew by its tokenizer.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence

from hymt.engine.protocol import EngineClosed, EngineFailed, Update
from hymt.errors import UserError, as_user_error
from hymt.hardware.memory import MemoryReading
from hymt.models.catalogue import Model
from hymt.models.loaded import Loaded
from hymt.models.manager import ModelManager
from hymt.text.blocks import Block
from hymt.text.literals import lost_numbers
from hymt.text.protection import Marked
from hymt.translation.answers import Answers
from hymt.translation.asking import Asking, Options
from hymt.translation.begun import Asked, Begun
from hymt.translation.coverage import coverage
from hymt.translation.events import Coverage, Done, Event, Failed, Figures, Progress, Stopped
from hymt.translation.journal import Journal
from hymt.translation.judging import judge
from hymt.translation.pieces import Draft, Piece

log = logging.getLogger(__name__)

EVENT_SECONDS = 0.1  # at most ten events a second
WAIT_SECONDS = 0.25  # how long to sleep before looking whether the job was stopped


class Job:
    """Blocks of text in, events out. `translations` holds each block's text at the last event ("" before it begins)."""

    def __init__(
        self,
        manager: ModelManager,
        blocks: Sequence[Block],
        source: str,
        target: str,
        options: Options,
        visit: Hashable = None,
        done: Mapping[int, str] | None = None,
        journal: Journal | None = None,
    ) -> None:
        """`visit` is whose job it is: the engine is fair between visits, then between their jobs.

        `done` are translations that are there already, by their block's index; `journal` has answers to reuse and keeps
        the others.
        """
        done = done or {}
        self.blocks, self.source, self.target = list(blocks), source, target
        self.translations = [done.get(index, "") for index in range(len(self.blocks))]
        self.finished = [index in done for index in range(len(self.blocks))]
        self.edited: dict[int, str] = {}  # what the model said where a reader has changed it, by the block's index
        self._manager, self._options = manager, options
        self._updates: queue.SimpleQueue[Update | None] = queue.SimpleQueue()
        self._asking = Asking(uuid.uuid4(), visit, source, target, options, self._updates.put)
        self._answers = Answers(journal)
        self._loaded: Loaded | None = None
        self._pending = deque(index for index in range(len(self.blocks)) if index not in done)
        self._returned: list[Piece] = []
        self._in_flight: dict[Piece, Update | None] = {}  # with the latest news of each
        self._unshown: set[Piece] = set()  # whose newest tokens are not in their drafts yet
        self.drafts: dict[int, Draft] = {}  # of the blocks under way, by index
        self._unjoined: set[Draft] = set()  # whose newest texts are not in `translations` yet
        self._stop = threading.Event()
        self._began = time.monotonic()
        self._tokens = self._chunks = self._truncated = self._reused = self._peak = 0
        self._lost_numbers: list[int] = []  # lines
        self._first_token: float | None = None  # seconds
        self._terms: Coverage | None = None
        self._steps = 1
        # characters done of each block
        self._done = [float(index in done and len(block.text)) for index, block in enumerate(self.blocks)]
        self._before = sum(self._done)  # what this job finds done, also in its journal
        self._all_characters = max(1, sum(len(block.text) for block in self.blocks))

    # -- from any thread -------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop the work: its slots are free before the engine's next step. Returns at once."""
        self._stop.set()
        self._updates.put(None)
        if self._loaded:
            self._loaded.engine.cancel(self._asking.job)

    def best(self) -> list[str]:
        """Every block's translation; blocks that are not finished stay in the source language."""
        triples = zip(self.blocks, self.translations, self.finished, strict=True)
        return [new if new and done else block.text for block, new, done in triples]

    def edit(self, index: int, text: str) -> None:
        """Put a reader's words in place of a finished block's translation; "" puts the model's back."""
        if not self.finished[index]:
            raise IndexError(index)
        said = self.edited.setdefault(index, self.translations[index])
        self.translations[index] = text or said
        if self.translations[index] == said:
            del self.edited[index]

    def begun(self) -> Begun | None:
        """What is done, for a job that goes on; None before it has begun."""
        if self._loaded is None:
            return None
        asked = Asked.of(self.blocks, self.source, self.target, self._options, self._loaded.variant)
        return Begun(asked, {index: self.translations[index] for index, done in enumerate(self.finished) if done})

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
            reused=self._reused,
            steps=self._steps,
            peak_memory_bytes=self._peak,
            first_token_seconds=self._first_token,
            terms=self._terms,
            lost_numbers=tuple(sorted(self._lost_numbers)),
        )

    # -- the events ------------------------------------------------------------------------------------

    def events(self) -> Generator[Event]:
        """Run the job; the last event is Done, Stopped or Failed."""
        try:
            yield from self._run()
        except UserError as error:
            yield Failed(self._final_figures(), error)
        except Exception as error:
            log.exception("A job failed.")
            yield Failed(self._final_figures(), as_user_error(error))
        finally:
            self.cancel()  # a no-op for a finished job; frees the slots of one whose reader went away
            if self._chunks:
                self._manager.monitor.mark("job", f"{self.source} → {self.target}", self._chunks)

    def _run(self) -> Iterator[Event]:
        reported = 0.0
        while self._pending or self._returned or self._in_flight:
            if self._stop.is_set():
                yield Stopped(self._final_figures())
                return
            waiting = not self._supply()
            if not waiting:
                self._take_updates()
            if time.monotonic() - reported >= EVENT_SECONDS:
                reported = time.monotonic()
                yield self._progress(waiting)
        yield Done(self._final_figures())

    def _progress(self, waiting: bool) -> Progress:
        for piece in self._unshown:
            if update := self._in_flight.get(piece):
                self._show(piece, update)
        self._unshown.clear()
        self._join()
        self._note_memory(self._manager.monitor.latest())  # one reading for all jobs: each costs as much as a step
        figures = self.figures()
        done = sum(self._done)
        fraction = min(1.0, done / self._all_characters)
        mine = (done - self._before) / self._all_characters
        remaining = figures.seconds * (1 - fraction) / mine if mine > 0.02 else None
        return Progress(figures, fraction=fraction, remaining_seconds=remaining, waiting=waiting)

    def _final_figures(self) -> Figures:
        self._join()
        self._note_memory(self._manager.reader.read())
        if glossary := self._options.glossary:
            done = [new if finished else None for new, finished in zip(self.translations, self.finished, strict=True)]
            self._terms = coverage(glossary, self.blocks, done, self.source, self.target)
        return self.figures()

    def _note_memory(self, reading: MemoryReading) -> None:
        self._peak = max(self._peak, reading.torch_peak or reading.used)

    # -- supplying the engine --------------------------------------------------------------------------

    def _supply(self) -> bool:
        """Keep the engine's queue filled; False while no model is there to take pieces."""
        if not (self._returned or self._pending):
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
        """Cut a block and submit its pieces; False if the engine closed meanwhile."""
        draft = self._asking.draft(index, self.blocks[index], loaded)
        self._steps = len(draft.route)
        self._done[index] = float(sum(len(chunk.text) for chunk in draft.chunks if chunk.verbatim))
        if draft.left:
            self.drafts[index] = draft
        else:
            self.translations[index], self.finished[index] = draft.text(), True
        return all([self._submit(piece) for piece in draft.pieces()])

    def _resubmit(self, loaded: Loaded) -> None:
        """Send what came back from a closed engine to the next one."""
        pieces, self._returned = self._returned, []
        cut_anew = {p.draft.index for p in pieces if _cut_otherwise(p.draft.loaded.model, loaded.model)}
        for index in sorted(cut_anew, reverse=True):
            self.translations[index], self._done[index] = "", 0.0
            del self.drafts[index]
            self._pending.appendleft(index)
        self._in_flight = {p: got for p, got in self._in_flight.items() if p.draft.index not in cut_anew}
        self._unjoined = {draft for draft in self._unjoined if draft.index not in cut_anew}
        for piece in pieces:
            if piece.draft.index not in cut_anew:
                piece.draft.loaded = loaded
                self._submit(piece)

    def _submit(self, piece: Piece) -> bool:
        request = self._asking.request(piece)
        self._in_flight[piece] = None
        try:
            self._answers.submit(piece.draft.loaded, request)
            return True
        except EngineClosed:
            del self._in_flight[piece]
            self._returned.append(piece)
            return False

    # -- taking its answers ----------------------------------------------------------------------------

    def _take_updates(self) -> None:
        """Take in the updates that are there; wait a little if there is none."""
        try:
            update = self._updates.get(timeout=WAIT_SECONDS)
            while True:
                for one in self._answers.news(update) if update else ():
                    if one.request.key in self._in_flight:
                        self._take(one.request.key, one)
                update = self._updates.get_nowait()
        except queue.Empty:
            return

    def _take(self, piece: Piece, update: Update) -> None:
        if (update.tokens or update.text) and self._first_token is None:
            self._first_token = time.monotonic() - self._began
        if update.state == "running":
            self._in_flight[piece] = update
            self._unshown.add(piece)
            return
        del self._in_flight[piece]
        if update.state == "returned":
            self._returned.append(piece)
        elif update.state == "failed":
            raise update.error or EngineFailed()
        elif update.state == "done":
            index, before = piece.draft.index, self._done[piece.draft.index]
            self._finish(piece, update)
            if update.reused:
                self._reused += 1
                self._before += self._done[index] - before
            else:
                self._tokens += len(update.tokens)

    def _show(self, piece: Piece, update: Update) -> None:
        """Put the answer so far in its place, if it is the last step of its chunk's route."""
        draft = piece.draft
        if piece.last and piece.stretch is None:
            draft.put(piece.chunk, piece.so_far(draft.loaded.answer(update)))
            self._unjoined.add(draft)

    def _join(self) -> None:
        """Bring `translations` up to date: once an event, as a block may have thousands of chunks."""
        for draft in self._unjoined:
            if draft.index not in self.edited:
                self.translations[draft.index] = draft.text()
        self._unjoined.clear()

    def _finish(self, piece: Piece, update: Update) -> None:
        draft = piece.draft
        if piece.answered:
            taken = piece.tagged(piece.answered, self._asking.attention(piece, update))
        else:
            taken = judge(piece, draft.loaded.answer(update), update.request.decoding)
        if isinstance(taken, list):
            for another in taken:
                self._submit(another)
            return
        self._truncated += update.truncated
        if piece.stretch is None:
            self._advance(draft, piece.chunk)
        if not piece.last:
            self._submit(piece.next(taken))
            return
        self._unjoined.add(draft)
        if not draft.finish(piece, taken):
            return
        if piece.stretch is not None:
            self._advance(draft, piece.chunk, len(draft.route) - draft.splits[piece.chunk].step)
        self._chunks += 1
        if not draft.left:
            self._check(draft)
            self.finished[draft.index] = True
            del self.drafts[draft.index]

    def _check(self, draft: Draft) -> None:
        """Note a block whose translation lacks a number, although it was asked for again."""
        rows = zip(draft.chunks, draft.texts, strict=True)
        if any(lost_numbers(Marked(chunk.text, chunk.marks), Marked(text)) for chunk, text in rows):
            self._lost_numbers.append(self.blocks[draft.index].line)

    def _advance(self, draft: Draft, chunk: int, steps: int = 1) -> None:
        """Count steps of a chunk's route."""
        self._done[draft.index] += steps * len(draft.chunks[chunk].text) / len(draft.route)


def _cut_otherwise(before: Model, now: Model) -> bool:
    """Whether chunks of one loaded model are not for the next: another model, or slots too short for them."""
    return before.origin != now.origin or before.max_len > now.max_len
