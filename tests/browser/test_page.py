"""The page as a whole: its two languages, light and dark, phones, and what it asks of the network."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.texts import varied

pytestmark = pytest.mark.browser

FITS = """
document.documentElement.scrollWidth <= innerWidth &&
  document.querySelector(".gradio-container").scrollWidth <= innerWidth
"""
LUMINANCE = """
(selector) => {
  const colour = getComputedStyle(document.querySelector(selector)).backgroundColor;
  const [red, green, blue] = colour.match(/[\\d.]+/g).map(Number);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
"""


def test_the_interface_switches_to_chinese(app):
    app.speak("中文")
    expect(app.at("translate")).to_have_text("翻译")
    expect(app.at("source")).to_contain_text("源语言")
    expect(app.page.get_by_role("tab", name="文档")).to_be_visible()
    expect(app.page.get_by_text("这是 hymt-mini，一个小型演示模型")).to_be_visible()
    expect(app.at("recommendation")).to_contain_text("本机推荐")
    expect(app.at("memory")).to_contain_text("系统内存")
    app.press("translate")
    expect(app.at("figures")).to_contain_text("没有可翻译的内容")
    app.finish()


def test_examples_are_named_in_the_interfaces_language(shared):
    examples = shared.at("examples")
    for interface, named, pair in (("中文", "示例", "法语 → 中文"), ("English", "Examples", "French → Chinese")):
        shared.speak(interface)
        expect(examples).to_contain_text(named)
        expect(examples).to_contain_text(pair)
    examples.get_by_text("French → Chinese").click()
    expect(shared.text).to_have_value("Je suis très heureux de vous rencontrer.")


def test_what_is_told_of_work_under_way_follows_the_interface(app, english):
    app.choose("target", "French")
    app.begin("\n".join(varied(english, 20)))
    expect(app.at("figures")).to_contain_text(re.compile("[1-9]\\d* of"))
    app.speak("中文")
    expect(app.at("figures")).to_contain_text(re.compile("行中的 [1-9]\\d* 行"))
    app.at("stop").click()
    app.finish()
    expect(app.at("figures")).to_contain_text("词元/秒")


def test_switching_the_interface_keeps_the_texts(app):
    app.choose("target", "French")
    translation = app.translate("Good morning.")
    app.speak("中文")
    expect(app.at("translate")).to_have_text("翻译")
    expect(app.text).to_have_value("Good morning.")
    expect(app.translation).to_have_text(translation)
    expect(app.chosen("target")).to_have_value("Français · French · 法语 · fr")


def test_a_chinese_browser_starts_in_chinese_and_may_switch(visit):
    with visit(locale="zh-CN") as app:
        expect(app.at("clear")).to_have_text("清空")
        app.translate("我想要一杯咖啡。")
        expect(app.at("figures")).to_contain_text("词元/秒")
        expect(app.at("figures")).to_contain_text("检测到：中文。")
        app.speak("English")
        expect(app.at("translate")).to_have_text("Translate")
        expect(app.at("about")).to_contain_text("10 languages.")


def test_light_is_light(shared):
    assert shared.page.evaluate(LUMINANCE, "body") > 0.9


def test_dark_is_dark(visit):
    with visit(color_scheme="dark") as app:
        shades = [app.page.evaluate(LUMINANCE, part) for part in ("body", "#source-text textarea", "#memory .cell")]
    assert max(shades) < 0.3


def test_a_phone_translates_without_scrolling_sideways(visit):
    with visit(**PHONE) as app:
        app.text.fill("请问火车站在哪里？")
        app.press("translate")
        assert "station" in app.finish()
        box = app.at("translate").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert app.page.evaluate(FITS)
        app.open_documents()
        expect(app.at("translate-document")).to_be_visible()
        assert app.page.evaluate(FITS)


def test_fonts_are_the_systems(shared):
    assert shared.page.evaluate("[...document.fonts].filter((font) => font.status === 'loaded').length") == 0


def test_the_page_complains_of_nothing_and_asks_no_other_host(shared):
    shared.open_documents()
    expect(shared.at("plan")).to_be_visible()
    assert shared.complaints == []


def test_the_figures_are_explained_on_a_phone(visit):
    with visit(**PHONE, locale="zh-CN") as app:
        expect(app.at("memory-heading")).to_contain_text("内存")
        tip = app.page.get_by_role("tooltip")
        expect(tip).to_be_hidden()
        app.at("memory-heading").get_by_role("button").tap()
        expect(tip).to_contain_text("hymt 自身占用的内存")
        assert app.page.evaluate(FITS)
        app.at("memory").locator("svg").tap()
        expect(tip).to_be_hidden()
