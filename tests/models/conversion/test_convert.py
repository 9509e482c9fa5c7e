"""Checkpoints to 16 bit: every value, every file, what is counted and what is refused."""

from __future__ import annotations

import json
import math
import shutil
from collections import namedtuple

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from hymt.errors import UserError
from hymt.models.catalogue import find_model
from hymt.models.conversion.forms import Losses
from hymt.models.shape import UnsupportedModel
from hymt.models.stored import IncompleteCheckpoint
from tests.conftest import MINI
from tests.models.conversion.conftest import converted, write_tiny


def tensors(folder) -> dict[str, torch.Tensor]:
    return {name: value for file in sorted(folder.glob("*.safetensors")) for name, value in load_file(file).items()}


def rewrite(folder, **changed) -> None:
    """Replace or add tensors of a model in one file, None to remove one; `__` stands for a dot."""
    file = folder / "model.safetensors"
    held = load_file(file) | {name.replace("__", "."): value for name, value in changed.items()}
    save_file({name: value for name, value in held.items() if value is not None}, file, metadata={"format": "pt"})


def set_config(folder, **changed) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changed))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_every_value_is_torchs_cast(tiny, tmp_path, dtype):
    done = converted(tiny, tmp_path / "out", dtype)
    before, after = tensors(tiny), tensors(tmp_path / "out")
    assert before.keys() == after.keys() and done.values == sum(value.numel() for value in before.values())
    for name, value in before.items():
        assert torch.equal(after[name], value.to(getattr(torch, dtype))), name
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["dtype"] == dtype and "torch_dtype" not in config
    assert (done.before, done.after) == ("FP32", "FP16" if dtype == "float16" else "BF16")
    assert done.bytes_before == (tiny / "model.safetensors").stat().st_size
    assert done.bytes_after == (tmp_path / "out" / "model.safetensors").stat().st_size < 0.51 * done.bytes_before


def test_bf16_becomes_fp16(tiny, tmp_path):
    rewrite(tiny, **{name.replace(".", "__"): value.bfloat16() for name, value in tensors(tiny).items()})
    assert converted(tiny, tmp_path / "out").before == "BF16"
    after = tensors(tmp_path / "out")
    assert all(torch.equal(after[name], value.half()) for name, value in tensors(tiny).items())


def test_floats_of_8_bit_become_fp16(tiny, tmp_path):
    narrow = {name: value.to(torch.float8_e4m3fn) for name, value in tensors(tiny).items() if value.dim() == 2}
    rewrite(tiny, **{name.replace(".", "__"): value for name, value in narrow.items()})
    assert converted(tiny, tmp_path / "out").before == "FP16"
    after = tensors(tmp_path / "out")
    assert all(torch.equal(after[name], value.half()) for name, value in tensors(tiny).items())


def test_the_embedded_model_comes_back_from_fp32(widened, tmp_path):
    """Upwards and down again nothing is lost, and what is not a weight comes along."""
    done = converted(widened, tmp_path / "out", check=True)
    shards = len(list(widened.glob("*.safetensors")))
    assert done.losses == [] and done.files_before == shards > 2 and done.files_after == 1 and done.notes == []
    before, after = tensors(MINI), tensors(tmp_path / "out")
    assert before.keys() == after.keys()
    assert all(torch.equal(value.half(), after[name]) for name, value in before.items())
    for file in ("tokenizer.json", "tokenizer_config.json", "README.md"):
        assert (tmp_path / "out" / file).read_bytes() == (MINI / file).read_bytes()
    model = find_model(str(tmp_path / "out"))
    assert model.through_english and model.beams == 4 and model.max_len == 352
    assert done.unchecked is None  # says what stood in the way: with too little memory free nothing is compared
    found = done.comparison
    assert found.same == found.total == 4 and found.tokens == 1 and 0 < found.logit_difference < 0.1 < found.logit_range


