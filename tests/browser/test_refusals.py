"""What the Chinese page says when it is refused something, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def chinese(visit):
    with visit(locale="zh-CN") as app:
        expect(app.at("clear")).to_have_text("清空")
        yield app


def test_a_pdf(chinese, tmp_path):
    path = tmp_path / "letter.txt"
    path.write_bytes(b"%PDF-1.7\n")
    chinese.upload(path)
    expect(chinese.at("plan")).to_contain_text("“letter.txt”其实是 PDF 文档")


def test_an_unknown_model(chinese, as_served):
    chinese.page.locator("#model input").fill("hymt-mimi")
    chinese.page.keyboard.press("Tab")
    expect(chinese.at("about")).to_contain_text("没有名为“hymt-mimi”的模型或文件夹。您是指hymt-mini吗？")
    chinese.press("load")
    expect(chinese.at("swap-status")).to_contain_text("没有名为“hymt-mimi”的模型或文件夹。")


def test_the_same_language_as_is_wanted(chinese):
    chinese.open_texts()
    chinese.languages("English", "English")
    chinese.translate("I do not know where he went this morning.")
    expect(chinese.at("figures")).to_contain_text("源语言和目标语言都是英语：请选择两种语言。")
