"""Which of the waiting requests get the next free slots.

A free slot goes to the visit that has the fewest busy ones, and there to the job that has, so a sentence typed beside a
long document gets the next slot, not the last. Among visits that have as many, those come first that used little so
far: on a full server a sentence does not wait behind all documents. Every few turns the one that waited longest comes
first whatever it used, so that documents move on beside many sentences.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Hashable, Iterable

from hymt.engine.protocol import PREFILL_TOKENS, Request

SHORT = 256  # tokens times slots that a visit may use and still come first: a sentence or two with four beams
LONGEST_FIRST = 4  # one turn in so many goes to who waited longest


class Line:
    """Requests that wait, job by job. It has no lock of its own."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[Request]] = {}  # jobs in the order of their last turn
        self._used: Counter[Hashable] = Counter()  # tokens times slots, by visit; of those that have work
        self._turns = 0

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def join(self, request: Request) -> None:
        self._waiting.setdefault(request.job, deque()).append(request)

    def join_first(self, request: Request) -> None:
        """Before the other requests of its job."""
        self._waiting.setdefault(request.job, deque()).appendleft(request)

    def drop(self, job: Hashable) -> Collection[Request]:
        """Take a job's requests out."""
        return self._waiting.pop(job, ())

    def clear(self) -> list[Request]:
        """Take all requests out."""
        waiting = [request for requests in self._waiting.values() for request in requests]
        self._waiting.clear()
        return waiting

    def step(self, running: Iterable[Request]) -> None:
        """Note that each of these got a token."""
        for request in running:
            self._used[request.asker] += request.decoding.beams

    def next(self, running: Collection[Request], free: int) -> list[Request]:
        """Take out what may enter `free` slots in one prefill pass, beside what runs."""
        busy: Counter[Hashable] = Counter()  # slots by visit and by job
        for request in running:
            _occupy(busy, request)
        self._forget_others(running)
        chosen: list[Request] = []
        tokens = 0
        while self._waiting:
            request = self._first(busy)
            beams, tokens = request.decoding.beams, max(tokens, len(request.given))
            too_many = chosen and tokens * (len(chosen) + 1) > PREFILL_TOKENS
            # a wide request waits for its slots at the head: narrow ones behind must not starve it
            if beams > free or too_many or (chosen and beams != chosen[0].decoding.beams):
                break
            chosen.append(request)
            free -= beams
            _occupy(busy, request)
            self._take_turn(request.job)
        return chosen

    def _first(self, busy: Counter[Hashable]) -> Request:
        def rank(request: Request) -> tuple[int, bool, int]:
            long = self._used[request.asker] >= SHORT and self._turns % LONGEST_FIRST != 0
            return busy[request.asker], long, busy[request.job]

        # ties: the longest without a turn
        return min((requests[0] for requests in self._waiting.values()), key=rank)

    def _take_turn(self, job: Hashable) -> None:
        self._turns += 1
        requests = self._waiting.pop(job)
        requests.popleft()
        if requests:
            self._waiting[job] = requests

    def _forget_others(self, running: Iterable[Request]) -> None:
        """Visits that have no work left begin anew with their next."""
        askers = {request.asker for request in running} | {requests[0].asker for requests in self._waiting.values()}
        for asker in self._used.keys() - askers:
            del self._used[asker]


def _occupy(busy: Counter[Hashable], request: Request) -> None:
    """Count a request's slots: for its job, and for its visit where that is not the same."""
    for who in {request.asker, request.job}:
        busy[who] += request.decoding.beams
