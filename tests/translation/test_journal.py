"""The journal: answers on the disk that survive a kill, keep within a bound, and fail no translation."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from hymt.translation.journal import NAME, Journal, journal_path

WRITES = """
import sys
from pathlib import Path
from hymt.translation.journal import Journal
journal = Journal(Path(sys.argv[1]))
for number in range(10_000_000):
    journal.put(b"%d" % number, b"answer %d " % number * 50)
    print(number, flush=True)
"""


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "cache" / NAME


@pytest.fixture
def said() -> list:
    return []


def test_what_is_put_is_found_by_another(path):
    Journal(path).put(b"asked", b"answered")
    assert Journal(path).get(b"asked") == b"answered" and Journal(path).get(b"other") is None


def test_only_its_owner_may_read_it(path):
    journal = Journal(path)
    journal.put(b"asked", b"answered")
    beside = list(path.parent.iterdir())
    assert len(beside) == 3  # with the log of what is written, and its index
    assert {stat.S_IMODE(file.stat().st_mode) for file in beside} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_kill_at_any_moment_loses_nothing(path):
    random = Random(5)
    for _ in range(4):
        path.unlink(missing_ok=True)
        command = [sys.executable, "-c", WRITES, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for _ in range(random.randrange(1, 400)):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            last = [int(line) for line in process.stdout.read().split()][-1:] or [0]
        journal = Journal(path)
        for number in range(last[0] + 1):
            assert journal.get(b"%d" % number) == b"answer %d " % number * 50
        journal.close()
        with sqlite3.connect(path) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        file.close()


def test_many_write_at_once(path, said):
    def write(name: int) -> None:
        journal = Journal(path, told=said.append)
        for number in range(100):
            journal.put(b"%d-%d" % (name, number), b"%d" % number)
        journal.close()

    threads = [Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not said and Journal(path).contents().answers == 400


def test_the_size_is_bounded_and_what_was_used_last_stays(path, monkeypatch):
    now = [1_000_000.0]
    monkeypatch.setattr("hymt.translation.journal.time.time", lambda: now[0])
    journal = Journal(path, max_bytes=300_000)
    for number in range(1000):
        now[0] += 4000
        journal.put(b"%d" % number, os.urandom(1000))
        assert journal.get(b"0")
        assert journal.contents().nbytes <= 300_000
    assert journal.get(b"999") and journal.get(b"1") is None
    assert journal.contents().answers > 150
    journal.close()
    assert path.stat().st_size < 400_000


def test_one_answer_above_the_bound_is_not_kept_for_ever(path):
    journal = Journal(path, max_bytes=100_000)
    journal.put(b"large", os.urandom(500_000))
    journal.put(b"small", b"answered")
    assert journal.get(b"large") is None and journal.contents().nbytes < 100_000


def test_clearing_leaves_nothing_of_it_on_the_disk(path):
    journal = Journal(path)
    journal.put(b"asked", b"my secret")
    journal.clear()
    assert journal.contents().answers == 0
    assert all(b"my secret" not in file.read_bytes() for file in path.parent.iterdir())


def damage(path: Path) -> None:
    journal = Journal(path)
    journal.put(b"asked", b"answered")
    journal.close()
    data = path.read_bytes()
    path.write_bytes(b"no database" + data[11:])


def block(path: Path) -> None:
    path.parent.parent.mkdir(exist_ok=True)
    path.parent.write_bytes(b"")


@pytest.mark.parametrize("spoil", [damage, block])
def test_one_that_cannot_be_used_says_so_once(path, said, spoil):
    spoil(path)
    journal = Journal(path, told=said.append)
    journal.put(b"asked", b"answered")
    assert journal.get(b"asked") is None and journal.get(b"other") is None
    assert [error.key for error in said] == ["journal_unusable"] and str(path) not in said[0].say("en")


def test_one_that_is_full_of_something_else_begins_anew(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE answers (other TEXT)")
    file.close()
    journal = Journal(path)
    journal.put(b"asked", b"answered")
    assert journal.get(b"asked") == b"answered"


def test_clearing_mends_a_damaged_one(path):
    damage(path)
    journal = Journal(path)
    journal.clear()
    journal.put(b"asked", b"answered")
    assert journal.get(b"asked") == b"answered"


def test_where_it_lies(monkeypatch):
    for name in ("HYMT_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/anna")
    assert journal_path() == Path("/home/anna/.cache/hymt", NAME)
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/anna")
    assert journal_path() == Path("/var/anna/hymt", NAME)
    monkeypatch.setenv("HYMT_CACHE", "~/kept")
    assert journal_path() == Path("/home/anna/kept", NAME)
    monkeypatch.setenv("HYMT_CACHE", "off")
    assert journal_path() is None and Journal.of_user() is None
