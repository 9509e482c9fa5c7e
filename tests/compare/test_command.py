"""`hymt compare` as a user runs it."""

from __future__ import annotations

import json

import pytest

from hymt.commands import compare
from hymt.compare import table
from tests.compare.reports import report
from tests.forks import run as hymt

LINES = "早上好。\n\n请问火车站在哪里？\n"


def test_a_run_from_end_to_end(tmp_path):
    (tmp_path / "b.txt").write_text("Good morning.\n\nWhere is the train station?\n", "utf-8")
    asked = ("--file", "-", "--reference", "b.txt", "--precisions", "fp16,fp32", "--beams", "1", "--json")
    done = hymt("compare", *asked, "--out", "out.html", given=LINES, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("FP32, load ") and "\nFP16, load " in done.stderr and "Traceback" not in done.stderr

    output = json.loads(done.stdout)
    assert output["baseline"] == "fp32" and (output["source"], output["target"]) == ("zh", "en")
    for row in output["rows"]:
        assert len(row["translations"]) == 2 and "station" in row["translations"][1] and row["against_reference"]
        assert min(row[name] for name in ("load_seconds", "first_token_seconds", "tokens_per_second")) > 0

    html = (tmp_path / "out.html").read_text("utf-8")
    assert "请问火车站在哪里？" in html and "Where is the train station?" in html and html.endswith("</html>\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.txt", "out.html"]


def test_the_table_is_for_people(capsys):
    compare._deliver(report(), False, None)
    shown = capsys.readouterr()
    assert shown.out == table.text(report()) + "\n" and shown.err == ""


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--precisions", "fp8"], 2, "fp32, bf16, fp16, int8, nf4"),
        (["--reference", "b.txt"], 2, "goes with --file"),
        (["--file", "none.txt"], 1, "“none.txt” cannot be read"),
        (["--file", "a.txt", "--reference", "b.txt"], 1, "The reference has 1 lines with words, the text has 2"),
        (["--from", "de"], 1, "no sentences in German here: give some with --file"),
        (["--to", "th"], 1, "does not know Thai"),
        (["--file", "a.txt", "--out", "a.txt"], 1, "would overwrite"),
        (["--out", "no/such/page.html"], 1, "no such folder"),
        (["--model", "nonesuch"], 1, "no model or folder"),
    ],
)
def test_errors_say_what_to_do(tmp_path, monkeypatch, capsys, arguments, status, words):
    (tmp_path / "a.txt").write_text(LINES, "utf-8")
    (tmp_path / "b.txt").write_text("Good morning.\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    try:
        returned = compare.main(arguments)
    except SystemExit as usage:
        returned = usage.code
    shown = capsys.readouterr()
    assert returned == status and words in shown.err and shown.out == ""
    assert (tmp_path / "a.txt").read_text("utf-8") == LINES and len(list(tmp_path.iterdir())) == 2
