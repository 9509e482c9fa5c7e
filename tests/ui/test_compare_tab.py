"""The compare tab without a browser: what it refuses, what it says, what it shows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from hymt.compare.comparison import Ended
from hymt.errors import UserError
from hymt.hardware.devices import Device
from hymt.models import precision as precisions
from hymt.models.precision import PRECISIONS
from hymt.ui import compare_tab, model_panel
from tests.compare.reports import report
from tests.conftest import LABEL, PRECISION
from tests.ui.test_memory_panel import visible
from tests.waiting import collected

CONTROLS = (1, False, 0.7, 20, 0.6, 1.0, 0, 48)


def run(services, text, reference="", chosen=(PRECISION,), source="auto", target="en", locale="en"):
    return collected(compare_tab.run(services, "me", None, text, reference, chosen, source, target, locale, *CONTROLS))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": " \n"}, "nothing to translate"),
        ({"text": "早上好。", "chosen": ()}, "Choose at least one precision"),
        ({"text": "早上好。" * 5001}, "The text has 20,004 characters: a comparison takes at most 20,000."),
        ({"text": "早上好。", "reference": "One.\nTwo."}, "The reference has 2 lines with words, the text has 1"),
        ({"text": "早上好。", "target": "zh"}, "seems to be Chinese already"),
        ({"text": "早上好。", "reference": "One.\nTwo.", "locale": "zh"}, "参考译文有 2 行文字"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(services, given, said):
    before = services.manager.loaded
    last = run(services, **given)[-1]
    assert said in visible(last.progress) and not last.busy and services.manager.loaded is before


def test_a_second_comparison_is_told_to_wait(services):
    with services.comparing:
        last = run(services, "早上好。")[-1]
    assert "Another comparison is running" in last.progress and not last.busy


def test_a_comparison_ends_with_a_file(services, as_served):
    *_, last = run(services, "早上好。\n再见。", "Good morning.\nGoodbye.")
    assert f"hymt-mini {LABEL} is loaded again" in last.progress and "loaded already" in last.figures
    assert "Good morning." in Path(last.file).read_text("utf-8") and not services.comparing.locked()


def test_results_in_both_languages():
    figures, texts = compare_tab.results("en", report())
    assert "Precision Load Weights Peak memory" in visible(figures) and "Not measured: The files of" in visible(figures)
    assert "against FP32's output" in visible(figures).replace("&#x27;", "'")
    assert "<del>&lt;</del><ins>&gt;</ins>" in texts and "甲&lt;乙" in texts and "<that>" not in figures
    chinese, _ = compare_tab.results("zh", report())
    assert "精度 加载 权重 内存峰值" in visible(chinese) and "文件不完整或无法读取。" in visible(chinese)


def test_nothing_measured_shows_the_reasons_alone():
    figures, texts = compare_tab.results("en", report(rows=report().rows[2:]))
    assert "Not measured" in figures and texts == ""


def test_a_failure_keeps_what_was_measured(services):
    failure = UserError("displaced")
    shown = compare_tab._show(services, "en", Ended(report(), failure=failure))
    assert "that model stays. What was measured is kept." in shown.progress and shown.file and "FP32" in shown.figures


def test_what_cannot_run_here_is_explained(services, monkeypatch):
    monkeypatch.setattr(precisions, "_has_bitsandbytes", lambda: False)
    assert "NF4 cannot run here: NF4 needs the package bitsandbytes" in compare_tab.limits_here("en", services)
    assert compare_tab._runnable(services) == ["fp32", "fp16"]


def test_what_does_not_fit_is_explained(services, monkeypatch):
    monkeypatch.setattr(services.manager, "free", lambda device=None: 2**20)
    monkeypatch.setattr(services.manager, "free_by_gpu", lambda device=None: (2**20,))
    monkeypatch.setattr(services.manager.reader, "ram", lambda: 0)
    assert "FP32 does not fit: it needs about" in compare_tab.limits_here("en", services)


def test_where_all_can_run_nothing_is_said(services):
    manager = SimpleNamespace(device=Device("cpu", "A processor", ""), loaded=None)
    assert compare_tab.limits_here("en", SimpleNamespace(manager=manager)) == ""


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_precision_that_a_comparison_loads_can_be_described(services, locale, precision):
    assert "hymt-mini" in model_panel.describe(locale, services, "hymt-mini", precision)
