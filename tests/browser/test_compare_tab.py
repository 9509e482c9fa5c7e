"""Comparing precisions in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import FITS, PHONE
from tests.conftest import LABEL, PRECISION
from tests.texts import varied
from tests.waiting import eventually

pytestmark = pytest.mark.browser

WITHOUT_NEW = """
(cell) => {
  const copy = cell.cloneNode(true);
  copy.querySelectorAll("ins").forEach((marked) => marked.remove());
  return copy.textContent;
}
"""


def choose(app, text: str, *precisions: str) -> None:
    """Open the tab with a text and these precisions, greedy."""
    app.page.get_by_role("tab", name="Compare").click()
    app.page.locator("#compare-text textarea").fill(text)
    for label in ("FP32", "BF16", "FP16", "INT8", "NF4"):
        app.page.get_by_role("checkbox", name=label).set_checked(label in precisions)
    app.page.locator("#beams input[type=number]").fill("1")
    app.page.locator("#beams input[type=number]").press("Tab")


def test_two_precisions_side_by_side(app, as_served, services, tmp_path):
    choose(app, "早上好。\n我丢了钥匙，进不了房间。\n<b>火车</b>", "FP32", "NF4")
    expect(app.at("compare-notice")).to_contain_text("The model that everybody here uses is swapped")
    app.press("compare")
    app.ended("compare", "stop-compare")
    expect(app.at("compare-progress")).to_contain_text(f"Finished. hymt-mini {LABEL} is loaded again.")
    assert services.manager.loaded.variant.named == ("hymt-mini", PRECISION)
    figures = app.at("compare-figures").locator("tbody tr")
    expect(figures).to_have_count(2)
    expect(figures.nth(0)).to_contain_text(re.compile(r"FP32\s*[\d.]+ s\s*[\d.]+ MiB"))
    expect(figures.nth(1)).to_contain_text(re.compile(r"NF4.*%"))
    texts = app.at("compare-texts").locator("tbody tr")
    expect(texts).to_have_count(3)
    for number in range(3):
        fp32, nf4 = texts.nth(number).locator("td").nth(1), texts.nth(number).locator("td").nth(2)
        kept = nf4.evaluate(WITHOUT_NEW)
        assert kept == fp32.text_content()
        same = nf4.locator(".same").count()
        assert same + nf4.locator("ins, del").count() > 0 and (same == 0 or nf4.locator("ins, del").count() == 0)
    expect(app.page.locator("#compare-texts b")).to_have_count(0)
    saved = app.download("compare-download", tmp_path)
    assert saved.name == "comparison.zh-en.html" and "我丢了钥匙" in saved.read_text("utf-8")


def test_stop_brings_the_former_model_back(app, as_served, services, english):
    app.choose("target", "French")
    choose(app, "\n".join(varied(english, 2)), "FP32", "INT8")
    app.press("compare")
    expect(app.at("compare-progress")).to_contain_text(re.compile(r"FP32: \d+ tokens/s"))
    app.at("stop-compare").click()
    app.ended("compare", "stop-compare")
    expect(app.at("compare-progress")).to_contain_text(f"Stopped. What was measured is kept; hymt-mini {LABEL}")
    assert services.manager.loaded.variant.named == ("hymt-mini", PRECISION) and not services.comparing.locked()


def test_a_closed_page_brings_the_former_model_back(visit, as_served, services, english):
    with visit() as app:
        app.choose("target", "French")
        choose(app, "\n".join(varied(english, 2)), "FP32")
        app.press("compare")
        assert eventually(lambda: services.manager.loaded and services.manager.loaded.precision.name == "fp32")
    assert eventually(lambda: not services.comparing.locked())
    assert services.manager.loaded.variant.named == ("hymt-mini", PRECISION)


def test_a_phone_has_room_for_it(visit, as_served):
    with visit(**PHONE) as app:
        choose(app, "早上好。", LABEL)
        app.press("compare")
        app.ended("compare", "stop-compare")
        expect(app.at("compare-texts").locator("td").nth(1)).to_have_css("display", "block")
        assert app.page.evaluate(FITS)
