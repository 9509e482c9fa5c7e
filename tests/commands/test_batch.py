"""Many files through one engine: what becomes of each, whatever becomes of the others."""

from __future__ import annotations

import json
import os

import pytest

from hymt.commands.batch import Asked, Batch, conclude
from hymt.commands.progress import Line
from hymt.commands.sources import tasks
from hymt.translation.journal import NAME, Journal

ASKED = Asked("fr", "en", beams=1)
FILES = {
    "docs/one.txt": "Good morning.\n",
    "docs/sub/two.md": "# Good night.\n",
    "docs/code.md": "```\ncode\n```\n",
    "docs/bad.txt": "%PDF-1.7\n",
    "docs/table.csv": "id,text\n1,Good morning.\n",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def run(translator, here):
    """Translates the folder; returns the state of each file, and what was written."""

    def run(asked=ASKED, force=False, show=None, load=lambda: translator):
        batch = Batch(load, asked, show or Line())
        outcomes = batch.run(tasks(["docs"], "docs.fr", asked.bilingual), force)
        return batch, {outcome.task.source.name: outcome.state for outcome in outcomes}, outcomes

    return run


def written(here) -> list[str]:
    return sorted(str(path.relative_to(here / "docs.fr")) for path in (here / "docs.fr").rglob("*") if path.is_file())


def never():
    raise AssertionError("The model is not needed.")


STATES = {
    "one.txt": "translated",
    "two.md": "translated",
    "code.md": "copied",
    "bad.txt": "failed",
    "table.csv": "translated",
}


def test_a_failure_stops_no_other(run, here, capsys):
    _, states, outcomes = run()
    assert states == STATES
    assert written(here) == ["code.md", "one.txt", "sub/two.md", "table.csv"]
    assert "Bonjour" in (here / "docs.fr/one.txt").read_text()
    assert (here / "docs.fr/code.md").read_text() == FILES["docs/code.md"]
    assert conclude(outcomes, Line(), as_json=True) == 1
    said = capsys.readouterr()
    assert "docs/one.txt → docs.fr/one.txt: en → fr, 1 chunk, " in said.err
    assert "hymt: Files: 3 translated, 1 copied, 1 failed.\n  docs/bad.txt: “bad.txt” is a PDF" in said.err
    report = json.loads(said.out)
    assert {state: report[state] for state in ("translated", "copied", "skipped", "failed", "stopped")} == {
        "translated": 3,
        "copied": 1,
        "skipped": 0,
        "failed": 1,
        "stopped": 0,
    }
    files = {one["file"]: one for one in report["files"]}
    assert files["docs/bad.txt"]["error"]["code"] == "mislabelled"
    assert files["docs/one.txt"]["out"] == "docs.fr/one.txt" and files["docs/one.txt"]["chunks"] == 1


def test_what_is_up_to_date_is_skipped_and_needs_no_model(run, here, capsys):
    run()
    _, states, outcomes = run(load=never)
    assert states == {name: "failed" if state == "failed" else "skipped" for name, state in STATES.items()}
    (here / "docs/bad.txt").unlink()
    _, states, outcomes = run(load=never)
    assert set(states.values()) == {"skipped"} and conclude(outcomes, Line(), as_json=False) == 0
    assert capsys.readouterr().out == ""


def test_a_newer_source_is_translated_again_and_all_by_force(run, here):
    run()
    later = (here / "docs.fr/one.txt").stat().st_mtime + 10
    os.utime(here / "docs/one.txt", (later, later))
    assert run()[1] == STATES | {"two.md": "skipped", "code.md": "skipped", "table.csv": "skipped"}
    assert run(force=True)[1] == STATES


def test_what_is_kept_is_not_computed_again(translator, here):
    journal = Journal(here / NAME)
    for reused in (0, 3):
        batch = Batch(lambda: translator, ASKED, Line(), journal)
        outcomes = batch.run(tasks(["docs"], "docs.fr", None), force=True)
        assert sum(outcome.figures.reused for outcome in outcomes if outcome.figures) == reused


def test_bilingual_files_lie_beside_and_what_cannot_be_one_fails_alone(run, here):
    _, states, outcomes = run(Asked("fr", "en", beams=1, bilingual="interleaved"))
    assert states == STATES | {"table.csv": "failed"}
    (refused,) = (outcome.error for outcome in outcomes if outcome.task.source.name == "table.csv")
    assert refused.key == "not_interleaved"
    assert written(here) == ["code.md", "one.bilingual.txt", "one.txt", "sub/two.bilingual.md", "sub/two.md"]
    first, second = (here / "docs.fr/one.bilingual.txt").read_text().splitlines()
    assert first == "Good morning." and "Bonjour" in second


class Interrupted(Line):
    """Ctrl+C when the first file is done."""

    def note(self, line):
        raise KeyboardInterrupt


def test_an_interruption_keeps_what_is_whole_and_nothing_else(run, here, capsys):
    (here / "docs/zz.txt").write_text("".join(f"The shop is closed on day {number}.\n" for number in range(500)))
    batch, states, outcomes = run(show=Interrupted())
    assert batch.stopped and states["zz.txt"] == "stopped"
    done = {name for name, state in states.items() if state in ("translated", "copied")}
    assert "zz.txt" not in done and {os.path.basename(name) for name in written(here)} == done
    assert conclude(outcomes, Line(), as_json=False) == 1
    assert "not begun or not finished" in capsys.readouterr().err
    (here / "docs/zz.txt").unlink()
    assert set(run()[1].values()) <= {"skipped", "translated", "copied", "failed"}


def test_an_error_of_the_code_fails_its_file_only(run, here, monkeypatch, caplog):
    from hymt.documents import table

    def wrong(*given):
        raise ZeroDivisionError

    monkeypatch.setattr(table, "_look", wrong)
    _, states, outcomes = run()
    assert states == STATES | {"table.csv": "failed"}
    assert {outcome.error.key for outcome in outcomes if outcome.error} == {"mislabelled", "unexpected"}
    assert "ZeroDivisionError" in caplog.text


def test_a_place_that_cannot_be_written_is_told(run, here):
    (here / "docs.fr").mkdir()
    (here / "docs.fr/sub").write_text("a file")
    _, states, outcomes = run()
    assert states == STATES | {"two.md": "failed"}
    (error,) = (outcome.error for outcome in outcomes if outcome.task.source.name == "two.md")
    assert "File exists" in error.say("en") or "Not a directory" in error.say("en")
