"""What the page says on each of its tabs when it is refused something, in both languages of the interface."""

from __future__ import annotations

import pytest

from hymt.errors import UserError
from hymt.models.manager import SwapFailed
from hymt.ui import compare_tab, document_plan, document_tab, model_panel, text_tab
from tests.waiting import collected

CONTROLS = (1, False, 0.7, 20, 0.6, 1.0, 0, 64)  # beams, sample, temperature, top k, top p, penalty, seed, chunk length
CASES = {
    "an unknown language": ("klingon", CONTROLS, "“klingon” is not one of the 38", "“klingon”不在 38 种语言之列"),
    "a language it lacks": ("th", CONTROLS, "does not know Thai. It knows Chinese", "不支持泰语，只支持中文、英语"),
    "chunks too short": ("fr", (*CONTROLS[:-1], -1), "choose a longer chunk length", "请选择更长的分块长度"),
    "too many beams": ("fr", (99, *CONTROLS[1:]), "beams must be a number from 1 to 8", "beams 须是 1 到 8 之间的数"),
}


@pytest.mark.parametrize(("target", "controls", "english", "chinese"), CASES.values(), ids=CASES)
def test_a_text_that_is_refused(services, target, controls, english, chinese):
    for locale, said in (("en", english), ("zh", chinese)):
        *_, (_, shown, busy) = collected(
            text_tab.run(services, "me", "Good morning.", "en", [target], "text", locale, *controls)
        )
        assert said in shown and not busy


@pytest.mark.parametrize(
    ("name", "data", "chinese"),
    [
        ("letter.txt", b"%PDF-1.7", "“letter.txt”其实是 PDF 文档，与扩展名不符。"),
        ("letter.rtf", b"{\\rtf1", "“letter.rtf”不是已知的文件类型。"),
        ("letter.pdf", b"%PDF-1.7", "“letter.pdf”不是 PDF 或已损坏。"),
        ("letter.txt", b"12", "没有可翻译的文本"),
    ],
)
def test_a_document_that_is_refused(services, tmp_path, name, data, chinese):
    path = tmp_path / name
    path.write_bytes(data)
    assert chinese in document_plan.preview(services, [str(path)], "en", ["fr"], "zh", *CONTROLS)
    *_, shown = collected(document_tab.run(services, "me", [str(path)], "en", ["fr"], "zh", *CONTROLS))
    assert chinese in shown.progress and not shown.busy and str(tmp_path) not in shown.progress


def test_a_chunk_that_leaves_no_room_is_advised_on(services, monkeypatch):
    """The engine's own refusal reaches the page, whatever is under way."""

    def refuse(request):
        raise UserError("chunk_too_long", tokens=300, limit=256)

    monkeypatch.setattr(services.manager.loaded.engine, "submit", refuse)
    for locale, said in (("en", "choose a shorter chunk length"), ("zh", "请选择更短的分块长度")):
        *_, (_, shown, _) = collected(
            text_tab.run(services, "me", "Good morning.", "en", ["fr"], "text", locale, *CONTROLS)
        )
        assert said in shown


def test_a_swap_that_fails(services, monkeypatch):
    def fail(*given):
        reason = UserError("out_of_memory")
        raise SwapFailed("load_failed", model="hymt-mini", precision="FP32", reason=reason)

    monkeypatch.setattr(services.manager, "swap", fail)
    *_, (shown, busy) = collected(model_panel.swap(services, "me", None, "hymt-mini", "fp32", "zh"))
    assert "hymt-mini（FP32）无法加载：内存不足。" in shown and not busy
    assert "没有名为“nosuch”的模型" in model_panel.describe("zh", services, "nosuch", "fp16")


def test_a_comparison_that_is_refused(services):
    *_, shown = collected(compare_tab.run(services, "me", None, "Good morning.", "", [], "en", "fr", "zh", *CONTROLS))
    assert "请至少选择一种精度。" in shown.progress and not shown.busy
