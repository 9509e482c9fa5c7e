"""A run's folder: where a run may begin or go on, and what a kill leaves."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file

from hymt.errors import UserError
from hymt.finetune.folder import RunFolder


def test_a_run_begins_in_a_new_or_empty_folder(tmp_path):
    for folder in (tmp_path / "new", tmp_path):
        run = RunFolder(folder)
        for resume in (False, True):
            run.check(resume)
        assert run.begin({"rank": 4}) == {} and run.begun and not run.finished
        if folder == tmp_path / "new":
            run._clean()
            folder.rmdir()


def test_what_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear")
    for folder in (tmp_path, tmp_path / "letter.txt"):
        for resume in (False, True):
            with pytest.raises(UserError, match="exists already"):
                RunFolder(folder).check(resume)


def test_an_unfinished_run_goes_on_only_if_told_and_only_the_same(tmp_path):
    run = RunFolder(tmp_path)
    run.begin({"rank": 4, "data": "x"})
    run.note(before={"chrf": 1.5})
    with pytest.raises(UserError, match="--resume"):
        run.check(resume=False)
    run.check(resume=True)
    assert run.begin({"rank": 4, "data": "x"}) == {"before": {"chrf": 1.5}}
    with pytest.raises(UserError, match="another rank 4"):
        run.begin({"rank": 8, "data": "x"})


def test_the_last_whole_checkpoint_counts(tmp_path):
    run = RunFolder(tmp_path)
    assert run.last_checkpoint() is None
    for step, state in ((9, "{}"), (10, "{}"), (20, '{"cut'), (30, None)):
        folder = run.checkpoints / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        if state:
            (folder / "trainer_state.json").write_text(state)
    assert run.last_checkpoint().name == "checkpoint-10"
    assert sorted(path.name for path in run.checkpoints.iterdir()) == ["checkpoint-10", "checkpoint-9"]


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "optimizer.pt", "rng_state.pth", "training_args.bin"])
def test_a_checkpoint_with_a_file_cut_short_is_passed_over(tmp_path, name):
    run = RunFolder(tmp_path)
    for step in (10, 20):
        folder = run.checkpoints / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        (folder / "trainer_state.json").write_text("{}")
        save_file({"weight": torch.ones(64, 64)}, folder / "adapter_model.safetensors")
        for other in ("optimizer.pt", "rng_state.pth", "training_args.bin"):
            torch.save({"weight": torch.ones(64, 64)}, folder / other)
    assert run.last_checkpoint().name == "checkpoint-20"
    newest = run.checkpoints / "checkpoint-20" / name
    newest.write_bytes(newest.read_bytes()[:-100])
    assert run.last_checkpoint().name == "checkpoint-10" and not newest.exists()


def test_what_makes_it_an_adapter_is_moved_last(tmp_path, monkeypatch):
    run = RunFolder(tmp_path / "run")
    run.begin({})
    staged = run.stage()
    for name in ("adapter_config.json", "adapter_model.safetensors", "zz.json"):
        (staged / name).write_text("{}")
    moved = []
    replace = type(staged).replace
    monkeypatch.setattr(type(staged), "replace", lambda self, to: (moved.append(self.name), replace(self, to))[1])
    run.publish()
    assert moved == ["adapter_model.safetensors", "zz.json", "adapter_config.json"]
    assert sorted(path.name for path in run.path.iterdir()) == sorted(moved)
    with pytest.raises(UserError, match="finished"):
        run.check(resume=True)


def test_a_kill_between_the_last_file_and_the_cleaning_is_cleaned_up(tmp_path):
    run = RunFolder(tmp_path)
    run.begin({})
    run.checkpoints.mkdir()
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(UserError, match="finished"):
        run.check(resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["adapter_config.json"]


def test_a_damaged_note_is_told(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps([1]))
    with pytest.raises(UserError, match="cannot be read"):
        RunFolder(tmp_path).begin({})
