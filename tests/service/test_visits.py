"""The door by itself, with work that does what a test tells it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing

import pytest

from hymt.errors import UserError
from hymt.service.limits import Limits
from hymt.service.visits import DOCUMENTS, TEXTS, Queued, Refused, Visits
from hymt.translation.events import Done, Failed, Figures, Progress, Stopped, TranslationError
from tests.waiting import eventually, finished

FIGURES = Figures("en", "fr", "", "", 0, 0, 0)


class Patient:
    """Work that goes on until it is stopped or let go."""

    def __init__(self) -> None:
        self.stopped, self.free, self.over = threading.Event(), threading.Event(), threading.Event()

    def cancel(self) -> None:
        self.stopped.set()

    def events(self):
        try:
            while not (self.stopped.is_set() or self.free.is_set()):
                yield Progress(FIGURES)
                self.stopped.wait(0.01)
            yield Stopped(FIGURES) if self.stopped.is_set() else Done(FIGURES)
        finally:
            self.over.set()


def events(visits: Visits, start, visit: str = "me", place: str = "here", line: str = TEXTS):
    return visits.run(visit, place, line, start, lambda _, event: event, 0.01)


async def collected(running) -> list:
    return [event async for event in running]


def test_the_events_of_work_arrive_in_order_and_its_end_is_the_last():
    work = Patient()
    work.free.set()
    assert finished(collected(events(Visits(), lambda: work))) == [Queued(0), Done(FIGURES)]


def test_closing_the_events_stops_the_work():
    work = Patient()

    async def leave():
        async with aclosing(events(Visits(), lambda: work)) as running:
            async for event in running:
                if isinstance(event, Progress):
                    return

    finished(leave())
    assert work.over.wait(60)


@pytest.mark.parametrize("stop", [("me", "here"), ("me",)])
def test_a_visit_stops_its_work_and_nobody_elses(stop):
    visits, mine, others = Visits(), Patient(), Patient()

    async def both():
        running = [asyncio.ensure_future(collected(events(visits, lambda: mine)))]
        running += [asyncio.ensure_future(collected(events(visits, lambda: others, "you")))]
        await asyncio.sleep(0.1)
        visits.stop(*stop)
        last = (await running[0])[-1]
        assert not running[1].done()
        others.free.set()
        return last, (await running[1])[-1]

    assert finished(both()) == (Stopped(FIGURES), Done(FIGURES))


def test_work_begun_at_the_same_place_ends_what_ran_there():
    visits, first, second = Visits(), Patient(), Patient()

    async def both():
        earlier = asyncio.ensure_future(collected(events(visits, lambda: first)))
        await asyncio.sleep(0.1)
        second.free.set()
        later = await collected(events(visits, lambda: second))
        return (await earlier)[-1], later[-1]

    assert finished(both()) == (Stopped(FIGURES), Done(FIGURES))


def test_documents_wait_for_one_another_and_are_told_their_place():
    visits, first, second = Visits(Limits(documents=1, documents_waiting=1)), Patient(), Patient()
    second.free.set()

    async def three():
        running = asyncio.ensure_future(collected(events(visits, lambda: first, "a", line=DOCUMENTS)))
        await asyncio.sleep(0.1)
        received = []

        async def wait():
            async for event in events(visits, lambda: second, "b", line=DOCUMENTS):
                received.append(event)

        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0.1)
        assert received == [Queued(1)]
        refused = await collected(events(visits, lambda: second, "c", line=DOCUMENTS))
        assert [event.error.key for event in refused] == ["too_busy"]
        first.free.set()
        await asyncio.gather(running, waiting)
        return received

    assert finished(three()) == [Queued(1), Queued(0), Done(FIGURES)]


def test_who_stops_waiting_is_told_and_never_begins():
    visits, first, begun = Visits(Limits(documents=1)), Patient(), []

    async def both():
        running = asyncio.ensure_future(collected(events(visits, lambda: first, "a", line=DOCUMENTS)))
        await asyncio.sleep(0.1)
        waiting = asyncio.ensure_future(collected(events(visits, lambda: begun.append(1), "b", line=DOCUMENTS)))
        await asyncio.sleep(0.1)
        visits.stop("b")
        received = await waiting
        first.free.set()
        await running
        return received

    queued, refused = finished(both())
    assert queued == Queued(1) and refused.error.key == "stopped_waiting" and begun == []


def test_a_turn_is_kept_until_the_work_has_really_ended():
    visits, slow = Visits(Limits(documents=1)), threading.Event()

    def start():
        slow.wait(60)
        return Patient()

    async def leave_and_come_again():
        leaving = asyncio.ensure_future(collected(events(visits, start, line=DOCUMENTS)))
        await asyncio.sleep(0.1)
        leaving.cancel()
        async with aclosing(events(visits, start, line=DOCUMENTS)) as running:
            assert await anext(running) == Queued(1)
            slow.set()
            assert await anext(running) == Queued(0)

    finished(leave_and_come_again())


def test_the_deadline_ends_work_and_says_so():
    last = finished(collected(events(Visits(Limits(work_seconds=0.05)), Patient)))[-1]
    assert isinstance(last, Failed) and last.error.key == "deadline"


@pytest.mark.parametrize(
    ("error", "key"), [(UserError("no_file"), "no_file"), (RuntimeError("a visitor's text"), "unexpected")]
)
def test_what_the_start_raises_is_told_and_a_text_in_it_is_not(error, key, caplog):
    def start():
        raise error

    queued, refused = finished(collected(events(Visits(), start)))
    assert queued == Queued(0) and isinstance(refused, Refused) and refused.error.key == key
    assert "visitor's text" not in caplog.text and ("test_visits" in caplog.text) == (key == "unexpected")


def test_the_last_event_alone_for_programs():
    async def both():
        work = Patient()
        work.free.set()
        assert await Visits().last("me", "here", TEXTS, lambda: work) == Done(FIGURES)

        def refuse():
            raise TranslationError("empty")

        with pytest.raises(TranslationError):
            await Visits().last("me", "here", TEXTS, refuse)

    finished(both())


def test_nothing_of_work_that_has_ended_is_remembered():
    visits, work = Visits(), Patient()
    work.free.set()
    for number in range(20):
        finished(collected(events(visits, lambda: work, f"visit {number}")))
    assert visits._errands == {}
    assert eventually(lambda: not any(turns._running or turns._line for turns in visits._turns.values()))


def lingering(visits: Visits, start):
    return visits.run("me", "here", TEXTS, start, lambda _, event: event, 0.01, linger=True)


def found_again(visits: Visits):
    return visits.resume("me", "here", lambda _, event: event, 0.01)


async def listen_until_progress(running) -> None:
    async with aclosing(running) as events:
        async for event in events:
            if isinstance(event, Progress):
                return


def test_work_that_lingers_is_found_again_and_ends_as_usual():
    visits, work = Visits(), Patient()

    async def leave_and_come_back():
        await listen_until_progress(lingering(visits, lambda: work))
        assert not work.stopped.is_set()
        await listen_until_progress(found_again(visits))
        work.free.set()
        return await collected(found_again(visits))

    heard = finished(leave_and_come_back())
    assert heard[-1] == Done(FIGURES)


def test_what_ended_meanwhile_is_told_to_who_comes_back():
    visits, work = Visits(), Patient()

    async def leave_and_come_late():
        await listen_until_progress(lingering(visits, lambda: work))
        work.free.set()
        assert await asyncio.to_thread(work.over.wait, 60)
        return await collected(found_again(visits))

    assert finished(leave_and_come_late())[-1] == Done(FIGURES)


def test_work_does_not_linger_for_ever():
    visits, work = Visits(Limits(linger_seconds=0.05)), Patient()

    async def leave():
        await listen_until_progress(lingering(visits, lambda: work))
        assert await asyncio.to_thread(work.over.wait, 60)
        return await collected(found_again(visits))

    assert finished(leave()) == [] and work.stopped.is_set()


def test_work_that_lingers_can_be_stopped():
    visits, work = Visits(), Patient()

    async def leave():
        await listen_until_progress(lingering(visits, lambda: work))
        visits.stop("me")
        assert await asyncio.to_thread(work.over.wait, 60)

    finished(leave())
    assert work.stopped.is_set()


def test_who_comes_back_takes_over_from_who_listens():
    visits, work = Visits(), Patient()

    async def both():
        first = asyncio.create_task(collected(lingering(visits, lambda: work)))
        while not work.over.is_set():
            await asyncio.sleep(0.01)
            if any(isinstance(event, Progress) for event in await first_of(found_again(visits))):
                break
        before = await first
        work.free.set()
        return before, await collected(found_again(visits))

    async def first_of(running):
        async with aclosing(running) as events:
            async for event in events:
                return [event]
        return []

    before, after = finished(both())
    assert not isinstance(before[-1], Done) and after[-1] == Done(FIGURES)


def test_nothing_is_found_where_nothing_runs():
    assert finished(collected(found_again(Visits()))) == []
