"""Connections: how many at once, and for how long one may stay open without asking anything."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from hymt.service.limits import Limits

BACKLOG = 128  # accepted in one go, before any can be refused: well below RESERVED
RESERVED = 512  # files that connections leave: those accepted in one go, models, uploads, the event loop's own


class Connection(H11Protocol):
    """uvicorn's connection; it ends at once where there are too many, and later where no request comes."""

    def __init__(self, *, limits: Limits, forwarded: bool, **given) -> None:
        super().__init__(**given)
        self._limits, self._forwarded = limits, forwarded
        self._all = min(limits.connections, max(64, open_files() - RESERVED))
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # asyncio's too wide
        super().connection_made(transport)
        if len(self.connections) > self._all or self._too_many_of_one():
            transport.abort()
        else:
            self._wait_for_head()

    def _too_many_of_one(self) -> bool:
        if self._forwarded or self.client is None:
            return False
        others = (getattr(one, "client", None) for one in self.connections)
        return sum(1 for one in others if one and one[0] == self.client[0]) > self._limits.connections_by_address

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        """Begin or end the time within which a request's headers must be complete."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._end_waiting()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(self._limits.head_seconds, self.transport.abort)

    def _end_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def open_files() -> int:
    """How many files this process may have open."""
    try:
        import resource  # not on Windows
    except ImportError:
        return 2048
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1_000_000
