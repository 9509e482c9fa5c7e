"""`hymt finetune` as a user runs it, a kill included."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from hymt.cli import main

STEPS, EVERY = 120, 5


def command(tiny, pairs, out, *more) -> list[str]:
    arguments = ["finetune", tiny, pairs, out, "--from", "en", "--to", "French", "--batch-size", 4, "--rank", 4]
    return [str(part) for part in (*arguments, "--eval-share", 0, "--precision", "fp32", *more)]


def test_a_killed_run_goes_on(tiny, pairs, tmp_path, capsys):
    out = tmp_path / "out"
    asked = command(tiny, pairs, out, "--steps", STEPS, "--save-every", EVERY, "--json")
    process = subprocess.Popen([sys.executable, "-m", "hymt", *asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 180
    while not list(out.glob("checkpoints/*/trainer_state.json")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL and not (out / "adapter_config.json").exists()
    assert main(asked) == 1 and "--resume" in capsys.readouterr().err
    assert main([*asked, "--resume"]) == 0
    printed = capsys.readouterr()
    assert "going on from step" in printed.err and json.loads(printed.out)["steps"] == STEPS
    assert sorted(file.name for file in out.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "finetune.json",
    ]
    assert main([*asked, "--resume"]) == 1 and "finished" in capsys.readouterr().err


def test_the_summary_says_what_was_done_and_what_to_do_next(tiny, pairs, tmp_path, capsys):
    asked = command(tiny, pairs, tmp_path / "out", "--steps", 2, "--gradient-checkpointing")
    asked[asked.index("--eval-share") + 1] = "0.05"
    assert main(asked) == 0
    printed = capsys.readouterr()
    for words in ("19 pairs to learn, 1 held out", "training ", "step 2 of 2, loss ", "peak memory: "):
        assert words in printed.err
    assert (
        "2 steps, " in printed.out
        and "chrF of 1 held-out pairs: " in printed.out
        and "reference  Le nombre" in printed.out
    )
    assert printed.out.endswith(f'hymt translate "…" --from en --to fr --adapter {tmp_path / "out"}\n')


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--method", "full", "--precision", "int8"], "cannot be trained whole"),
        (["--steps", "0"], "1 or more steps"),
        (["--eval-share", "0.7"], "from 0 to 0.5"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(tiny, pairs, tmp_path, capsys, more, words):
    assert main(command(tiny, pairs, tmp_path / "out", *more)) == 1
    printed = capsys.readouterr()
    assert (
        words in printed.err and printed.err.startswith("hymt: ") and printed.err.count("\n") == 1 and not printed.out
    )
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there(tiny, tmp_path, capsys):
    assert main(command(tiny, tmp_path / "gone.tsv", tmp_path / "out")) == 1
    assert "No such file" in capsys.readouterr().err and not (tmp_path / "out").exists()
