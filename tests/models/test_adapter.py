"""LoRA adapters: what hymt adds to the weights is what peft merges, and what it cannot add it refuses."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from hymt.cli import main
from hymt.hardware.devices import Device, detect_device
from hymt.models import loading
from hymt.models.adapter import Adapter
from hymt.models.catalogue import CATALOGUE, adapted, find_model
from hymt.models.manager import ModelManager, SwapFailed
from hymt.models.precision import PRECISIONS
from hymt.models.shape import UnsupportedModel
from hymt.translation.translator import Translator
from tests.conftest import MINI
from tests.models.hub import FakeHub, running

peft = pytest.importorskip("peft")
LINEARS = ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
CPU = Device("cpu", "a processor", "for a test")


def make(folder, *, size=0.05, **options):
    """An adapter of hymt-mini with random changes; returns peft's model with it."""
    torch.manual_seed(1)
    base = AutoModelForCausalLM.from_pretrained(MINI, dtype=torch.float32)
    options = {"r": 4, "lora_alpha": 6, "target_modules": LINEARS} | options
    model = peft.get_peft_model(base, peft.LoraConfig(task_type="CAUSAL_LM", **options))
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data.normal_(std=size)
    model.peft_config["default"].base_model_name_or_path = str(MINI)
    model.save_pretrained(folder)
    return model.eval()


@pytest.fixture(scope="module")
def legal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters") / "legal"
    make(folder)
    return folder


def load(precision: str, adapter, device=None):
    return loading.load(
        MINI, PRECISIONS[precision], device or detect_device(), lambda part: None, Adapter.read(adapter)
    )


@pytest.mark.parametrize("options", [{}, {"use_rslora": True, "r": 3}, {"target_modules": ["gate_proj", "k_proj"]}])
@torch.inference_mode()
def test_weights_and_outputs_are_those_that_peft_merges(tmp_path, options):
    merged = make(tmp_path, **options).merge_and_unload().to(detect_device().torch_name)
    ours = load("fp32", tmp_path)
    theirs, plain = dict(merged.named_parameters()), AutoModelForCausalLM.from_pretrained(MINI, dtype=torch.float32)
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(parameter, theirs[name], rtol=1e-6, atol=1e-6)
    ids = torch.tensor([[1, 5, 77, 300, 24, 9]])
    logits = ours(ids.to(ours.device)).logits
    torch.testing.assert_close(logits, merged(ids.to(ours.device)).logits, rtol=1e-4, atol=1e-3)
    assert (logits.cpu() - plain(ids).logits).abs().max() > 0.1


@pytest.mark.parametrize("precision", ["int8", "nf4"])
@torch.inference_mode()
def test_quantising_comes_after_adding(legal, tmp_path, precision):
    """The same as loading a checkpoint in which the adapter was merged before."""
    merged = make(tmp_path / "a").merge_and_unload()
    merged.save_pretrained(tmp_path / "merged")
    theirs = loading.load(tmp_path / "merged", PRECISIONS[precision], detect_device(), lambda part: None)
    ids = torch.tensor([[1, 5, 77, 300, 24, 9]], device=theirs.device)
    ours = load(precision, legal)(ids).logits
    torch.testing.assert_close(ours, theirs(ids).logits, rtol=0.02, atol=0.05)


@torch.inference_mode()
def test_a_spread_model_takes_it_too_unless_it_cannot(legal):
    adapter, ids = Adapter.read(legal), torch.arange(40)[None]
    spread = loading.load_spread(MINI, PRECISIONS["fp32"], CPU, {"cpu": 2**33}, lambda part: None, adapter)
    torch.testing.assert_close(spread(ids).logits, load("fp32", legal, CPU)(ids).logits)
    for precision, places in (("int8", {"cpu": 2**33}), ("fp16", {0: 2**30, "cpu": 2**33})):
        with pytest.raises(UnsupportedModel, match="that one GPU holds"):
            loading.load_spread(MINI, PRECISIONS[precision], CPU, places, lambda part: None, adapter)


def test_an_adapter_is_found_by_its_folder_or_with_a_base(legal, tmp_path):
    found = find_model(str(legal))
    assert (found.name, found.adapter, found.folder) == ("hymt-mini + legal", str(legal), MINI)
    assert found.through_english and found.origin == f"hymt-mini + {legal}" == found.known_as
    assert find_model(found.origin) == found == find_model(adapted("hymt-mini", str(legal)))
    copy = tmp_path / "copy"
    shutil.copytree(MINI, copy)
    other = find_model(f"{copy} + {legal}")
    assert other.name == "copy + legal" and other.folder == copy and find_model(other.origin) == other
    hub = find_model("Hunyuan-MT-7B + someone/legal")
    assert (hub.weights, hub.adapter, hub.folder) == ("tencent/Hunyuan-MT-7B", "someone/legal", None)
    assert hub.excluded_regions == CATALOGUE["Hunyuan-MT-7B"].excluded_regions


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hymt-mini + {legal}/nowhere", "no adapter “nowhere”"),
        ("nonesuch + {legal}", "no model or folder “nonesuch”"),
        ("{legal} + {legal}", "has an adapter already"),
        ("hymt-mini + {mini}", "no adapter_config.json in “mini”"),
    ],
)
def test_what_cannot_be_found_is_told(legal, name, words):
    with pytest.raises(UnsupportedModel, match=words):
        find_model(name.format(legal=legal, mini=MINI))


