"""The load that `tools/load.py` puts on a server, and what it makes of the answers."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from load import Load, failed, is_crossed
from users import PAGE, Task, tasks, unanswered
from visitor import Lost, Refused

from hymt.errors import UserError
from hymt.service.limits import Limits
from tests.tools.conftest import TOOLS
from tests.ui.serving import served

EVERY_KIND = ["--users", "6", "--documents", "1", "--lines", "6", "--seconds", "3"]


def run(url: str, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, TOOLS / "load.py", url, *EVERY_KIND, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def counts(said: str) -> dict[str, list[int]]:
    """By kind: how many, lost, crossed, different, refused."""
    rows = re.findall(r"^(.{20})((?: +\d+){5})(?: |$)", said, re.MULTILINE)
    return {kind.strip(): list(map(int, numbers.split())) for kind, numbers in rows}


def test_users_of_every_kind_lose_nothing(services):
    with served(services) as url:
        done = run(url, "--limit", "1e9")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = counts(done.stdout)
    assert len(rows) == 8 and all(count and not lost for count, lost, *_ in rows.values())
    assert "Slots busy at the end: 0" in done.stdout


def test_a_ratio_above_the_limit_is_a_failure(services):
    with served(services) as url:
        done = run(url, "--limit", "0", "--users", "2", "--documents", "0", "--seconds", "1")
    assert done.returncode == 1 and "Slots busy at the end: 0" in done.stdout, done.stderr
    assert not any(lost or crossed for _, lost, crossed, *_ in counts(done.stdout).values())


def test_a_server_that_takes_no_work_is_told(services):
    with served(services, limits=Limits(jobs_by_address=0)) as url:
        done = run(url)
    assert done.returncode == 1 and "A lone user gets no answer" in done.stderr


TASK = Task(PAGE, "en", "fr", ["Good morning.", "Where is the station?"], "", ["Bonjour !", "Où est la gare ?"])
KNOWN = {
    ("Good morning.", "fr"): {"Bonjour !", "Bonne matinée."},  # with two batches around it
    ("Where is the station?", "fr"): {"Où est la gare ?"},
    ("The cat is asleep.", "fr"): {"Le chat dort."},
}


@pytest.mark.parametrize(
    ("answer", "crossed"),
    [
        (["Bonjour !", "Où est la gare ?"], False),
        (["Bonne matinée.", "Où se trouve la gare ?"], False),
        (["Bonjour !", "Le chat dort."], True),
        (["Bonjour !", "Le chat y dort."], True),  # another's, in other words,
        (["Où est la gare ?", "Bonjour !"], True),
        (["Bonjour !"], True),
    ],
)
def test_anothers_words_are_told_from_other_words(answer, crossed):
    assert is_crossed(TASK, answer, KNOWN) == crossed


@pytest.mark.parametrize("amiss", [{"lost": 1}, {"crossed": 1}])
def test_what_is_lost_or_crossed_is_a_failure(amiss):
    load = Load("http://127.0.0.1:9/", [], 0, 1)
    row = load.loaded.rows[PAGE]
    row.count = row.different = row.refused = 1
    assert not failed(load, 10)
    vars(row).update(amiss)
    assert failed(load, 10)


def test_texts_differ_in_language_or_in_words():
    chosen = tasks(50, 12, 40)
    assert len({(tuple(task.lines), task.target) for task in chosen}) == 50


def test_a_refusal_is_not_a_loss():
    assert isinstance(unanswered(str(UserError("too_busy", count=7))), Refused)
    assert isinstance(unanswered("The model stopped by an error."), Lost)
