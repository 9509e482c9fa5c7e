"""The engine of this machine: one thread owns the model; requests reach it through a queue, updates go back.

Fair between visits, then between their jobs: a free slot goes to the visit that has the fewest busy ones, and there to
the job that has, so a sentence typed beside a long document gets the next slot, not the last.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Hashable
from concurrent.futures import Future
from functools import partial

import torch

from hymt.engine.decoder import Decoder, Reading, Sequence
from hymt.engine.decoding import FUSED, MAX_BEAMS, EngineClosed, EngineStatus, Request, Update

log = logging.getLogger(__name__)

PREFILL_TOKENS = 2048  # at most so many in one pass, so that running rows never wait long


class LocalEngine:
    """The slot engine over a loaded model of transformers' `hunyuan_v1_dense` class."""

    def __init__(self, model, slots: int, max_len: int, kernels: str = FUSED) -> None:
        """`kernels` REFERENCE keeps to transformers' and bitsandbytes' own way through the model.

        Raises what the cache's allocation or the capture of the steps raises, out of memory for one.
        """
        self.max_len, self._kernels = max_len, kernels
        self._decoder: Decoder | None = None
        self._entering: list[Request] = []  # in the prefill pass under way
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, deque[Request]] = {}  # a job's requests, jobs in order of their last turn
        self._cancelled: set[Hashable] = set()
        self._closed = False
        self._busy = 0
        started: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, args=(model, slots, started), daemon=True)
        self._thread.name = "hymt-engine"
        self._thread.start()
        del model  # its only reference is the engine thread's
        started.result()

    def _live(self, model, slots: int, started: Future) -> None:
        """All that computes happens in this thread: OpenMP keeps a team of threads for each thread that it served,
        and two teams on the same cores halve the speed of a CPU."""
        try:
            self._start(model, slots)
        except BaseException as error:
            started.set_exception(error)
            return
        del model
        started.set_result(None)
        self._run()

    @torch.inference_mode()
    def _start(self, model, slots: int) -> None:
        self._decoder = Decoder(model, slots, self.max_len, self._kernels)
        self.slots, self.cache_bytes = slots, self._decoder.cache.nbytes

    # -- called from any thread ------------------------------------------------------------------------

    def submit(self, request: Request) -> None:
        room = self.max_len - len(request.prompt)
        if room < 1 or request.max_new_tokens < 1:
            raise ValueError(
                f"A chunk of {len(request.prompt)} tokens leaves no room for an answer in {self.max_len}: "
                "choose a shorter chunk length."
            )
        if request.max_new_tokens > room:
            raise ValueError(f"max_new_tokens is {request.max_new_tokens}, but only {room} fit.")
        if request.decoding.beams > self.slots:
            raise ValueError(f"{request.decoding.beams} beams need as many slots; this engine has {self.slots}.")
        with self._changed:
            if self._closed:
                raise EngineClosed("The model is being swapped.")
            self._waiting.setdefault(request.job, deque()).append(request)
            self._changed.notify()

    def cancel(self, job: Hashable) -> None:
        with self._changed:
            dropped = self._waiting.pop(job, ())
            self._cancelled.add(job)
            self._changed.notify()
        for request in dropped:
            request.sink(Update(request, "cancelled"))

    def status(self) -> EngineStatus:
        with self._changed:
            return EngineStatus(self._busy, self.slots, sum(map(len, self._waiting.values())))

    def close(self) -> None:
        with self._changed:
            self._closed = True
            returned = [request for requests in self._waiting.values() for request in requests]
            self._waiting.clear()
            self._changed.notify()
        for request in returned:
            request.sink(Update(request, "returned"))
        self._thread.join()

    # -- the engine's thread ---------------------------------------------------------------------------

    @torch.inference_mode()
    def _run(self) -> None:
        readings: deque[Reading] = deque()  # of steps that were started and not read yet
        while self._wait_for_work(bool(readings)):
            try:
                self._drop_cancelled()
                readings.extend(self._admit())
                if self._decoder.width:
                    readings.append(self._decoder.step())
                while len(readings) > (self._decoder.lag if self._decoder.width else 0):
                    self._report(self._decoder.settle(readings.popleft()))
            except Exception as error:
                readings.clear()
                self._recover(error)
        self._decoder = None

    def _wait_for_work(self, unread: bool) -> bool:
        """Sleep until there is something to do; False when the engine is closed and nothing runs."""
        with self._changed:
            self._busy = self._decoder.width
            while not (self._decoder.width or unread or self._waiting or self._closed):
                self._cancelled.clear()
                self._changed.wait()
            return bool(self._decoder.width or unread or self._waiting)

    def _drop_cancelled(self) -> None:
        with self._changed:
            cancelled, self._cancelled = self._cancelled, set()
        for sequence in self._decoder.running():
            if sequence.request.job in cancelled:
                self._decoder.remove(sequence)
                sequence.request.sink(Update(sequence.request, "cancelled", tuple(sequence.tokens)))

    def _admit(self) -> list[Reading]:
        """Fill free slots by prefill passes of one beam count each: one pass between two steps of running rows."""
        readings = []
        while requests := self._next_requests():
            running = bool(self._decoder.width)
            self._entering = requests
            readings.append(self._decoder.admit(requests))
            self._entering = []
            if running:
                break
        return readings

    def _recover(self, error: Exception) -> None:
        """After a failed step: with too little memory go on with half the slots, else tell the jobs."""
        requests = [sequence.request for sequence in self._decoder.running()]
        requests += [request for request in self._entering if request not in requests]
        self._entering = []
        fewer = max((r.decoding.beams for r in requests), default=1) <= self.slots // 2 >= MAX_BEAMS
        if isinstance(error, torch.cuda.OutOfMemoryError) and fewer:
            log.warning("Out of GPU memory with %d slots: going on with %d.", self.slots, self.slots // 2)
            error.__traceback__ = None  # its frames hold the cache
            model, self._decoder = self._decoder.model, None
            torch.cuda.empty_cache()
            self._start(model, self.slots // 2)
            with self._changed:
                for request in reversed(requests):
                    self._waiting.setdefault(request.job, deque()).appendleft(request)
            return
        log.error("The engine's step failed.", exc_info=error)
        self._decoder.reset()
        for request in requests:
            request.sink(Update(request, "failed", error=error))

    def _next_requests(self) -> list[Request]:
        chosen: list[Request] = []
        with self._changed:
            busy: Counter[Hashable] = Counter()  # slots by visit and by job
            for sequence in self._decoder.running():
                _occupy(busy, sequence.request)
            free, tokens = self._decoder.free, 0
            while self._waiting:
                # ties: the longest without a turn
                request = min((requests[0] for requests in self._waiting.values()), key=partial(_share, busy))
                beams, tokens = request.decoding.beams, max(tokens, len(request.prompt))
                too_many = chosen and tokens * (len(chosen) + 1) > PREFILL_TOKENS
                # a wide request waits for its slots at the head: narrow ones behind must not starve it
                if beams > free or too_many or (chosen and beams != chosen[0].decoding.beams):
                    break
                chosen.append(request)
                free -= beams
                _occupy(busy, request)
                self._take_turn(request.job)
        return chosen

    def _take_turn(self, job: Hashable) -> None:
        requests = self._waiting.pop(job)
        requests.popleft()
        if requests:
            self._waiting[job] = requests

    def _report(self, sequences: list[Sequence]) -> None:
        for sequence in sequences:
            state = "done" if sequence.finished else "running"
            if sequence.finished:
                self._decoder.remove(sequence)
            request = sequence.request
            request.sink(Update(request, state, tuple(sequence.tokens), sequence.truncated))


def _occupy(busy: Counter[Hashable], request: Request) -> None:
    """Count a request's slots: for its job, and for its visit where that is not the same."""
    for who in {request.asker, request.job}:
        busy[who] += request.decoding.beams


def _share(busy: Counter[Hashable], request: Request) -> tuple[int, int]:
    return busy[request.asker], busy[request.job]
