"""The one door for visitors' work: its turn, its start, its events and its end, whatever surface it came through.

Work runs in a thread of its own, and its events are handed to whoever listens in an event loop: however long it runs
or waits, it holds no thread of a server.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from hymt.compare.comparison import Ended
from hymt.errors import UserError
from hymt.service.batch import BatchEnded
from hymt.service.document_job import Unsaved
from hymt.service.limits import Limits
from hymt.service.refusals import refusal
from hymt.service.turns import Turns
from hymt.translation.events import Failed, Stopped

LOOK_SECONDS = 0.1  # how often one who waits looks whether it is his turn
TEXTS, DOCUMENTS, SWAPS = "texts", "documents", "swaps"  # the lines; a comparison stands in that of texts


@dataclass(frozen=True)
class Queued:
    """The work waits for its turn, at `place` 1 as the next; at 0 it starts now."""

    place: int


@dataclass(frozen=True)
class Refused:
    """The work could not begin."""

    error: UserError


class Work(Protocol):
    """What a visit asks for: a text's or a document's job, a comparison, a swap."""

    def events(self) -> Generator[Any]: ...

    def cancel(self) -> None: ...


SomeWork = TypeVar("SomeWork", bound=Work)  # of one surface
Shown = TypeVar("Shown")  # what the surface makes of an event


class Visits:
    """What each visit has under way, so that its Stop button, its closing and the deadline end it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._turns = {
            TEXTS: Turns(self.limits.texts, self.limits.texts_waiting),
            DOCUMENTS: Turns(self.limits.documents, self.limits.documents_waiting),
            SWAPS: Turns(self.limits.swaps, self.limits.swaps_waiting),
        }
        self._errands: dict[tuple[Hashable, str], _Errand] = {}
        self._lock = threading.Lock()
        self._showing = ThreadPoolExecutor(4, "hymt-show")

    async def run(
        self,
        visit: Hashable,
        place: str,
        line: str,
        start: Callable[[], SomeWork],
        show: Callable[[SomeWork | None, Any], Shown],
        pace: float,
        linger: bool = False,
    ) -> AsyncGenerator[Shown]:
        """Have work done; yields what `show` makes of it and each event, `pace` seconds apart except for the last.

        What the visit has under way at this place of its surface is ended first. Closing the iterator ends the work,
        or lets it `linger`: for a while it may be found again by `resume`.
        The events are Queued, then the work's own, or Refused for what `start` raises. `start` and `show` are called
        in threads of this room; of events of a kind that nobody has taken yet, only the newest stays.
        """
        try:
            errand = _Errand(self._turns[line], visit, start, self.limits.work_seconds)
        except UserError as error:
            yield show(None, Refused(error))
            return
        self._begin(visit, place, errand)
        async with aclosing(self._listen(visit, place, errand, show, pace, linger)) as events:
            async for shown in events:
                yield shown

    async def resume(
        self,
        visit: Hashable,
        place: str,
        show: Callable[[Any, Any], Shown],
        pace: float,
    ) -> AsyncGenerator[Shown]:
        """As `run`, of work that goes on though its listener has gone; nothing if there is none."""
        with self._lock:
            errand = self._errands.get((visit, place))
        if errand:
            async with aclosing(self._listen(visit, place, errand, show, pace, linger=True)) as events:
                async for shown in events:
                    yield shown

    async def _listen(
        self,
        visit: Hashable,
        place: str,
        errand: _Errand,
        show: Callable[[Any, Any], Shown],
        pace: float,
        linger: bool,
    ) -> AsyncGenerator[Shown]:
        loop, heard = asyncio.get_running_loop(), False
        listener = errand.new_listener()

        def leave() -> None:
            if errand.heard_by(listener):
                errand.cancel()
                self._forget(visit, place, errand)

        try:
            async with aclosing(errand.events(pace)) as events:
                async for event in events:
                    yield await loop.run_in_executor(self._showing, show, errand.work, event)
            heard = True
        finally:
            if linger and errand.begun and not heard:
                loop.call_later(self.limits.linger_seconds, leave)
            else:
                leave()

    async def last(self, visit: Hashable, place: str, line: str, start: Callable[[], Work]) -> Any:
        """Have work done; its last event. Raises what it was refused for or failed with."""
        running = self.run(visit, place, line, start, lambda _, event: event, self.limits.work_seconds)
        async with aclosing(running) as events:
            async for event in events:
                match event:
                    case Failed() | Refused() | Unsaved():
                        raise event.error
        return event

    def stop(self, visit: Hashable, place: str | None = None) -> None:
        """End a visit's work at a place, or all its work. Returns at once."""
        with self._lock:
            errands = [errand for (who, at), errand in self._errands.items() if who == visit and place in (None, at)]
        for errand in errands:
            errand.cancel()

    def close(self) -> None:
        """End all work."""
        with self._lock:
            errands = list(self._errands.values())
        for errand in errands:
            errand.cancel()
        self._showing.shutdown(wait=False)

    def _begin(self, visit: Hashable, place: str, errand: _Errand) -> None:
        with self._lock:
            previous, self._errands[visit, place] = self._errands.get((visit, place)), errand
        if previous:
            previous.cancel()

    def _forget(self, visit: Hashable, place: str, errand: _Errand) -> None:
        with self._lock:
            if self._errands.get((visit, place)) is errand:
                del self._errands[visit, place]


