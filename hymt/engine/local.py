"""The engine of this machine: one thread owns the model; requests reach it through a queue, updates go back.

An error ends as few requests as can be: one at the admission those that cannot be admitted, one in a step those that
meet with it twice. What it cannot recover from ends the thread; then all requests fail, and who watches is told.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from traceback import clear_frames
from weakref import WeakSet

import torch

from hymt.engine.decoder import Decoder, Reading, Sequence
from hymt.engine.decoding import FUSED, MAX_BEAMS
from hymt.engine.graphs import while_none_records
from hymt.engine.line import Line
from hymt.engine.protocol import PREFILL_TOKENS, EngineClosed, EngineFailed, EngineStatus, Request, Update
from hymt.errors import UserError

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.25


class LocalEngine:
    """The slot engine over a loaded model of transformers' `hunyuan_v1_dense` class."""

    def __init__(self, model, slots: int, max_len: int, kernels: str = FUSED) -> None:
        """`kernels` REFERENCE keeps to transformers' and bitsandbytes' own way through the model.

        Raises what the cache's allocation or the capture of the steps raises, out of memory for one, and UserError for
        weights that compute no numbers.
        """
        self.slots, self.max_len, self._kernels = slots, max_len, kernels
        self._decoder: Decoder | None = None
        self._admitted: dict[Request, None] = {}  # in slots, or on their way into them
        self._tried_again: WeakSet[Request] = WeakSet()  # after a failed step
        self._changed = threading.Condition()
        self._line, self._alignments = Line(), Line()
        self._cancelled: set[Hashable] = set()
        self._closed = self._failed = False
        self._to_tell: list[Callable[[], None]] = []  # when it fails
        self._busy = 0
        started: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, args=(model, started), daemon=True)
        self._thread.name = "hymt-engine"
        self._thread.start()
        del model  # its only reference is the engine thread's
        started.result()

    def _live(self, model, started: Future) -> None:
        """All that computes happens in this thread: OpenMP keeps a team of threads for each thread that it served,
        and two teams on the same cores halve the speed of a CPU."""
        try:
            self._start(model)
        except BaseException as error:
            del model
            _let_go(error)
            started.set_exception(error)
            return
        del model
        started.set_result(None)
        try:
            self._run()
        except BaseException as error:  # SystemExit too: whatever ends the thread, nobody may wait for it in vain
            log.critical("The engine's thread ended.", exc_info=error)
            _let_go(error)
            self._fail()

    @torch.inference_mode()
    def _start(self, model) -> None:
        decoder = Decoder(model, self.slots, self.max_len, self._kernels)
        decoder.check()
        self._decoder = decoder

    @torch.inference_mode()
    def _run(self) -> None:
        """Serve until the engine is closed, each time that memory runs out with a smaller decoder."""
        while (decoder := self._decoder) is not None:
            try:
                self._serve(decoder)
                self._decoder = None
            except torch.cuda.OutOfMemoryError as error:
                if not self._may_shrink(error):
                    raise
                _let_go(error)
                model, decoder, self._decoder = decoder.model, None, None
                self._shrink(model)
                del model
                self._put_back()

    # -- called from any thread ------------------------------------------------------------------------

    @property
    def cache_bytes(self) -> int:
        decoder = self._decoder
        return decoder.cache.nbytes if decoder else 0

    def submit(self, request: Request) -> None:
        if not request.alignment:
            self._check(request)
        with self._changed:
            if self._failed:
                raise EngineFailed()
            if self._closed:
                raise EngineClosed("The model is being swapped.")
            self._line_of(request).join(request)
            self._changed.notify()

    def _line_of(self, request: Request) -> Line:
        """Alignments need no slot: they wait for nothing but one another."""
        return self._alignments if request.alignment else self._line

    def _check(self, request: Request) -> None:
        room = self.max_len - len(request.prompt)
        if room < 1 or request.max_new_tokens < 1:
            raise UserError("chunk_too_long", tokens=len(request.prompt), limit=self.max_len)
        if request.max_new_tokens > room:
            raise UserError("answer_too_long", wanted=request.max_new_tokens, room=room)
        if request.decoding.beams > self.slots:
            raise UserError("beams_above_slots", beams=request.decoding.beams, slots=self.slots)

    def cancel(self, job: Hashable) -> None:
        with self._changed:
            dropped = [*self._line.drop(job), *self._alignments.drop(job)]
            self._cancelled.add(job)
            self._changed.notify()
        for request in dropped:
            request.sink(Update(request, "cancelled"))

    def status(self) -> EngineStatus:
        with self._changed:
            return EngineStatus(self._busy, self.slots, len(self._line) + len(self._alignments))

    def when_failed(self, call: Callable[[], None]) -> None:
        with self._changed:
            if not self._failed:
                self._to_tell.append(call)
                return
        call()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            returned = self._line.clear() + self._alignments.clear()
            self._changed.notify()
        for request in returned:
            request.sink(Update(request, "returned"))
        self._thread.join()

    # -- the engine's thread ---------------------------------------------------------------------------

    def _serve(self, decoder: Decoder) -> None:
        """Until the engine is closed. Raises what `_may_shrink` says yes to."""
        readings: deque[Reading] = deque()  # of steps that were started and not read yet
        while self._wait_for_work(decoder, bool(readings)):
            try:
                with while_none_records(decoder.device):
                    self._drop_cancelled(decoder)
                    readings.extend(self._admit(decoder))
                    self._align(decoder)
                    if decoder.width:
                        readings.append(decoder.step())
                        self._line.step(sequence.request for sequence in decoder.running())
                    while len(readings) > (decoder.lag if decoder.width else 0):
                        self._report(decoder, decoder.settle(readings.popleft()))
            except Exception as error:
                if self._may_shrink(error):
                    raise
                readings.clear()
                self._try_again(decoder, error)

    def _wait_for_work(self, decoder: Decoder, unread: bool) -> bool:
        """Sleep until there is something to do; False when the engine is closed and nothing runs.

        After a moment without work (who has just loaded a model mostly asks at once) what later steps would have to
        wait for is prepared.
        """
        unprepared = True
        while True:
            with self._changed:
                self._busy = decoder.width
                while not (decoder.width or unread or self._line or self._alignments or self._closed):
                    self._cancelled.clear()
                    if not self._changed.wait(IDLE_SECONDS if unprepared else None):
                        break
                else:
                    return bool(decoder.width or unread or self._line or self._alignments)
            with while_none_records(decoder.device):
                unprepared = decoder.prepare()

    def _end(self, update: Update) -> None:
        self._admitted.pop(update.request, None)
        update.request.sink(update)

    def _drop_cancelled(self, decoder: Decoder) -> None:
        with self._changed:
            cancelled, self._cancelled = self._cancelled, set()
        for sequence in decoder.running():
            if sequence.request.job in cancelled:
                decoder.remove(sequence)
                self._end(Update(sequence.request, "cancelled", tuple(sequence.tokens)))

    def _report(self, decoder: Decoder, sequences: list[Sequence]) -> None:
        for sequence in sequences:
            request, tokens = sequence.request, tuple(sequence.tokens)
            if sequence.finished:
                decoder.remove(sequence)
                self._end(Update(request, "done", tokens, sequence.truncated))
            else:
                request.sink(Update(request, "running", tokens))

    # -- admission -------------------------------------------------------------------------------------

    def _admit(self, decoder: Decoder) -> list[Reading]:
        """Fill free slots by prefill passes of one beam count each: one pass between two steps of running rows."""
        readings: list[Reading] = []
        while requests := self._next_requests(decoder):
            running = bool(decoder.width)
            readings += self._enter(decoder, requests)
            if running:
                break
        return readings

    def _enter(self, decoder: Decoder, requests: list[Request]) -> list[Reading]:
        """Prefill requests in one pass; where that fails, in halves: only those fail that cannot enter alone."""
        try:
            return [decoder.admit(requests)]
        except Exception as error:
            if self._may_shrink(error):
                raise
            if len(requests) == 1:
                log.error("A request could not be admitted.", exc_info=error)
                self._end(Update(requests[0], "failed", error=error))
                return []
        half = len(requests) // 2
        return self._enter(decoder, requests[:half]) + self._enter(decoder, requests[half:])

    def _next_requests(self, decoder: Decoder) -> list[Request]:
        with self._changed:
            chosen = self._line.next([sequence.request for sequence in decoder.running()], decoder.free)
            self._admitted |= dict.fromkeys(chosen)
        return chosen

    def _align(self, decoder: Decoder) -> None:
        """Answer some of the requests with an alignment: one pass between two steps of running rows."""
        with self._changed:
            chosen = self._alignments.next((), PREFILL_TOKENS)
            self._admitted |= dict.fromkeys(chosen)
        for request, attention in decoder.align(chosen):
            self._end(Update(request, "done", attention=attention))

    # -- after an error --------------------------------------------------------------------------------

    def _try_again(self, decoder: Decoder, error: Exception) -> None:
        """After a failed step try its requests once more."""
        log.error("The engine's step failed.", exc_info=error)
        decoder.reset()
        for request in [request for request in self._admitted if request in self._tried_again]:
            self._end(Update(request, "failed", error=error))
        self._tried_again.update(self._admitted)
        self._put_back()

    def _may_shrink(self, error: Exception) -> bool:
        return isinstance(error, torch.cuda.OutOfMemoryError) and self.slots // 2 >= MAX_BEAMS

    def _shrink(self, model) -> None:
        """Go on with half the slots, or with as many halves as it takes. Raises what allocating the fewest raises."""
        while self._decoder is None:
            log.warning("Out of GPU memory with %d slots: going on with %d.", self.slots, self.slots // 2)
            self.slots //= 2
            torch.cuda.empty_cache()
            try:
                self._start(model)
            except torch.cuda.OutOfMemoryError as error:
                if not self._may_shrink(error):
                    raise

    def _put_back(self) -> None:
        """Let what was admitted begin anew, before what waits; of jobs cancelled meanwhile it is dropped."""
        with self._changed:
            requests, self._admitted = list(self._admitted), {}
            dropped = [request for request in requests if request.job in self._cancelled]
            for request in reversed(requests):
                if request.job not in self._cancelled:
                    self._line_of(request).join_first(request)
        for request in dropped:
            request.sink(Update(request, "cancelled"))

    def _fail(self) -> None:
        """Let go of the model, and tell everybody: first who loads the next one, lest requests come back to this."""
        with self._changed:
            self._closed = self._failed = True
            self._decoder, self._busy = None, 0
            lost = [*self._admitted, *self._line.clear(), *self._alignments.clear()]
            self._admitted = {}
        for call in self._to_tell:
            _call(call)
        for request in lost:
            _call(request.sink, Update(request, "failed", error=EngineFailed()))


def _call(function: Callable, *arguments) -> None:
    """Call what must not keep the others from being called."""
    try:
        function(*arguments)
    except Exception:
        log.exception("The end of an engine could not be told.")


def _let_go(error: BaseException | None) -> None:
    """Empty the frames that an error came through: they hold the cache and the model."""
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__context__
