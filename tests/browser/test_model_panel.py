"""Swapping and tuning the model, and the memory in plain sight, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import USUAL
from tests.browser.driver import Driver
from tests.conftest import MINI, PRECISION
from tests.models.hub import FakeHub, mini, running
from tests.texts import varied
from tests.ui.serving import busy, served
from tests.waiting import eventually

pytestmark = pytest.mark.browser

COFFEE = "我想要一杯咖啡。"


def load(app, precision: str) -> None:
    app.choose("precision", precision)
    app.at("load").click()
    expect(app.at("swap-status")).to_contain_text(f"hymt-mini in {precision} is ready")
    expect(app.at("load")).to_be_enabled()


def test_precision_is_swapped_and_swapped_back(app, as_served):
    load(app, "INT8")
    expect(app.at("hymt-loaded")).to_have_text("hymt-mini INT8")
    assert "coffee" in app.translate(COFFEE)
    expect(app.at("figures")).to_contain_text("hymt-mini INT8")
    load(app, "FP16")
    expect(app.at("hymt-loaded")).to_have_text("hymt-mini FP16")


def test_a_swap_under_way_loses_nothing(app, as_served, services, english):
    app.choose("target", "French")
    app.begin("\n".join(english))
    assert eventually(lambda: busy(services))
    load(app, "INT8")
    assert app.finish().count("\n") == 63
    expect(app.at("figures")).to_contain_text("INT8")


def test_another_users_swap_is_seen(app, as_served, services):
    services.manager.swap("hymt-mini", "int8")
    expect(app.at("hymt-loaded")).to_have_text("hymt-mini INT8")
    expect(app.page.locator("#precision input")).to_have_value("INT8")


@pytest.fixture
def many_languages(tmp_path) -> str:
    """A folder with the embedded model, which claims to know more languages there."""
    folder = tmp_path / "polyglot"
    shutil.copytree(MINI, folder)
    told = json.loads((folder / "hymt.json").read_text())
    told["languages"] += ["ar", "th"]
    (folder / "hymt.json").write_text(json.dumps(told))
    return str(folder)


def test_other_windows_follow_a_model_with_fewer_languages(visit, as_served, services, many_languages):
    services.manager.swap(many_languages, PRECISION)
    with visit() as first, visit() as second:
        for window, place, language in ((first, "target", "Arabic"), (second, "source", "Thai")):
            expect(window.chosen("model")).to_have_value(many_languages)
            window.choose(place, language)
        services.manager.swap("hymt-mini", "int8")
        for window in (first, second):
            expect(window.chosen("model")).to_have_value("hymt-mini")
            expect(window.chosen("source")).to_have_value(re.compile("Detect"))
            expect(window.chosen("target")).to_have_value(re.compile("English"))
            assert "coffee" in window.translate(COFFEE)
            expect(window.page.locator(".toast-body")).to_have_count(0)


def test_a_model_that_does_not_exist_is_refused_with_advice(app, as_served):
    app.page.locator("#model input").fill("hymt-mimi")
    app.page.keyboard.press("Enter")
    expect(app.at("about")).to_contain_text("There is no model")
    app.at("load").click()
    expect(app.at("swap-status")).to_contain_text("Did you mean hymt-mini?")
    expect(app.chosen("model")).to_have_value("hymt-mini")  # what is loaded
    expect(app.at("about")).to_contain_text("Licence: Apache-2.0")
    assert "coffee" in app.translate(COFFEE)


def test_a_large_model_tells_its_licence_and_regions(app):
    app.choose("model", "Hunyuan-MT-7B")
    about = app.at("about")
    expect(about).to_contain_text("Licence: Tencent Hunyuan Community.")
    expect(about).to_contain_text("the European Union, the United Kingdom, South Korea")
    expect(about).to_contain_text("38 languages.")


def test_the_demonstration_model_says_what_it_is(shared):
    expect(shared.page.get_by_text("a small demonstration model")).to_be_visible()


def test_the_recommendation_tells_its_reason(shared):
    expect(shared.at("recommendation")).to_contain_text(re.compile(r"Recommended for this machine: hymt-mini"))


def test_free_memory_is_told_as_it_is_now(visit, services, monkeypatch):
    monkeypatch.setattr(services.manager, "free", lambda device=None: 123 * 2**30)
    for locale, said in (("en-US", "123.00 GiB are free"), ("zh-CN", "空闲 123.00 GiB")):
        with visit(locale=locale) as app:
            expect(app.at("about")).to_contain_text(said)
            expect(app.at("about")).to_be_visible()
            expect(app.at("memory").locator("polyline")).to_be_visible()


def test_the_recommendation_is_applied_with_one_button(app, as_served, services):
    services.manager.swap("hymt-mini", "fp32" if services.manager.recommendation().precision != "fp32" else PRECISION)
    app.at("apply").click()
    expect(app.at("swap-status")).to_contain_text("is ready")
    expect(app.at("apply")).to_be_hidden()


def test_beams_are_chosen(shared, tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Good morning.\n", "utf-8")
    shared.choose("target", "French")
    shared.upload(path)
    expect(shared.at("plan")).to_contain_text("4 beams")
    shared.page.locator("#beams input[type=range]").press("End")
    expect(shared.at("plan")).to_contain_text("8 beams")
    shared.page.locator("#beams input[type=number]").fill("1")
    shared.page.locator("#beams input[type=number]").press("Tab")
    expect(shared.at("plan")).to_contain_text("greedy")


def test_sampling_under_advanced(shared):
    expect(shared.page.get_by_label("Top-p").first).to_be_hidden()
    shared.page.get_by_role("button", name="Advanced").click()
    expect(shared.page.get_by_label("Top-p").first).to_be_visible()
    shared.page.get_by_label("Sample instead of searching").check()
    expect(shared.page.locator("#beams input[type=range]")).to_be_disabled()
    shared.open_texts()
    assert shared.translate(COFFEE).strip()


def test_memory_moves_while_a_text_runs(app, services, english):
    before = app.at("memory").locator("polyline").get_attribute("points")
    app.choose("target", "French")
    app.begin("\n".join(varied(english, 3)))
    expect(app.at("memory")).to_contain_text(re.compile(r"busy\s*[1-9]\d* / \d+"))
    expect(app.at("memory").locator("polyline")).not_to_have_attribute("points", before)
    app.at("stop").click()
    app.finish()
    expect(app.at("memory")).to_contain_text(re.compile(r"busy\s*0 / \d+"))


def test_memory_without_a_gpu_shows_ram(shared, services):
    if services.manager.device.kind == "cuda":
        pytest.skip("this machine has a GPU")
    expect(shared.at("memory")).to_contain_text("No GPU on this machine")
    expect(shared.at("memory")).to_contain_text(re.compile(r"This process\s*[\d.]+ [MG]iB"))


def test_memory_shows_what_happened(app, as_served):
    load(app, "INT8")
    app.choose("target", "English")
    app.translate(COFFEE)
    marks = app.at("memory").locator(".marks")
    expect(marks).to_contain_text(re.compile(r"jobs? ·.* 1 chunk"))
    expect(marks).to_contain_text("swapped to hymt-mini INT8")
    expect(app.at("memory").locator("svg path.swap").first).to_be_attached()
    expect(app.at("memory").locator("svg path.job").first).to_be_attached()


def test_the_figures_are_explained_by_mouse_and_keyboard(app):
    tip, button = app.page.get_by_role("tooltip"), app.at("memory-heading").get_by_role("button")
    button.hover()
    expect(tip).to_contain_text("the RAM that hymt itself takes")
    app.page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    button.focus()
    expect(tip).to_be_visible()
    drawn = app.at("memory").inner_html()
    app.page.wait_for_function("(drawn) => document.querySelector('#memory').innerHTML !== drawn", arg=drawn)
    expect(tip).to_be_visible()  # the panel was drawn anew beside it
    app.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_loading_is_stopped(app, as_served, services, tmp_path, monkeypatch):
    with running(FakeHub({"someone/mini": mini()}, stuck={"model.safetensors"})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        expect(app.at("stop-loading")).to_be_disabled()
        app.page.locator("#model input").fill("someone/mini")
        app.page.keyboard.press("Enter")
        at = app.at("load").bounding_box()
        expect(app.at("about")).to_contain_text("Its size is known once its files are here.")
        assert app.at("load").bounding_box() == at, "what is said of a model moves the button away"
        app.at("load").click()
        expect(app.at("swap-status")).to_contain_text("downloading", timeout=60_000)
        app.at("stop-loading").click()
        expect(app.at("swap-status")).to_contain_text("Loading was cancelled", timeout=60_000)
        expect(app.at("load")).to_be_enabled()
    assert services.manager.loaded.variant.named == ("hymt-mini", PRECISION)


def test_a_page_that_may_not_swap_says_why_in_both_languages(browser, services, as_served):
    fixed = replace(services, permissions=replace(services.permissions, control="nobody"))
    with served(fixed) as url:
        context = browser.new_context(**USUAL)
        driver = Driver(context.new_page(), url)
        expect(driver.at("load")).to_be_disabled()
        expect(driver.at("model-refusal")).to_contain_text("The model of this server is fixed")
        driver.page.get_by_text("中文", exact=True).click()
        expect(driver.at("model-refusal")).to_contain_text("此服务器的模型是固定的")
        driver.page.get_by_role("tab", name="比较").click()
        expect(driver.at("compare")).to_be_disabled()
        expect(driver.at("compare-notice")).to_contain_text("此服务器的模型是固定的")
        context.close()
        assert driver.complaints == []
