"""The model panel's sentences and its memory limit, with a stand-in manager for a machine with a GPU."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest

from hymt.hardware.limit import limited
from hymt.models.catalogue import CATALOGUE
from hymt.models.manager import SwapReport
from hymt.models.plan import Spread, plan, plan_anywhere
from hymt.models.precision import find_precision
from hymt.service.permissions import Permissions
from hymt.service.visits import Visits
from hymt.ui import model_panel
from tests.conftest import MINI
from tests.hardware.stand_in import GIB, GPU, Cards
from tests.waiting import collected

CPU = replace(GPU, kind="cpu")
LARGE = CATALOGUE["Hunyuan-MT-7B"]


@pytest.fixture
def machine(monkeypatch):
    """Services over GPUs of `gib` free GiB and 32 GiB of RAM."""

    def services_over(*gib: float, device=GPU):
        Cards(*(int(size * GIB) for size in gib)).install(monkeypatch)

        def free_by_gpu(device):
            return [min(int(size * GIB), device.memory_limit or 80 * GIB) for size in gib]

        def planned(model, precision, device):
            if device.kind == "cpu":
                return plan(model, precision.name, 32 * GIB, device)
            return plan_anywhere(model, precision.name, free_by_gpu(device), 32 * GIB, device)

        manager = SimpleNamespace(
            device=device,
            plan=planned,
            free=lambda device=device: free_by_gpu(device)[0],
            device_within=lambda gpu_memory: device if gpu_memory is None else limited(device, gpu_memory),
            swaps=[],
        )
        return SimpleNamespace(manager=manager, permissions=Permissions())

    return services_over


def described(services, *given, locale: str = "en") -> str:
    return re.sub(r"<[^>]*>", "", model_panel.describe(locale, services, *given))


def test_the_fit_follows_the_limit(machine):
    services = machine(79)
    assert "79.00 GiB are free" in described(services, "Hunyuan-MT-7B", "fp16")
    assert "8.00 GiB are free" in described(services, "Hunyuan-MT-7B", "nf4", 8)
    assert "Does not fit" in described(services, "Hunyuan-MT-7B", "int8", 8)
    assert "INT8 weights cannot lie partly in RAM" in described(services, "Hunyuan-MT-7B", "int8", 8)
    assert "number of GiB above 0" in described(services, "Hunyuan-MT-7B", "int8", -8)


def test_weights_are_told_apart_from_what_fills_the_rest(machine):
    """A plan fills what is free with slots: in all, every precision takes about as much."""
    services = machine(40)
    told = {name: described(services, "Hunyuan-MT-7B", name) for name in ("fp16", "int8", "nf4")}
    weights = [float(re.search(r"Weights: ([\d.]+) GiB\.", said)[1]) for said in told.values()]
    assert weights[0] > 1.7 * weights[1] and weights[1] > 1.4 * weights[2]
    assert all(re.search(r"KV cache: .* \(\d+\)\. Workspace: ", said) for said in told.values())
    assert "of weights, at least" in described(machine(4), "Hunyuan-MT-7B", "int8")
    recommended = model_panel.recommended("en", services, services.manager.plan(LARGE, find_precision("fp16"), GPU))
    assert "weights 13.98 GiB" in recommended


def test_of_an_unknown_id_nothing_is_told_that_is_not_known(machine):
    said = described(machine(40), "someone/nonesuch", "fp16")
    assert "languages" not in said and "Licence" not in said and "known once its files are here" in said
    assert "38 languages." in described(machine(40), "Hunyuan-MT-7B", "fp16")


@pytest.mark.parametrize(
    ("name", "locale", "said"),
    [
        ("someone/nonesuch", "en", "Asking the hub for nonesuch …"),
        ("someone/nonesuch", "zh", "正在向 Hub 查询 nonesuch……"),
        ("hymt-mini", "en", "Looking at hymt-mini …"),
    ],
)
def test_what_is_tried_is_told_at_once(name, locale, said):
    manager = SimpleNamespace(swap=lambda *given: SwapReport("hymt-mini", "fp16", False, 0.0))
    services = SimpleNamespace(manager=manager, visits=Visits(), permissions=Permissions())
    (first, busy), *_ = collected(model_panel.swap(services, "me", None, name, "fp16", locale))
    services.visits.close()
    assert said in first and busy


def test_shorter_chunks_are_told(machine):
    assert "Chunks will be 128 tokens long instead of 256." in described(machine(79), "Hunyuan-MT-7B", "nf4", 6.35)


def test_a_spread_variant_says_so_before_it_is_loaded(machine):
    assert "spread over 2 GPUs, slower" in described(machine(12, 12), "Hunyuan-MT-7B", "fp16")
    assert "partly in RAM, slower" in described(machine(8), "Hunyuan-MT-7B", "fp16")
    assert "分布在 2 张显卡上" in described(machine(12, 12), "Hunyuan-MT-7B", "fp16", locale="zh")


def test_the_control_shows_the_limit_in_force(machine):
    services = machine(79)
    assert model_panel.shown_limit(services) == 0
    assert [model_panel.wanted_limit(services, shown) for shown in (None, 8, 0)] == [None, 8, None]
    services.manager.device = limited(GPU, 7.123)
    assert model_panel.shown_limit(services) == 7.12
    assert [model_panel.wanted_limit(services, shown) for shown in (7.12, 8, None)] == [None, 8, 0]


def test_without_a_gpu_nothing_is_asked(machine):
    services = machine(1, device=CPU)
    assert model_panel.wanted_limit(services, 8) is None and model_panel.wanted_limit(services, None) is None


def test_a_swap_hands_the_limit_on():
    asked = []
    report = SwapReport("hymt-mini", "fp16", True, 1.0, None, 1, 1, 8 * GIB)
    manager = SimpleNamespace(swap=lambda *given: asked.append(given) or report)
    services = SimpleNamespace(manager=manager, visits=Visits(), permissions=Permissions())
    *_, (last, busy) = collected(model_panel.swap(services, "me", None, "hymt-mini", "fp16", "en", 8))
    services.visits.close()
    assert asked[0][:2] == ("hymt-mini", "fp16") and asked[0][3] == 8
    assert "The GPU memory limit is 8.00 GiB." in last and not busy


def test_a_report_says_where_the_weights_lie():
    report = SwapReport("Hunyuan-MT-7B", "fp16", True, 1.0, None, 14 * GIB, GIB)
    assert "limit" not in model_panel.outcome("en", report) and "RAM" not in model_panel.outcome("en", report)
    over = replace(report, spread=Spread((GIB, GIB)))
    assert model_panel.outcome("en", over).endswith("over 2 GPUs, slower than one that could hold it.")
    assert "传到显卡" in model_panel.outcome("zh", replace(report, spread=Spread((GIB,), 4 * GIB, 2 * GIB)))


def test_the_control_is_for_machines_with_a_gpu(services):
    from hymt.ui.demo import build_demo
    from hymt.ui.live import Live

    blocks = build_demo(services, Live(services)).blocks.values()
    [control] = [block for block in blocks if getattr(block, "elem_id", "") == "gpu-memory"]
    assert isinstance(control, gr.Number) and control.visible == (services.manager.device.kind == "cuda")


def test_a_stored_precision_is_shown_and_others_are_refused(machine, tmp_path):
    config = json.loads((MINI / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    (tmp_path / "config.json").write_text(json.dumps(config))
    name, services = str(tmp_path), machine(24)
    assert model_panel.precision_for(services, name, "fp16") == "int8"
    assert model_panel.precision_for(services, "hymt-mini", "nf4") == "nf4"
    assert model_panel.precision_for(services, "nonesuch", "nf4") == "nf4"
    assert "stored in INT8" in model_panel.describe("en", services, name, "fp16")
    assert "以 INT8 存储" in model_panel.describe("zh", services, name, "nf4")
    assert "stored in" not in model_panel.describe("en", services, name, "int8")
