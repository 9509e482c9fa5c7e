"""`hymt bench` as a user runs it, on the embedded model with tiny numbers."""

from __future__ import annotations

import json

import pytest

from tests.bench.reports import report
from tests.forks import run as hymt

SMALL = ["--shape", "hymt-mini", "--prompt", "8", "--new", "3", "--widths", "1,2", "--chunks", "3"]


def test_a_run_from_end_to_end(tmp_path, monkeypatch):
    out, temporary = tmp_path / "new" / "out", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    done = hymt("bench", *SMALL, "--precisions", "fp32,bf16", "--skip", "continuous,start", "--out", out)
    assert done.returncode == 0, done.stderr
    assert not [path for path in temporary.iterdir() if path.name.startswith("hymt-bench")]
    assert sorted(path.name for path in out.iterdir()) == ["bench.json", "bench.md", "bench.png"]
    assert "hymt, greedy" in done.stdout and "× recipe" in done.stdout and "measuring" not in done.stdout
    assert "measuring hymt, greedy, BF16, 2 at once" in done.stderr and "Traceback" not in done.stderr
    output = json.loads((out / "bench.json").read_text())
    assert {"python", "torch", "transformers", "hymt"} <= set(output["versions"])
    assert (output["prompt_tokens"], output["new_tokens"], output["model"]["name"]) == (8, 3, "hymt-mini")
    assert output["copy_bandwidth"] > 0 and set(output["limits"]) == {"fp32", "bf16"}
    assert [row["error"] for row in output["rows"] if row["error"]] == []
    parts = [row["part"] for row in output["rows"]]
    own = ["hymt", "hymt", "beams", "long"]
    around = ["swap", *own, "swap", *own, "swap", "swap"]
    assert parts == ["load", "recipe", "generate", "generate", "load", "generate", *around]
    assert (out / "bench.png").read_bytes().startswith(b"\x89PNG")
    assert "| hymt, 4 beams | FP32 |" in (out / "bench.md").read_text()


def test_an_earlier_run_is_drawn_again_and_json_goes_to_standard_output(tmp_path):
    report().write(tmp_path)
    done = hymt("bench", "--draw", tmp_path, "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == json.loads((tmp_path / "bench.json").read_text())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bench.json", "bench.md", "bench.png"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--precisions", "fp8"], 2, "fp32, bf16, fp16, int8, nf4"),
        (["--widths", "1,many"], 2, "“many” is not a whole number"),
        (["--widths", "200"], 2, "from 1 to 128"),
        (["--parts", "all"], 2, "no part “all”"),
        (["--skip", "limits,baselines,own"], 2, "no part to measure"),
        (["--shape", "nonesuch"], 1, "no model or folder"),
        (["--draw", "nonesuch"], 1, "nonesuch"),
    ],
)
def test_errors_say_what_to_do(arguments, status, words):
    done = hymt("bench", *arguments)
    assert done.returncode == status and words in done.stderr and done.stdout == "" and "Traceback" not in done.stderr
