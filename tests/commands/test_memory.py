"""`hymt memory` as a user runs it: without a GPU, or with the driver's figures of one."""

from __future__ import annotations

import json
import pty
import re
import signal
import subprocess
import sys
from os import close, read

import pytest

from hymt.commands import memory as command
from hymt.hardware.memory import MemoryReading

GIB = 2**30
HYMT = [sys.executable, "-m", "hymt", "memory"]
GPU = MemoryReading(100.0, "A graphics card", None, 5 * GIB, 16 * GIB, 6 * GIB, 18 * GIB, 24 * GIB)
KEYS = ["time", "device", "system_ram_used", "system_ram_total", "gpu_used", "gpu_free", "gpu_total"]


def hymt(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([*HYMT, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def interruptible() -> None:
    """In a child: heed Ctrl+C also where this suite runs in a shell's background, which is started to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def watch(*arguments, lines: int = 3, end: int = signal.SIGINT) -> tuple[list[str], int]:
    """Watch until `lines` lines were printed; all its lines and its exit status."""
    asked = [*HYMT, "--watch", "--interval", "0.05", *map(str, arguments)]
    child = subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, preexec_fn=interruptible)
    seen = [child.stdout.readline() for _ in range(lines)]
    child.send_signal(end)
    seen += child.stdout.readlines()
    return seen, child.wait(60)


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(command.MachineReader, "__init__", lambda self, number=None: None)
    monkeypatch.setattr(command.MachineReader, "read", lambda self: GPU)


def test_one_reading():
    done = hymt()
    assert done.returncode == 0 and done.stderr == ""
    assert re.search(r"^System RAM +[\d.]+ [GM]iB of +[\d.]+ [GM]iB +\d+%$", done.stdout, re.MULTILINE)


def test_one_reading_as_json():
    output = json.loads(hymt("--json").stdout)
    assert list(output) == KEYS and 0 < output["system_ram_used"] < output["system_ram_total"]


def test_a_gpus_figures_are_the_drivers(gpu, capsys):
    assert command.main([]) == 0
    assert capsys.readouterr().out == (
        "A graphics card\nGPU memory      6.00 GiB of  24.00 GiB   25%\nSystem RAM      5.00 GiB of  16.00 GiB   31%\n"
    )
    assert command.main(["--json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert (output["gpu_used"], output["gpu_free"], output["gpu_total"]) == (6 * GIB, 18 * GIB, 24 * GIB)


def test_a_watch_prints_a_line_a_sample_and_the_report():
    lines, status = watch()
    assert status == 0 and re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  .*System RAM [\d.]+ [GM]iB of ", lines[0])
    samples = int(re.search(r"(\d+) samples in", "".join(lines))[1])
    assert samples - sum(" of " in line for line in lines) in (0, 1)  # Ctrl+C may come between a sample and its line
    assert re.search(r"peak +mean +p95", lines[-2])
    assert len(re.findall(r"[\d.]+ [GM]iB", lines[-1])) == 3


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_watch_as_json_ends_with_the_report(end):
    lines, status = watch("--json", end=end)
    *readings, last = map(json.loads, lines)
    assert status == 0 and all(list(reading) == KEYS for reading in readings)
    assert last["report"]["samples"] - len(readings) in (0, 1)
    used = [reading["system_ram_used"] for reading in readings]
    assert last["report"]["peak"]["system_ram_used"] >= max(used)


def test_a_watch_is_written_to_a_folder(tmp_path):
    out = tmp_path / "new" / "watch"
    lines, status = watch("--out", out)
    assert status == 0 and sorted(path.name for path in out.iterdir()) == ["memory.csv", "memory.json", "memory.png"]
    output = json.loads((out / "memory.json").read_text())
    rows = (out / "memory.csv").read_text().splitlines()
    assert output["device"] and output["samples"] == len(rows) - 1 >= sum(" of " in line for line in lines)
    assert rows[0].startswith("time,seconds,") and "process_ram" not in rows[0]
    assert (out / "memory.png").read_bytes().startswith(b"\x89PNG")


def test_on_a_terminal_the_table_is_drawn_over_itself():
    terminal, inside = pty.openpty()
    asked = [*HYMT, "--watch", "--interval", "0.05"]
    child = subprocess.Popen(asked, stdout=inside, stderr=inside, preexec_fn=interruptible)
    close(inside)
    seen = b""
    while seen.count(b"\x1b[J") < 3:
        seen += read(terminal, 4096)
    child.send_signal(signal.SIGINT)
    while b"p95" not in seen:
        seen += read(terminal, 4096)
    assert child.wait(60) == 0
    drawn = seen.split(b"\x1b[J")[1].split(b"\x1b")[0]
    height = drawn.count(b"\n")
    assert b"System RAM" in drawn and b"\x1b[%dF\x1b[J" % height in seen


def test_a_reader_that_goes_away_ends_a_watch_quietly(tmp_path):
    child = subprocess.Popen(
        [*HYMT, "--watch", "--interval", "0.05", "--out", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    child.stdout.readline()
    child.stdout.close()
    assert child.wait(60) == 0 and child.stderr.read() == b""
    assert (tmp_path / "memory.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--out", "x"], 2, "--out is for --watch"),
        (["--interval", "2"], 2, "--interval is for --watch"),
        (["--watch", "--interval", "0"], 2, "seconds from 0.01 to 3600, such as 0.5, not “0”"),
        (["--watch", "--interval", "soon"], 2, "not “soon”"),
        (["--gpu", "99"], 1, "hymt: There is no GPU 99: the driver shows "),
        (["--watch", "--out", __file__], 1, "hymt: File exists"),
    ],
)
def test_errors_say_what_to_do(arguments, status, words):
    done = hymt(*arguments)
    assert done.returncode == status and words in done.stderr and done.stdout == "" and "Traceback" not in done.stderr