def test_shards_keep_to_their_size_and_the_index_to_the_shards(widened, tmp_path):
    out = tmp_path / "out"
    done = converted(widened, out, shard=5 * 10**6)
    files = sorted(out.glob("*.safetensors"))
    index = json.loads((out / "model.safetensors.index.json").read_text())
    count = len(files)
    assert [file.name for file in files] == [f"model-{n:05}-of-{count:05}.safetensors" for n in range(1, count + 1)]
    assert count == done.files_after > 5
    for file in files:
        held = load_file(file)
        size = sum(value.nbytes for value in held.values())
        assert size <= 5 * 10**6 or len(held) == 1  # the embedding alone is larger
        assert all(index["weight_map"].pop(name) == file.name for name in held)
    assert index["weight_map"] == {} and index["metadata"]["total_size"] == sum(v.nbytes for v in tensors(out).values())
    _, info = AutoModelForCausalLM.from_pretrained(out, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]


@pytest.mark.parametrize("sharded", [False, True])
def test_pickled_weights(widened, tmp_path, sharded):
    source, held = tmp_path / "pickled", tensors(widened)
    shutil.copytree(widened, source, ignore=shutil.ignore_patterns("*.safetensors*"))
    if sharded:
        names = sorted(held)
        parts = {"pytorch_model-1.bin": names[::2], "pytorch_model-2.bin": names[1::2]}
        for file, part in parts.items():
            torch.save({name: held[name] for name in part}, source / file)
        where = {name: file for file, part in parts.items() for name in part}
        (source / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))
    else:  # with the head of its own name that such files have: it shares the embedding's bytes
        torch.save(held | {"lm_head.weight": held["model.embed_tokens.weight"]}, source / "pytorch_model.bin")
    done = converted(source, tmp_path / "out", check=None if sharded else False)
    after, before = tensors(tmp_path / "out"), tensors(MINI)
    assert after.keys() == before.keys() and all(torch.equal(after[name], before[name].half()) for name in before)
    assert done.files_before == 1 + sharded and not list((tmp_path / "out").glob("*.bin*")) and done.notes == []
    if sharded:
        assert done.comparison.same == 4