def changed(legal, folder, **config):
    shutil.copytree(legal, folder)
    saved = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(saved | config))
    return folder


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"peft_type": "IA3"}, "is a IA3 adapter; hymt reads LoRA"),
        ({"use_dora": True}, "with use_dora"),
        ({"bias": "all"}, "with bias"),
        ({"modules_to_save": ["lm_head"]}, "with modules_to_save"),
        ({"rank_pattern": {"q_proj": 8}}, "with rank_pattern"),
        ({"init_lora_weights": "pissa"}, "init_lora_weights “pissa”"),
        (
            {"base_model_name_or_path": "/home/anna/gone"},
            "an adapter of “gone”, which is not on this machine",
        ),
        ({"base_model_name_or_path": None}, "an unnamed model"),
    ],
)
def test_other_adapters_are_refused(legal, tmp_path, config, words):
    with pytest.raises(UnsupportedModel, match=words) as caught:
        find_model(str(changed(legal, tmp_path / "other", **config)))
    assert "/home" not in str(caught.value) and str(tmp_path) not in str(caught.value)


def test_damaged_adapters_are_refused(legal, tmp_path):
    (changed(legal, tmp_path / "config") / "adapter_config.json").write_text("[")
    (changed(legal, tmp_path / "none") / "adapter_model.safetensors").unlink()
    cut = changed(legal, tmp_path / "cut") / "adapter_model.safetensors"
    cut.write_bytes(cut.read_bytes()[:1000])
    for name, words in (("config", "cannot be read"), ("none", "no adapter_model"), ("cut", "is damaged")):
        with pytest.raises(UnsupportedModel, match=words):
            Adapter.read(tmp_path / name).changes()


def rewritten(legal, folder, rewrite):
    """The adapter with other tensors."""
    file = changed(legal, folder) / "adapter_model.safetensors"
    tensors = load_file(file)
    save_file(rewrite(tensors), file)
    return folder


def cut_down(tensors):
    """For a model with fewer inputs of each projection."""
    return {name: part[:, :-8].contiguous() if "lora_A" in name else part for name, part in tensors.items()}


@pytest.mark.parametrize(
    ("rewrite", "words"),
    [
        (lambda found: {name: tensor for name, tensor in found.items() if "lora_B" in name}, "lacks a matching"),
        (lambda found: {name.replace("layers.", "layers.1"): tensor for name, tensor in found.items()}, "wrong base"),
        (cut_down, "adapter of another model"),
        (lambda found: found | {"base_model.model.lm_head.weight": torch.ones(2, 2)}, "projections only"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(legal, tmp_path, rewrite, words):
    with pytest.raises(UnsupportedModel, match=words):
        load("fp32", rewritten(legal, tmp_path / "other", rewrite))


def test_the_manager_swaps_to_an_adapter_and_back(tmp_path):
    legal = tmp_path / "legal"
    make(legal, size=0.2)
    manager = ModelManager()
    translator = Translator(manager=manager, adapter=str(legal), precision="fp32")
    try:
        assert manager.loaded.variant.named == ("hymt-mini + legal", "fp32")
        with_adapter = translator.translate("Where is the nearest station?", to="fr", source="en")
        assert manager.swap(precision="fp16").model == "hymt-mini + legal"
        assert not manager.swap(str(legal), "fp16").changed
        wrong = rewritten(legal, tmp_path / "wrong", cut_down)
        with pytest.raises(SwapFailed, match=r"hymt-mini \+ legal in FP16 is still loaded"):
            manager.swap(str(wrong), "fp16")
        with pytest.raises(SwapFailed, match="could not be reached"):
            manager.swap("hymt-mini + someone/unheard-of", "fp16")
        assert manager.swap("hymt-mini", "fp32").changed
        assert translator.translate("Where is the nearest station?", to="fr", source="en") != with_adapter
    finally:
        manager.close()


def test_an_adapter_of_the_hub_is_known_by_its_config(legal, tmp_path, monkeypatch):
    config = json.loads((legal / "adapter_config.json").read_text()) | {"base_model_name_or_path": "hymt-mini"}
    based, unnamed = (
        {"adapter_config.json": json.dumps(config | {"base_model_name_or_path": base}).encode()}
        for base in ("hymt-mini", None)
    )
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with running(FakeHub({"someone/legal": based, "someone/unnamed": unnamed})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        for name in ("someone/legal", adapted(None, "someone/legal")):
            found = loading.identify(find_model(name))
            assert (found.name, found.adapter, found.folder) == ("hymt-mini + legal", "someone/legal", MINI)
        assert loading.identify(CATALOGUE["Hunyuan-MT-7B"]) is CATALOGUE["Hunyuan-MT-7B"]
        with pytest.raises(UnsupportedModel, match="names no base"):
            loading.identify(find_model("someone/unnamed"))


def test_the_command_line_takes_an_adapter(legal, tmp_path, capsys):
    command = ["translate", "Good morning.", "--from", "en", "--to", "fr", "--beams", "1", "--adapter"]
    assert main([*command, str(legal)]) == 0
    output = capsys.readouterr()
    assert output.out.strip() and "hymt-mini + legal" in output.err
    assert main([*command, str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"hymt: There is no adapter_config.json in “{tmp_path.name}”")
