"""A conversion that is killed, stopped, or large: what is left behind, and how much memory it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.models.conversion.conftest import converted, write_tiny

ENDED = """
import json, os, signal, sys, time
from pathlib import Path
from hymt.commands.convert import main
from hymt.models.conversion.convert import Converter, convert
from hymt.models.conversion.forms import Form

source, out = sys.argv[1], Path(sys.argv[2])

def end(number):
    os.kill(os.getpid(), number)
    time.sleep(30)

def die(*_):
    end(signal.SIGKILL)

def at(least):
    convert(source, out, Form(), 10**6, False, lambda what, part: die() if part >= least else None)

def before_verifying():
    Converter.verify = die
    at(2)

def before_the_name():
    Path.rename = die
    at(2)

def stopped(number):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background is started to ignore it
    Converter.verify = lambda self, partial: end(number)
    sys.exit(main([source, str(out), "--no-check"]))

convert(source, out.with_name("warm"), Form(), 10**6, False, lambda what, part: None)  # imports for all children
ends = []
for moment, *arguments in (
    (at, 0), (at, 0.5), (at, 1), (before_verifying,), (before_the_name,), (stopped, 2), (stopped, 15)
):
    if not (child := os.fork()):
        moment(*arguments)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    ends.append([status, out.exists(), len(list(out.parent.glob(".out.part-*")))])
print(json.dumps(ends))
"""
MEMORY = """
import json, re, sys
from pathlib import Path
from hymt.models.conversion.convert import convert
from hymt.models.conversion.forms import Form

peaks = []
for source in sys.argv[1:]:
    convert(source, Path(source + "-out"), Form(), 10**7, False, lambda what, part: None)
    status = Path("/proc/self/status").read_text()  # getrusage's peak begins with that of the process which forked
    peaks.append(1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]))
print(json.dumps(peaks))
"""


def python(script: str, *arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(command, capture_output=True, text=True, timeout=180, env=environment)


def test_neither_a_kill_nor_a_stop_leaves_a_destination(tiny, tmp_path):
    """Killed, at five moments, it leaves a hidden folder that nothing takes for a result; stopped, nothing at all."""
    done = python(ENDED, tiny, tmp_path / "out")
    ends = json.loads(done.stdout)
    assert [status for status, *_ in ends] == [-9] * 5 + [130, 143], done.stderr
    assert not any(exists for _, exists, _ in ends)
    assert [left for *_, left in ends] == [1, 2, 3, 4, 5, 5, 5]
    assert "nothing is kept" in done.stderr and "Traceback" not in done.stderr
    again = converted(tiny, tmp_path / "out")
    assert sum("left over" in note for note in again.notes) == 5 and (tmp_path / "out" / "config.json").exists()
    assert len(list(tmp_path.glob(".out.part-*"))) == 5  # one of them might be at work still


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_model(tmp_path):
    """Layers of 40 and 240 MB of FP32 in shards of 10: the second's peak must not be far above the first's."""
    small, safe, pickled = (
        large(tmp_path / name, layers, name == "pickled")
        for name, layers in (("small", 20), ("safe", 120), ("pickled", 120))
    )
    first, *peaks = json.loads(python(MEMORY, small, safe, pickled).stdout)
    for name in ("safe-out", "pickled-out"):
        files = list((tmp_path / name).glob("*.safetensors"))
        assert len(files) > 8 and sum(file.stat().st_size for file in files) > 100 * 10**6
    assert max(peaks) - first < 50 * 10**6, [first, *peaks]


def large(folder, layers: int, pickled: bool):
    """A checkpoint in one file of many layers, each of 2 MB in FP32, with random values."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoConfig, AutoModelForCausalLM

    write_tiny(folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": layers}
    (folder / "config.json").write_text(json.dumps(config))
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    held = {name: torch.randn(parameter.shape) for name, parameter in model.named_parameters()}
    (folder / "model.safetensors").unlink()
    if pickled:
        torch.save(held, folder / "pytorch_model.bin")
    else:
        save_file(held, folder / "model.safetensors")
    return folder
