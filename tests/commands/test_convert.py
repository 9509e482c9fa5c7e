"""`hymt convert` as a user runs it."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from hymt.commands.convert import main, shard_size
from tests.conftest import MINI
from tests.forks import run as hymt
from tests.models.conversion.conftest import write_tiny


def test_a_model_from_end_to_end(tmp_path):
    out = tmp_path / "mini-int8"
    done = hymt("convert", "hymt-mini", out, "--quantize", "int8")
    assert done.returncode == 0 and "Traceback" not in done.stderr
    rows = dict(line.split(maxsplit=1) for line in done.stdout.splitlines()[:-1])
    assert rows["before"] == "FP16, 53.2 MiB in 1 file" and rows["after"].startswith("INT8, ")
    assert "55,720,320; 0 became infinite" in rows["values"] and "of 4 greedy translations" in rows["outputs"]
    assert done.stdout.splitlines()[-1] == f"load it  hymt serve --model {out}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mini-int8"]
    assert {path.name for path in out.iterdir()} == {path.name for path in MINI.iterdir()}


def test_losses_are_warned_of_and_json_has_all_figures(tmp_path, capsys):
    source = write_tiny(tmp_path / "tiny")
    held = load_file(source / "model.safetensors")
    for layer in range(2):
        for name in ("gate", "up", "down"):
            held[f"model.layers.{layer}.mlp.{name}_proj.weight"][0, : layer + 1] = 1e9
    held["model.norm.weight"][:5] = 1e-20
    held["model.norm.weight"][5] = torch.nan
    save_file(held, source / "model.safetensors", metadata={"format": "pt"})
    assert main([str(source), str(tmp_path / "out"), "--json"]) == 0
    said = capsys.readouterr()
    output = json.loads(said.out)
    assert (output["before"], output["after"], output["files_after"]) == ("FP32", "FP16", 1)
    assert sum(loss["overflowed"] for loss in output["losses"]) == 9
    assert "9 values leave float16's range and became infinite: model.layers.1.mlp" in said.err
    assert "_proj.weight (1) and 1 tensors more" in said.err
    assert "model.norm.weight (5)" in said.err and "too small for float16 and became zero" in said.err
    assert "1 values were infinite or not a number in the source already: model.norm.weight (1)" in said.err


@pytest.mark.parametrize(
    ("text", "count"), [("500MB", 500 * 10**6), ("2 gb", 2 * 10**9), ("1.5GiB", 3 * 2**29), ("4096KiB", 2**22)]
)
def test_sizes(text, count):
    assert shard_size(text) == count


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nonesuch", "out"], 1, "no model or folder “nonesuch”"),
        (["hymt-mini", "there"], 1, "exists already: remove it or choose another folder"),
        (["hymt-mini", "no/out"], 1, "There is no folder"),
        (["tencent/Hunyuan-MT-7B", "out"], 1, "could not be reached"),
        (["hymt-mini"], 2, "DST"),
        (["hymt-mini", "out", "--shard-size", "2"], 2, "such as 500MB, 2GB or 1GiB, not “2”"),
        (["hymt-mini", "out", "--shard-size", "0GB"], 2, "1MB or more"),
        (["hymt-mini", "out", "--dtype", "float32"], 2, "float16"),
        (["hymt-mini", "out", "--quantize", "fp8"], 2, "int8"),
    ],
)
def test_errors_say_what_to_do(arguments, status, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    try:
        found = main(arguments)
    except SystemExit as ended:
        found = ended.code
    said = capsys.readouterr()
    assert found == status and words in said.err and said.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
