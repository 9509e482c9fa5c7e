"""How often, and how much at once, by address."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from hymt.errors import UserError
from hymt.service.limits import Limits
from hymt.web.refusals import refuse

JOINS = ("/gradio_api/queue/join", "/gradio_api/call/")


class Recent(OrderedDict):
    """A dictionary that keeps `size` keys, those asked for last: strangers' addresses must not fill the memory."""

    def __init__(self, make: Callable[[], object], size: int) -> None:
        super().__init__()
        self._make, self._size = make, size

    def __missing__(self, key):
        self[key] = value = self._make()
        if len(self) > self._size:
            self.popitem(last=False)
        return value

    def __getitem__(self, key):
        value = super().__getitem__(key)
        self.move_to_end(key)
        return value


class Bucket:
    """Holds tokens up to a burst and fills at a rate a second; each request takes one."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens, self._filled = burst, clock()

    def take(self) -> bool:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + self._rate * (now - self._filled))
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Failures:
    """How often something failed within the last seconds."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._seconds, self._clock = limit, seconds, clock
        self._moments: deque[float] = deque()

    def wait(self) -> float:
        """Seconds until another attempt is allowed."""
        now = self._clock()
        while self._moments and now - self._moments[0] >= self._seconds:
            self._moments.popleft()
        return self._seconds - (now - self._moments[0]) if len(self._moments) >= self._limit else 0

    def add(self) -> None:
        self._moments.append(self._clock())

    def clear(self) -> None:
        self._moments.clear()


class Seats:
    """What may be under way at once, by address and in all."""

    def __init__(self, by_address: int, in_all: int | None = None) -> None:
        self._by_address, self._in_all = by_address, in_all
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, address: str, error: UserError, beside: int = 0) -> Iterator[None]:
        """Take a seat, or raise the error; `beside` are an address's seats that are counted elsewhere."""
        if self._taken[address] + beside >= self._by_address or self._taken.total() == self._in_all:
            raise error
        self._taken[address] += 1
        try:
            yield
        finally:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]


class Rates:
    """Refuses an address's requests beyond its rate, and jobs beyond what it may have under way.

    `jobs` tells how many jobs of an address wait or run.
    """

    def __init__(self, app: ASGIApp, limits: Limits, jobs: Callable[[str], int]) -> None:
        self.app, self.limits, self._jobs = app, limits, jobs
        self._buckets = Recent(lambda: Bucket(limits.requests_a_second, limits.request_burst), limits.addresses)
        self._joining = Seats(limits.jobs_by_address)  # those that are not in the queue yet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        address = scope["client"][0]
        if not self._buckets[address].take():
            return await refuse(UserError("too_many_requests"), scope, receive, send)
        if not (scope["method"] == "POST" and scope["path"].startswith(JOINS)):
            return await self.app(scope, receive, send)
        try:
            full = UserError("too_many_jobs", limit=self.limits.jobs_by_address)
            with self._joining.taken(address, full, beside=self._jobs(address)):
                await self.app(scope, receive, send)
        except UserError as error:
            await refuse(error, scope, receive, send)