class _Errand(Generic[SomeWork]):
    """One piece of work, from its place in the line to its end; it keeps its turn until its thread has ended."""

    def __init__(self, turns: Turns, visit: Hashable, start: Callable[[], SomeWork], seconds: float) -> None:
        """Raises UserError when the line is full."""
        self.work: SomeWork | None = None
        self._turns, self._ticket = turns, turns.join(visit)
        self._start, self._seconds = start, seconds
        self._stop = threading.Event()
        self._news: list[Any] = []  # what has not been taken yet; of the event loop only, as all that follows
        self._arrived, self._ended = asyncio.Event(), asyncio.Event()
        self._told: dict[type, Any] = {}  # the newest event of each kind, for who listens from now on
        self._listener = 0  # the number of the latest
        self.begun = False

    def new_listener(self) -> int:
        """Whoever listened before hears no more; the new one also what was told last. In the event loop."""
        self._listener += 1
        self._news = list(self._told.values())
        self._arrived.set()
        return self._listener

    def heard_by(self, listener: int) -> bool:
        return self._listener == listener

    def cancel(self) -> None:
        """End it, from any thread. Returns at once."""
        self._stop.set()
        if work := self.work:
            work.cancel()

    async def events(self, pace: float) -> AsyncGenerator[Any]:
        """For the latest listener. Closed before the work has begun, it gives up its place in the line."""
        try:
            if not self.begun:
                async for place in self._places():
                    yield Queued(place)
                if self._stop.is_set():
                    yield Refused(UserError("stopped_waiting"))
                    return
                self._begin()
            async for event in self._taken(pace):
                yield event
        finally:
            if not self.begun:
                self._turns.leave(self._ticket)

    def _begin(self) -> None:
        self.begun = True
        worker = threading.Thread(target=self._labour, args=[asyncio.get_running_loop()], daemon=True)
        worker.name = "hymt-work"
        worker.start()

    async def _places(self) -> AsyncGenerator[int]:
        """Its place in the line whenever that changes, until its turn has come or it is stopped."""
        last = None
        while last != 0 and not self._stop.is_set():
            if (place := self._turns.place(self._ticket)) != last:
                last = place
                yield place
            if last:
                await asyncio.sleep(LOOK_SECONDS)

    async def _taken(self, pace: float) -> AsyncGenerator[Any]:
        over, listener = False, self._listener
        while not over:
            await self._arrived.wait()
            if self._listener != listener:
                return
            self._arrived.clear()
            over = self._ended.is_set()
            news, self._news = self._news, []
            for event in news:
                yield event
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), pace)

    def _take(self, event: Any) -> None:
        """In the event loop: keep an event until it is asked for; None is the end."""
        if event is None:
            self._ended.set()
            self._arrived.set()
            return
        self._told.pop(type(event), None)
        self._told[type(event)] = event
        if self._news and type(self._news[-1]) is type(event):
            self._news[-1] = event  # each tells all that the one before told
        else:
            self._news.append(event)
        self._arrived.set()

    # -- its thread ------------------------------------------------------------------------------------

    def _labour(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            for event in self._work():
                loop.call_soon_threadsafe(self._take, event)
        except RuntimeError:  # the loop has closed: nobody listens any more
            self.cancel()
        finally:
            self._turns.leave(self._ticket)
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._take, None)

    def _work(self) -> Iterator[Any]:
        end, late = time.monotonic() + self._seconds, False
        try:
            self.work = self._start()
            if self._stop.is_set():
                self.work.cancel()
            with closing(self.work.events()) as events:
                for event in events:
                    if not late and time.monotonic() > end:
                        late = True
                        self.cancel()
                    yield self._too_late(event) if late else event
        except Exception as error:
            yield Refused(refusal(error))

    def _too_late(self, event: Any) -> Any:
        """An event after the deadline: what stopped there says why."""
        error = UserError("deadline", hours=f"{self._seconds / 3600:g}")
        match event:
            case Stopped():
                return Failed(event.figures, error, event.text, event.parts)
            case Ended() | BatchEnded():
                return replace(event, failure=event.failure or error)
        return event
