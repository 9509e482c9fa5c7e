"""Whole runs on a tiny model: what they learn, write, refuse, and go on with after a kill."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from hymt.errors import UserError
from hymt.finetune import training
from hymt.finetune.folder import RunFolder
from hymt.finetune.run import finetune
from hymt.hardware.devices import detect_device
from hymt.models.catalogue import find_model
from hymt.models.loading import load
from hymt.models.precision import PRECISIONS

CPU_ONLY = pytest.mark.skipif(detect_device().kind == "cuda", reason="what a processor does")


def run(data, out, settings, *, resume=False, eval_data=None, messages=None):
    return finetune(data, out, settings, eval_data, resume, None, (messages if messages is not None else []).append)


def test_an_adapter_is_learnt_scored_and_found(pairs, tmp_path, settings):
    messages = []
    out = tmp_path / "numbers"
    report = run(pairs, out, replace(settings, steps=6, eval_share=0.1, precision="fp32"), messages=messages)
    assert report["last_loss"] < report["first_loss"] - 0.2 and report["steps"] == 6
    assert report["trainable_parameters"] == 2 * 4 * (64 + 64 + 2 * (64 + 32) + 64 + 64 + 3 * (64 + 128))
    assert report["pairs"] == 18 and report["held_out"] == 2 and len(report["examples"]) == 2
    assert 0 <= report["chrf_before"] <= 100 and report["peak_memory"]["process"] > 2**20
    assert min(report[name] for name in ("tokens", "seconds", "tokens_per_second")) > 0
    assert sorted(file.name for file in out.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "finetune.json",
    ]
    assert json.loads((out / "finetune.json").read_text()) == json.loads(json.dumps(report))
    assert find_model(str(out)).name == "tiny + numbers"
    assert any("18 pairs to learn, 2 held out" in line for line in messages)


def test_a_whole_model_is_learnt_and_loads(pairs, tmp_path, settings, tiny):
    out = tmp_path / "whole"
    report = run(pairs, out, replace(settings, method="full", precision="fp32"))
    assert report["last_loss"] < report["first_loss"] and report["trainable_parameters"] == report["parameters"]
    model = find_model(str(out))
    assert model.through_english and model.max_len == 96 and len(model.languages) == 10
    before, after = (load(folder, PRECISIONS["fp32"], detect_device(), lambda part: None) for folder in (tiny, out))
    changed = [not torch.equal(*both) for both in zip(before.parameters(), after.parameters(), strict=True)]
    assert all(changed) and after.generation_config.eos_token_id == 2
    assert json.loads((out / "config.json").read_text())["dtype"] == "float16"


@pytest.mark.parametrize("precision", ["bf16", "int8", "nf4"])
def test_lora_learns_beside_a_base_of_any_precision(pairs, tmp_path, settings, precision):
    report = run(pairs, tmp_path / "out", replace(settings, precision=precision))
    assert report["last_loss"] < report["first_loss"] and report["settings"]["precision"] == precision
    tensors = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert len(tensors) == 2 * 2 * 7 and {tensor.dtype for tensor in tensors.values()} == {torch.float32}


def test_gradient_checkpointing_and_accumulation_change_no_result(pairs, tmp_path, settings):
    ways = {
        "plain": {},
        "checkpointed": {"gradient_checkpointing": True},
        "accumulated": {"batch_size": 2, "accumulate": 2},
    }
    learnt = {}
    for name, how in ways.items():
        run(pairs, tmp_path / name, replace(settings, precision="fp32", **how))
        learnt[name] = load_file(tmp_path / name / "adapter_model.safetensors")
    for name in ("checkpointed", "accumulated"):
        for path, tensor in learnt["plain"].items():
            torch.testing.assert_close(learnt[name][path], tensor, rtol=1e-3, atol=1e-4)


def test_a_run_that_ended_early_goes_on_to_the_same_result(pairs, tmp_path, settings, monkeypatch):
    """Stopped after 3 of 4 steps: what was kept at 2 goes on with the same order, optimiser and schedule."""
    settings = replace(settings, precision="fp32", eval_share=0.1)
    whole = run(pairs, tmp_path / "whole", settings)
    steps = []

    def power_cut(self, args, state, control, **_):
        steps.append(state.global_step)
        if len(steps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.Meter, "on_step_end", power_cut)
    with pytest.raises(KeyboardInterrupt):
        run(pairs, tmp_path / "cut", settings)
    monkeypatch.undo()
    assert RunFolder(tmp_path / "cut").begun and find_error(tmp_path / "cut")
    with pytest.raises(UserError, match="--resume"):
        run(pairs, tmp_path / "cut", settings)
    with pytest.raises(UserError, match=r"another learning rate 0\.01"):
        run(pairs, tmp_path / "cut", replace(settings, learning_rate=1e-3), resume=True)
    messages = []
    resumed = run(pairs, tmp_path / "cut", settings, resume=True, messages=messages)
    assert "going on from step 2" in messages and not any("with the base" in line for line in messages)
    assert resumed["steps"] == whole["steps"] == 4 and resumed["chrf_before"] == whole["chrf_before"]
    one, other = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "cut"))
    for path, tensor in one.items():
        torch.testing.assert_close(other[path], tensor, rtol=1e-4, atol=1e-6)


def find_error(folder) -> bool:
    """Whether hymt finds no model in a folder."""
    with pytest.raises(UserError, match=r"no config\.json"):
        find_model(str(folder))
    return True


def test_pairs_that_are_too_long_are_left_out(pairs, tmp_path, settings):
    pairs.write_text(pairs.read_text() + "word " * 200 + "\tmot\n")
    report = run(pairs, tmp_path / "out", replace(settings, steps=1))
    assert report["skipped"] == {"empty": 0, "duplicates": 0, "too_long": 1} and report["pairs"] == 20
    with pytest.raises(UserError, match="longer than 5 tokens"):
        run(pairs, tmp_path / "none", replace(settings, max_tokens=5))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": "de", "target": "fr"}, "by way of English: tune one step, --from de --to en or --from en --to fr"),
        ({"source": "fr", "target": "fr"}, "both French"),
        ({"target": "th"}, "does not know Thai"),
        ({"precision": "fp8"}, "fp32, bf16, fp16, int8, nf4"),
        ({"model": "hymt-tiny"}, "Did you mean hymt-mini"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(pairs, tmp_path, settings, change, words):
    with pytest.raises(UserError, match=words):
        run(pairs, tmp_path / "out", replace(settings, **change))
    assert not (tmp_path / "out").exists()


@CPU_ONLY
def test_a_processor_does_not_train_in_fp16(pairs, tmp_path, settings):
    with pytest.raises(UserError, match="fp32 or bf16"):
        run(pairs, tmp_path / "out", replace(settings, precision="fp16"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "magic"}, "lora, full"),
        ({"method": "full", "precision": "nf4"}, "cannot be trained whole"),
        ({"epochs": 0}, "epochs has to be above 0"),
        ({"learning_rate": float("nan")}, "learning rate"),
        ({"batch_size": 0}, "batch size has to be 1 or more"),
        ({"steps": 0}, "1 or more steps"),
        ({"eval_share": 0.9}, "from 0 to 0.5"),
        ({"save_every": -1}, "never"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, change, words):
    with pytest.raises(UserError, match=words):
        replace(settings, **change)


def test_too_little_memory_is_told_with_advice(pairs, tmp_path, settings, monkeypatch):
    def full(*_, **__):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(training, "train", full)
    with pytest.raises(UserError, match="smaller --batch-size"):
        run(pairs, tmp_path / "out", settings)


def test_without_peft_the_way_to_it_is_told(pairs, tmp_path, settings, monkeypatch):
    monkeypatch.setattr("hymt.finetune.run.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'hymt\[finetune\]'"):
        run(pairs, tmp_path / "out", settings)
