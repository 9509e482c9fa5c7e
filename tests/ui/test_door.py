"""What one visitor cannot do to the others: the door of the running server."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import httpx
import psutil
import pytest

from hymt.service.limits import Limits
from hymt.service.results import Results
from hymt.service.visits import Visits
from hymt.ui import text_tab
from hymt.ui.page import SESSIONS
from tests.models.hub import FakeHub, mini, running
from tests.texts import varied
from tests.ui.serving import busy, idle, served
from tests.waiting import eventually

CONTROLS = (1, False, 0.7, 20, 0.6, 1.0, 0, 48)


class Visitor:
    """A browser's or a program's requests, one by one."""

    numbers = count()

    def __init__(self, url: str, **headers: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=120, headers=headers)
        self.session = f"visitor{next(self.numbers)}"

    def call(self, name: str, *given) -> str:
        """Call a named endpoint; the event's id."""
        said = self.http.post(f"/gradio_api/call/{name}", json={"data": given})
        return said.raise_for_status().json()["event_id"]

    def answer(self, name: str, *given) -> tuple[str, object]:
        """The last event of a call and its data."""
        with self.listen(f"/gradio_api/call/{name}/{self.call(name, *given)}") as lines:
            *_, kind, data = [line for line in lines if line]
        return kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    def press(self, button: str, *given) -> None:
        """Press a button of the page."""
        body = {"data": given, "fn_index": self.event(button), "session_hash": self.session}
        self.http.post("/gradio_api/queue/join", json=body).raise_for_status()

    def event(self, button: str) -> int:
        config = self.http.get("/config").json()
        (number,) = (part["id"] for part in config["components"] if part["props"].get("elem_id") == button)
        return next(one["id"] for one in config["dependencies"] if [number, "click"] in one["targets"])

    def endpoint(self, name: str) -> int:
        return next(one["id"] for one in self.http.get("/config").json()["dependencies"] if one["api_name"] == name)

    def upload(self, text: str, name: str = "letter.txt") -> dict:
        said = self.http.post("/gradio_api/upload", files={"files": (name, text.encode())})
        return {"path": said.raise_for_status().json()[0], "meta": {"_type": "gradio.FileData"}}

    @contextmanager
    def listen(self, path: str):
        with self.http.stream("GET", path) as said:
            yield said.iter_lines()

    def page(self):
        """The page's stream of events."""
        return self.listen(f"/gradio_api/queue/data?session_hash={self.session}")


@pytest.fixture
def visitor(url):
    return Visitor(url)


@pytest.fixture
def long(english) -> str:
    return "\n".join(varied(english, 40))


@pytest.fixture
def narrow(services):
    """Serves the page with limits of its own: one document at once, two may wait."""
    with served(
        replace(services, visits=Visits(Limits(documents=1, documents_waiting=2, linger_seconds=1)))
    ) as address:
        yield address


# -- a client that goes ends its work ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["translate", "translate_file"])
def test_a_program_that_goes_away_stops_its_work(visitor, services, long, name):
    given = (long, "en", "fr", 1) if name == "translate" else (visitor.upload(long), "en", "fr")
    event = visitor.call(name, *given)
    with visitor.listen(f"/gradio_api/call/{name}/{event}"):
        assert eventually(lambda: busy(services))
    assert eventually(lambda: idle(services))


@pytest.mark.parametrize("name", ["translate", "translate_file"])
def test_a_program_may_cancel_its_work(visitor, services, long, name):
    given = (long, "en", "fr", 1) if name == "translate" else (visitor.upload(long), "en", "fr")
    event = visitor.call(name, *given)
    assert eventually(lambda: busy(services))
    body = {"session_hash": event, "fn_index": visitor.endpoint(name), "event_id": event}
    visitor.http.post("/gradio_api/cancel", json=body).raise_for_status()
    assert eventually(lambda: idle(services))


def test_a_program_that_goes_away_stops_its_swap(visitor, services, tmp_path, monkeypatch):
    with running(FakeHub({"someone/mini": mini()}, stuck={"model.safetensors"})) as hub:
        for name, value in {"ENDPOINT": hub.url, "HOME": str(tmp_path), "HUB_DISABLE_XET": "1"}.items():
            monkeypatch.setenv(f"HF_{name}", value)
        event, before = visitor.call("swap", "someone/mini", "fp16", None), services.manager.loaded
        with visitor.listen(f"/gradio_api/call/swap/{event}"):
            assert eventually(hub.stalled.is_set)
        assert eventually(lambda: services.manager.progress is None)
    assert services.manager.loaded is before


def test_work_ends_whose_messages_nobody_reads(visitor, services, long, monkeypatch):
    visitor.call("translate", long, "en", "fr", 1)
    assert eventually(lambda: busy(services))
    monkeypatch.setattr("hymt.ui.page.UNHEARD_SECONDS", 0)
    assert eventually(lambda: idle(services))


# -- many long jobs ------------------------------------------------------------------------------------


