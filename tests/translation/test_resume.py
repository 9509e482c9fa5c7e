"""Documents that go on where they were killed: the same to the byte, and nothing is computed twice."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from hymt.engine.local import LocalEngine
from hymt.engine.protocol import Request
from hymt.models.manager import ModelManager, start_local_engine
from hymt.text.blocks import Block
from hymt.translation.answers import _key, unpacked
from hymt.translation.events import Done
from hymt.translation.journal import NAME, Journal
from hymt.translation.translator import Translator
from tests.forks import Fork
from tests.waiting import eventually

DOCUMENT = """# Good morning.

The **shop** is closed.

- [Thank you](https://example.org/a).
- Good night, {name}.

Come in.

Come in.
"""


@pytest.fixture(scope="module")
def translator():
    """In FP32, whose answers do not hang on what is computed beside them."""
    manager = ModelManager(start_engine=lambda weights, plan: start_local_engine(weights, plan.with_slots(8)))
    started = Translator("hymt-mini", "fp32", manager=manager)
    yield started
    started.close()


@pytest.fixture
def asked(monkeypatch) -> list[Request]:
    """What reaches the engine."""
    requests: list[Request] = []
    submit = LocalEngine.submit
    monkeypatch.setattr(
        LocalEngine, "submit", lambda engine, request: requests.append(request) or submit(engine, request)
    )
    return requests


class Recorded(Journal):
    """A journal that tells in which order answers came."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.order: list[tuple[bytes, bytes]] = []

    def put(self, key: bytes, answer: bytes) -> None:
        self.order.append((key, answer))
        super().put(key, answer)


@pytest.fixture
def document(tmp_path) -> Path:
    path = tmp_path / "letter.md"
    path.write_text(DOCUMENT, encoding="utf-8")
    return path


def translated(translator, path: Path, journal: Journal | None = None, to="fr", source="en", **options) -> bytes:
    file = translator.start_file(path, to, source, journal=journal, **options)
    *_, last = file.events()
    assert isinstance(last, Done), last
    return file.translation()


def killed(recorded: Recorded, answered: int, path: Path) -> Journal:
    """What is left of a journal if its job is killed after so many answers."""
    journal = Journal(path)
    for key, answer in recorded.order[:answered]:
        journal.put(key, answer)
    return journal


WAYS = [
    {"beams": 1},
    {"to": "de", "source": "es", "beams": 1},  # through English
    {"temperature": 0.8, "top_k": 50, "top_p": 0.9, "seed": 3},
]


@pytest.mark.parametrize("options", WAYS)
def test_after_a_kill_it_is_the_same_and_nothing_is_computed_twice(translator, document, tmp_path, asked, options):
    whole = translated(translator, document, **options)
    total = len(asked)
    recorded = Recorded(tmp_path / "whole.sqlite3")
    assert translated(translator, document, recorded, **options) == whole
    assert total == len(recorded.order) >= 7
    for answered in (total // 3, total - 1):
        asked.clear()
        journal = killed(recorded, answered, tmp_path / f"{answered}.sqlite3")
        assert translated(translator, document, journal, **options) == whole
        assert len(asked) == total - answered
        journal.close()


def test_fifty_kills(translator, document, tmp_path, monkeypatch):
    """At any answer: the engine's are those of the whole run, told anew."""
    recorded = Recorded(tmp_path / "whole.sqlite3")
    options = WAYS[1]
    whole = translated(translator, document, recorded, **options)
    known, asked = dict(recorded.order), []

    def submit(engine: LocalEngine, request: Request) -> None:
        asked.append(request)
        update = unpacked(known[_key(translator.manager.current(), request)], request)
        assert update
        request.sink(replace(update, reused=False))

    monkeypatch.setattr(LocalEngine, "submit", submit)
    random = Random(16)
    for point in range(50):
        answered = random.randrange(len(known) + 1)
        asked.clear()
        journal = killed(recorded, answered, tmp_path / f"{point}.sqlite3")
        assert translated(translator, document, journal, **options) == whole
        assert len(asked) == len(known) - answered and journal.contents().answers == len(known)
        journal.close()


def test_a_command_that_is_killed_goes_on(translator, tmp_path, english, asked):
    source, cache = tmp_path / "letter.txt", tmp_path / "cache"
    source.write_text("\n".join(sorted(english, key=len)[:16]), encoding="utf-8")
    command = ["translate", "--file", str(source), "--to", "fr", "--from", "en", "--precision", "fp32", "--beams", "1"]
    command += ["--out", str(tmp_path / "letter.fr.txt")]
    process = Fork(command, dict(os.environ) | {"HYMT_CACHE": str(cache)})
    with process.stdout, process.stderr:
        eventually(lambda: answers(cache / NAME) or process.poll() is not None)
        process.kill()
        process.wait()
    kept = answers(cache / NAME)
    resumed = translated(translator, source, Journal(cache / NAME), beams=1)
    assert len(asked) == 16 - kept < 16
    assert resumed == translated(translator, source, beams=1)


def answers(path: Path) -> int:
    if not path.exists():
        return 0
    journal = Journal(path)
    try:
        return journal.contents().answers
    finally:
        journal.close()


def test_a_revised_document_takes_what_its_changes_take(translator, tmp_path, asked, english):
    path, journal = tmp_path / "letter.txt", Journal(tmp_path / NAME)
    lines = sorted(english, key=len)[:20]
    path.write_text("\n".join(lines), encoding="utf-8")
    translated(translator, path, journal, beams=1)
    whole = len(asked)
    lines[5:6] = ["The cat is here."]
    path.write_text("\n".join(lines), encoding="utf-8")
    asked.clear()
    revised = translated(translator, path, journal, beams=1)
    assert len(asked) == 1 == whole / 20
    assert revised == translated(translator, path, beams=1)


def test_equal_chunks_of_a_job_are_computed_once(translator, asked):
    lines = ["Good morning.", "The **shop** is closed.", "Good night."] * 30
    job = translator.job([Block.of(line) for line in lines], "fr", "en", translator.options(beams=1))
    *_, last = job.events()
    assert isinstance(last, Done) and last.figures.chunks == 90
    assert len(asked) < 10 and last.figures.reused > 80
    assert all(len(set(job.translations[first::3])) == 1 for first in range(3))


def test_another_way_of_decoding_is_asked_anew(translator, document, tmp_path, asked):
    journal = Journal(tmp_path / NAME)
    for beams in (1, 2):
        asked.clear()
        translated(translator, document, journal, beams=beams)
        assert {request.decoding.beams for request in asked if not request.alignment} == {beams}


def test_of_a_text_nothing_is_kept(translator, tmp_path, monkeypatch):
    monkeypatch.setenv("HYMT_CACHE", str(tmp_path / "cache"))
    translator.translate("Good morning.", to="fr", source="en")
    assert not (tmp_path / "cache").exists()


def test_a_journal_that_cannot_be_used_fails_nothing(translator, document, tmp_path):
    told: list = []
    (tmp_path / "file").write_bytes(b"")
    journal = Journal(tmp_path / "file" / NAME, told=told.append)
    assert translated(translator, document, journal, beams=1) == translated(translator, document, beams=1)
    assert len(told) == 1
