"""What is in sight, and that nothing jumps, on a laptop, a desktop and a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

LAPTOP = {"viewport": {"width": 1366, "height": 657}}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
COFFEE = "我想要一杯咖啡。"
# How far the page's parts have moved without anybody's doing (the sum of all layout shifts; web.dev/cls)
SHIFTS = """
() => new Promise((done) => {
  new PerformanceObserver((list) => {
    const shifts = list.getEntries().filter((one) => !one.hadRecentInput);
    done(shifts.reduce((sum, one) => sum + one.value, 0));
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(done, 2000, 0);  // there are none
})
"""
IN_SIGHT = """
(selector) => {
  const { top, bottom } = document.querySelector(selector).getBoundingClientRect();
  return top >= 0 && bottom <= document.querySelector("#strip").getBoundingClientRect().top;
}
"""


def place(app, elem_id: str) -> dict:
    return app.at(elem_id).bounding_box()


# -- the memory strip ----------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_memory_strip_is_always_in_sight(visit, window):
    with visit(**window) as app:
        expect(app.at("strip")).to_contain_text(re.compile(r"System RAM|GPU memory"))
        expect(app.at("strip")).to_contain_text(re.compile(r"Weights [\d.]+ MiB\s+KV cache [\d.]+ MiB\s+Peak [\d.]+"))
        expect(app.at("strip").locator("svg")).to_be_visible()
        for _ in range(2):
            box = place(app, "strip")
            assert box["y"] + box["height"] == pytest.approx(window["viewport"]["height"], abs=1)
            assert box["width"] <= window["viewport"]["width"] and box["height"] < 60
            app.page.mouse.wheel(0, 2000)


def test_the_strip_leads_to_the_panel(visit):
    with visit(**LAPTOP) as app:
        assert not app.page.evaluate(IN_SIGHT, "#memory .hymt-chart")
        app.at("strip").focus()
        app.page.keyboard.press("Enter")
        app.page.wait_for_function(IN_SIGHT, arg="#memory .hymt-chart")
        assert app.page.evaluate("document.activeElement.textContent").startswith("Memory")


def test_the_strip_follows_a_swap_and_the_interface(app, as_served, services):
    services.manager.swap("hymt-mini", "fp32")
    expect(app.at("strip")).to_contain_text("Weights 212.6 MiB")
    app.speak("中文")
    expect(app.at("strip")).to_contain_text("权重 212.6 MiB")


# -- in sight ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [LAPTOP, DESKTOP, PHONE], ids=["laptop", "desktop", "phone"])
def test_what_begins_a_translation_is_in_sight_however_long_the_text(visit, english, window):
    with visit(**window) as app:
        app.paste("\n".join(english * 20))
        assert app.page.evaluate(IN_SIGHT, "#translate")
        app.open_documents()
        expect(app.at("translate-document")).to_be_visible()
        assert app.page.evaluate(IN_SIGHT, "#translate-document")


def test_languages_stand_in_a_row_on_a_phone(visit):
    with visit(**PHONE) as app:
        source, swap, target = (place(app, name) for name in ("source", "swap-languages", "target"))
        assert source["x"] + source["width"] <= swap["x"] and swap["x"] + swap["width"] <= target["x"]
        assert source["y"] < swap["y"] + swap["height"] / 2 < source["y"] + source["height"]
        assert swap["width"] >= 30 and target["x"] + target["width"] <= 390


def test_nothing_is_cut_from_the_letters_of_a_drop_down(shared):
    sizes = "(box) => [box.clientHeight, parseFloat(getComputedStyle(box).fontSize)]"
    height, size = shared.chosen("source").evaluate(sizes)
    assert height >= 1.4 * size


def test_button_and_box_stand_close_together(shared):
    text, button = place(shared, "source-text"), place(shared, "translate")
    assert 0 <= button["y"] - (text["y"] + text["height"]) < 20


# -- nothing jumps -------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_jumps_from_the_pages_first_moment_to_a_translation(visit, window):
    with visit(**window) as app:
        app.translate(COFFEE)
        expect(app.at("figures")).to_contain_text("tokens/s")
        assert app.page.evaluate(SHIFTS) <= 0.1


def test_boxes_do_not_grow_with_their_texts(app, english):
    app.choose("target", "French")
    before = place(app, "translate"), place(app, "examples")
    app.translate("\n".join(english[:40]))
    expect(app.at("figures")).to_contain_text("tokens/s")
    assert (place(app, "translate"), place(app, "examples")) == before


def test_without_the_pages_script_it_is_shown_nevertheless(browser, url):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("Object.defineProperty(window, 'hymt', { value: {} })")  # as if it had run
    page.goto(url)
    expect(page.locator("#translate")).to_be_visible()
    expect(page.locator("html")).not_to_have_class(re.compile("hymt-ready"))
    context.close()
