"""The page for who hears it, sees it poorly or has no mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.texts import varied

pytestmark = pytest.mark.browser

COFFEE = "我想要一杯咖啡。"
# The contrast of an element's text with what is behind it (WCAG 2.2, 1.4.3)
CONTRAST = r"""
(element) => {
  const colour = (value) => value.match(/[\d.]+/g).map(Number);
  let behind = element;
  while ((colour(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
  const luminance = (value) => colour(value).slice(0, 3)
    .map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const [dark, light] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
    .map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
"""
READ = [
    ".hymt-title p",
    "#interface label.selected span",
    "#source [data-testid=block-info]",
    "#text-tab-button",
    "#translate",
    "#target-text .name",
    "#strip .room",
    "#memory .cell .name",
    "footer button",
]
# A line that changes in two hundred frames, then stands still; how often it is announced meanwhile.
FLOOD = """
async () => {
  let told = 0;
  const announcer = document.querySelector("#announcer"), line = document.querySelector("#figures .hymt-line");
  new MutationObserver(() => told++).observe(announcer, { childList: true });
  for (let i = 1; i <= 200; i++) {
    line.textContent = `${i} of 200`;
    await new Promise(requestAnimationFrame);
  }
  while (announcer.textContent !== "200 of 200") await new Promise(requestAnimationFrame);
  return told;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_small_print_can_be_read(visit, scheme):
    with visit(color_scheme=scheme) as app:
        contrasts = {part: app.page.locator(part).first.evaluate(CONTRAST) for part in READ}
        assert {part: found for part, found in contrasts.items() if found < 4.5} == {}


def test_headings_leave_out_no_level(shared):
    levels = shared.page.eval_on_selector_all("h1, h2, h3, h4", "(all) => all.map(({ tagName }) => +tagName[1])")
    assert levels == [1, 2, 2]


def test_the_language_of_the_page_is_the_interfaces(visit):
    with visit(locale="zh-CN") as app:
        expect(app.page.locator("html")).to_have_attribute("lang", "zh-CN")
        app.speak("English")
        expect(app.page.locator("html")).to_have_attribute("lang", "en")


def test_the_arrow_has_a_name_in_both_languages(app):
    arrow = app.at("swap-languages")
    expect(arrow).to_have_accessible_name("Swap languages and texts")
    app.speak("中文")
    expect(arrow).to_have_accessible_name("交换语言和文本")


def test_the_file_button_is_called_what_it_shows(app):
    app.open_documents()
    expect(app.at("file").locator("button")).to_have_accessible_name(re.compile("Drop File Here"))


def test_progress_has_a_name(app, english):
    app.choose("target", "French")
    app.begin("\n".join(varied(english, 4)))
    expect(app.page.get_by_role("progressbar", name=re.compile("lines"))).to_be_attached()
    app.at("stop").click()
    app.finish()


def test_what_became_of_a_text_is_announced(app):
    said = app.page.get_by_role("status").and_(app.at("announcer"))
    app.press("translate")
    expect(said).to_have_text(re.compile("There is nothing to translate"))
    app.translate("Good morning.")
    expect(said).to_have_text(re.compile("tokens/s.*hymt-mini"))


def test_what_moves_is_not_announced_at_each_step(app):
    assert app.page.evaluate(FLOOD) <= 10


def test_the_whole_way_by_keyboard(app):
    keyboard, has_focus = app.page.keyboard, "(id) => document.activeElement.closest(`#${id}`)"

    def walk_to(elem_id: str) -> None:
        for _ in range(40):
            if app.page.evaluate(has_focus, elem_id):
                return
            keyboard.press("Tab")
        pytest.fail(f"Tab does not reach #{elem_id}")

    app.page.locator("#interface input:checked").focus()
    walk_to("target")
    keyboard.type("fran")
    expect(app.page.get_by_role("option")).to_have_text([re.compile("Français")])
    keyboard.press("Enter")
    expect(app.chosen("target")).to_have_value(re.compile("Français"))
    walk_to("source-text")
    keyboard.type("Good morning.")
    walk_to("translate")
    keyboard.press("Enter")
    expect(app.translation).to_have_text(re.compile("Bonjour"))
    app.finish()
    walk_to("target-text")
    assert app.page.evaluate("document.activeElement.textContent") == "Copy"
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(app.page.get_by_role("region", name="Translation")).to_be_focused()
    walk_to("strip")


def test_keys_are_explained(app):
    button = app.page.get_by_role("button", name="Keys and mouse")
    button.focus()
    expect(app.page.get_by_role("tooltip")).to_contain_text("Ctrl+Enter (⌘+Enter) – translates")
    app.page.keyboard.press("Escape")
    expect(app.page.get_by_role("tooltip")).to_be_hidden()
    app.speak("中文")
    app.page.get_by_role("button", name="按键与鼠标").hover()
    expect(app.page.get_by_role("tooltip")).to_contain_text("翻译文本框中的内容")