def test_forty_documents_leave_the_page_and_sentences_alone(url, services, long):
    crowd = [Visitor(url) for _ in range(45)]
    file = crowd[0].upload(long)
    events = [visitor.call("translate_file", file, "en", "fr") for visitor in crowd]
    assert eventually(lambda: busy(services))
    last = Visitor(url)
    assert last.http.get("/").status_code == last.http.get("/config").status_code == 200
    kind, (said,) = last.answer("translate", "Where is the train station?", "en", "fr", 1)
    assert kind == "complete" and "gare" in said
    for visitor, event in zip(crowd, events, strict=True):
        with visitor.listen(f"/gradio_api/call/translate_file/{event}"):
            pass
    assert eventually(lambda: idle(services))


def test_a_document_waits_for_the_one_before_and_is_told_its_place(narrow, services, long):
    visitors = [Visitor(narrow) for _ in range(4)]
    file = visitors[0].upload(long)
    for visitor, locale in zip(visitors, ("en", "en", "zh", "en"), strict=True):
        visitor.press("translate-document", "", [file], "en", "fr", locale, *CONTROLS)
        assert eventually(lambda: busy(services))
    for visitor, said in (
        (visitors[1], "yours is next"),
        (visitors[2], "您前面还有 1 个"),
        (visitors[3], "2 others are waiting already"),
    ):
        with visitor.page() as lines:
            assert any(said in json.dumps(json.loads(line[6:]), ensure_ascii=False) for line in lines if line)
    with visitors[0].page():
        pass
    assert eventually(lambda: idle(services))


def test_a_megabyte_is_counted_in_part(services):
    said = text_tab.count(services, "coffee and tea and " * 150_000, "en")
    assert "2,850,000 characters · about " in said and "000 tokens" in said
    assert "about" not in text_tab.count(services, "coffee and tea", "en")


# -- errors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [("hello",), ("Good morning.", "en")])
def test_too_few_arguments_are_told_and_not_logged(url, given, capfd):
    kind, data = Visitor(url).answer("translate", *given)
    assert (kind, data["error"]) == ("error", f"This takes 4 arguments, but got {len(given)}.")
    assert data["title"] == "too_few_arguments"
    _, data = Visitor(url, **{"accept-language": "zh-CN"}).answer("translate", *given)
    assert data["error"] == f"需要 4 个参数，但只收到 {len(given)} 个。"
    assert given[0] not in capfd.readouterr().err


@pytest.mark.parametrize("model", ["~nosuch", "x" * 5000, "a" * 2500 + "/" + "b" * 2500, "\0"])
def test_every_error_is_a_sentence(url, model):
    kind, data = Visitor(url).answer("swap", model, "fp16", None)
    assert kind == "error" and data["error"] and data["error"].endswith(".")


# -- a disk that is full -------------------------------------------------------------------------------


class Full(Results):
    """The letter's results go to a device that is full."""

    def folder(self) -> Path:
        folder = super().folder()
        (folder / "letter.fr.txt").symlink_to("/dev/full")
        return folder


@pytest.fixture
def full(services):
    with served(replace(services, results=Full())) as address:
        yield address


def test_the_api_says_that_the_disk_is_full(full):
    visitor = Visitor(full)
    kind, data = visitor.answer("translate_file", visitor.upload("Good morning."), "en", "fr")
    assert (kind, data["error"]) == ("error", "No file could be written: No space left on device.")


# -- memory --------------------------------------------------------------------------------------------


def test_calls_of_new_sessions_leave_the_memory_flat(url, services):
    """By slope: what a call leaves, once as many sessions are known as are kept."""
    own, visitor, taken = psutil.Process(os.getpid()), Visitor(url), []
    with ThreadPoolExecutor(8) as threads:
        for number in range(0, SESSIONS * 3, 50):
            list(threads.map(lambda _: visitor.answer("translate", " ", "en", "fr", 1), range(50)))
            if number >= SESSIONS:
                taken.append(own.memory_info().rss)
    rising = (taken[-1] - taken[0]) / (50 * (len(taken) - 1))
    assert rising < 16 * 1024, taken


# -- values that are none ------------------------------------------------------------------------------


def last_words(visitor, button: str, *given) -> str:
    """What the page's stream tells of a pressed button when it has ended."""
    visitor.press(button, *given)
    with visitor.page() as lines:
        return next(line for line in lines if "process_completed" in line)


def test_a_page_that_shows_a_language_of_the_model_before_is_told_so(visitor):
    given = ["", "Good morning.", "en", "th", False, "", "en", *CONTROLS]
    said = last_words(visitor, "translate", *given)
    assert "hymt-mini does not know Thai" in said and '"success":true' in said and "list of choices" not in said


def test_a_value_that_gradio_refuses_is_told_in_words_of_ours(visitor):
    given = ["", "Good morning.", "en", "fr", False, "", "klingon", *CONTROLS]
    said = last_words(visitor, "translate", *given)
    assert "A value or a file is none that is taken here" in said and "klingon" not in said