def test_pickles_of_the_time_before_they_were_archives(tiny, tmp_path):
    held = tensors(tiny)
    torch.save(held, tiny / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    (tiny / "model.safetensors").unlink()
    converted(tiny, tmp_path / "out")
    after = tensors(tmp_path / "out")
    assert all(torch.equal(after[name], value.half()) for name, value in held.items())


class Code:
    def __reduce__(self):
        return (exec, ("raise SystemExit('the pickle ran')",))


@pytest.mark.parametrize("held", [{"model.norm.weight": Code()}, [1, 2], "no archive"])
def test_pickles_that_hold_something_else_are_refused(tiny, tmp_path, held):
    (tiny / "model.safetensors").unlink()
    if isinstance(held, str):
        (tiny / "pytorch_model.bin").write_bytes(b"PK" + held.encode())
    else:
        torch.save(held, tiny / "pytorch_model.bin")
    with pytest.raises(IncompleteCheckpoint, match=r"“pytorch_model\.bin”"):
        converted(tiny, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_what_a_narrower_type_cannot_hold_is_counted(tiny, tmp_path):
    weight = load_file(tiny / "model.safetensors")["model.layers.1.mlp.up_proj.weight"]
    weight.clamp_(-1, 1).add_(2)  # nothing small or large by itself
    weight[0, :3] = torch.tensor([65519.9, 65520.0, -1e6])  # the first still rounds to 65504
    weight[1, :4] = torch.tensor([2.9e-8, -1e-30, 3e-8, 0.0])  # half of the least value and more rounds up
    weight[2, :3] = torch.tensor([math.nan, math.inf, -math.inf])
    rewrite(tiny, model__layers__1__mlp__up_proj__weight=weight)
    others = [loss for loss in converted(tiny, tmp_path / "half").losses if "up_proj" not in loss.name]
    done = converted(tiny, tmp_path / "out")
    name = "model.layers.1.mlp.up_proj.weight"
    assert [loss for loss in done.losses if loss.name == name] == [Losses(name, weight.numel(), 2, 2, 3)]
    assert not any(loss.overflowed or loss.unfit for loss in others)
    assert converted(tiny, tmp_path / "wide", "bfloat16").losses == [Losses(name, weight.numel(), 0, 0, 3)]


def test_a_head_of_its_own_stays(tmp_path):
    source = write_tiny(tmp_path / "untied", tied=False)
    converted(source, tmp_path / "out")
    head = tensors(tmp_path / "out")["lm_head.weight"]
    assert torch.equal(head, tensors(source)["lm_head.weight"].half())


def test_a_tied_head_is_written_once_and_only_if_it_is_the_embedding(tiny, tmp_path):
    embedding = tensors(tiny)["model.embed_tokens.weight"]
    rewrite(tiny, lm_head__weight=embedding.clone())
    assert converted(tiny, tmp_path / "same").notes == [] and "lm_head.weight" not in tensors(tmp_path / "same")
    rewrite(tiny, lm_head__weight=embedding + 1)
    done = converted(tiny, tmp_path / "other")
    assert "differs from the embedding" in done.notes[0]
    assert torch.equal(tensors(tmp_path / "other")["lm_head.weight"], (embedding + 1).half())


def test_what_the_model_has_not_is_left_out_and_told(tiny, tmp_path):
    rewrite(tiny, model__rotary_emb__inv_freq=torch.ones(4))
    done = converted(tiny, tmp_path / "out")
    assert "model.rotary_emb.inv_freq" in done.notes[0] and len(tensors(tmp_path / "out")) == len(tensors(tiny)) - 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"model__norm__weight": None}, r"no model\.norm\.weight"),
        ({"model__norm__weight": torch.ones(4)}, r"model\.norm\.weight is \(4,\), the model wants \(128,\)"),
        ({"model__norm__weight": torch.ones(128, dtype=torch.int8)}, "converts FP32, BF16 and FP16"),
    ],
)
def test_a_checkpoint_that_is_not_whole_is_refused(tiny, tmp_path, changed, words):
    rewrite(tiny, **changed)
    with pytest.raises(IncompleteCheckpoint, match=words):
        converted(tiny, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_file_that_is_cut_short_leaves_nothing(tiny, tmp_path):
    file = tiny / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(IncompleteCheckpoint, match="cut short"):
        converted(tiny, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_an_existing_destination_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{")
    for name in ("there", "broken"):
        (tmp_path / name).mkdir(exist_ok=True)
        with pytest.raises(UserError, match="exists already"):
            converted(tmp_path / "broken", tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match="exists already"):
        converted(tmp_path / "broken", tmp_path / "link")
    with pytest.raises(UnsupportedModel, match="cannot be read"):
        converted(tmp_path / "broken", tmp_path / "free")


def test_a_destination_that_cannot_be_is_refused(tiny, tmp_path, monkeypatch):
    with pytest.raises(UserError, match="no folder"):
        converted(tiny, tmp_path / "no" / "out")
    with pytest.raises(UserError, match="inside"):
        converted(tiny, tiny / "out")
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**6))
    with pytest.raises(UserError, match=r"needs 16\.\d MiB of the disk, and 976\.6 KiB are free"):
        converted(tiny, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"] and not (tiny / "out").exists()


def test_the_family_survives_another_name(tiny, tmp_path):
    named = tmp_path / "My-Hy-MT2-tuned"
    tiny.rename(named)
    converted(named, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "hymt.json").read_text()) == {"family": "hy-mt2"}
    assert find_model(str(tmp_path / "out")).family == "hy-mt2"


def test_the_catalogues_entry_goes_along(tmp_path):
    converted("hymt-mini", tmp_path / "out")
    known, copy = find_model("hymt-mini"), find_model(str(tmp_path / "out"))
    assert copy.size == "56M" and copy.licence == "Apache-2.0"
    own = {"name", "origin"}
    assert {key: value for key, value in vars(copy).items() if key not in own} == {
        key: value for key, value in vars(known).items() if key not in own
    }
    tencent = find_model("HY-MT1.5-7B").sidecar()
    assert tencent["family"] == "hy-mt1.5" and "South Korea" in tencent["excluded_regions"]


def test_progress_is_told(tiny, tmp_path):
    progress = []
    converted(tiny, tmp_path / "out", shard=10**5, on_progress=lambda what, part: progress.append((part, what)))
    assert (
        progress == sorted(progress) and progress[-1][0] == 1 and progress[0][1].startswith("writing model-00001-of-")
    )


def test_without_a_tokenizer_the_outputs_are_not_compared(tiny, tmp_path):
    done = converted(tiny, tmp_path / "out", check=True)
    assert done.comparison is None and "tokenizer" in done.unchecked
