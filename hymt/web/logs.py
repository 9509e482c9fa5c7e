"""The server's log: where an error came from, never what a visitor wrote, and no flood of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hymt.errors import UserError
from hymt.errors.places import places
from hymt.web.refusals import refuse

log = logging.getLogger(__name__)


def set_up() -> None:
    """Let warnings and errors go to standard error, in this room's manner."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlacesOnly("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(Sparing())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


class PlacesOnly(logging.Formatter):
    """Shows an error's kind and the lines that it went through, but not its message: that may quote a text."""

    def formatException(self, info) -> str:
        return places(info[1])


class Sparing(logging.Filter):
    """Lets the same message through five times a minute: strangers can provoke some as often as they like.

    The same is what one line of code logs with one template, whatever fills it.
    """

    TIMES, SECONDS = 5, 60

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        template = str(record.msg).partition("\n")[0][:60]  # asyncio's own go on with a socket's number
        key, now = (record.pathname, record.lineno, template), self._clock()
        since, times = self._seen.get(key, (now, 0))
        if now - since >= self.SECONDS:
            since, times = now, 0
        if key not in self._seen and len(self._seen) >= 1000:
            self._seen.clear()
        self._seen[key] = since, times + 1
        return times < self.TIMES


class Caught:
    """Answers a request that failed, and logs where; uvicorn would log the message too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            log.error("A request failed: %s", places(error))
            if not started:
                await refuse(UserError("request_failed"), scope, receive, send)
