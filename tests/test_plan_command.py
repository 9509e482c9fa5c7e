"""`hymt plan`, as a user runs it."""

from __future__ import annotations

import json

import pytest

from hymt.commands.plan import main, read_gpus
from hymt.errors import UserError
from hymt.hardware.limit import parse_sizes
from tests.conftest import MINI, PRECISION
from tests.test_cli import hymt


def printed(capsys, *arguments: str):
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_this_machine():
    done = hymt("plan", "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 0 and said["fits"] and said["reason"] and said["model"]
    keys = {"model", "precision", "chunk_tokens", "slots", "max_len", "estimated_bytes", "fits", "reason"}
    assert keys <= set(said) and said["estimated_bytes"]["total"] > said["estimated_bytes"]["weights"] > 0


def test_it_is_what_the_manager_loads(capsys, services):
    """The same function: the plan that is printed is the one that a load follows."""
    services.manager.swap("hymt-mini", "int8")
    loaded = services.manager.loaded.plan
    said = printed(capsys, "--model", "hymt-mini", "--precision", "int8")
    same = ("model", "precision", "chunk_tokens", "slots", "max_len", "estimated_bytes", "fits", "speed")
    assert {key: said[key] for key in same} == {key: loaded.as_dict()[key] for key in same}
    services.manager.swap("hymt-mini", PRECISION)


def test_cards_of_several_sizes(capsys):
    plans = printed(capsys, "--gpu-memory", "24,16,12,10,8,6")
    assert [(said["model"], said["precision"]) for said in plans] == [
        ("Hunyuan-MT-7B", "fp16"),
        ("Hunyuan-MT-7B", "int8"),
        ("Hunyuan-MT-7B", "int8"),
        ("Hunyuan-MT-7B", "int8"),
        ("Hunyuan-MT-7B", "nf4"),
        ("HY-MT1.5-1.8B", "fp16"),
    ]
    for said, size in zip(plans, (24, 16, 12, 10, 8, 6), strict=True):
        assert said["fits"] and said["estimated_bytes"]["total"] <= size * 2**30
    assert main(["--gpu-memory", "24,8"]) == 0
    text = capsys.readouterr().out
    assert "a GPU of 24 GiB: Hunyuan-MT-7B in FP16" in text and "a GPU of 8 GiB: Hunyuan-MT-7B in NF4" in text
    assert text.count("CUDA context") == 2 and "hymt serve --model Hunyuan-MT-7B --precision nf4\n" in text


def test_several_cards(capsys):
    said = printed(capsys, "--gpu-memory", "12", "--gpus", "2", "--model", "Hunyuan-MT-7B", "--precision", "fp16")
    assert said["fits"] and "spread over 2 GPUs" in said["reason"] and said["speed"] == "slow"


def test_a_model_on_a_card_that_cannot_hold_it(capsys):
    assert main(["--gpu-memory", "4", "--model", "Hunyuan-MT-7B", "--precision", "nf4"]) == 0
    text = capsys.readouterr().out
    assert "Hunyuan-MT-7B in NF4 does not fit" in text and "but only 4.00 GiB are free" in text
    assert "hymt serve" not in text


def test_a_folder(capsys):
    said = printed(capsys, "--model", str(MINI), "--gpu-memory", "8")
    assert (said["precision"], said["slots"], said["speed"]) == ("fp16", 128, "fast")


def test_what_is_unknown_is_said(capsys):
    assert main(["--model", "nothing"]) == 1 and "no model or folder “nothing”" in capsys.readouterr().err
    assert main(["--precision", "fp8"]) == 1 and "Choose one of fp32" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--gpus", "2"])
    assert "--gpus goes with --gpu-memory" in capsys.readouterr().err


def test_sizes_and_counts():
    assert parse_sizes("24, 7.5,24") == (24, 7.5) and read_gpus("2") == 2
    for wrong in ("", "8,", "x", "-1"):
        with pytest.raises(UserError, match="above 0"):
            parse_sizes(wrong)
    with pytest.raises(UserError, match="from 1 to 64"):
        read_gpus("0")
