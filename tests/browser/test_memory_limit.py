"""The memory limit's control, on a stand-in for a machine with a GPU of 80 GiB."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from hymt.hardware.devices import Device
from hymt.models import loading
from hymt.models.manager import ModelManager
from hymt.service.services import Services
from hymt.translation.translator import Translator
from tests.browser.conftest import USUAL
from tests.browser.driver import Driver
from tests.hardware.stand_in import GIB, GPU, Cards
from tests.ui.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture
def machine(monkeypatch):
    """Services over one card that is not there: its weights lie in RAM."""
    real, cpu = loading.load, Device("cpu", "a processor", "for a test")
    monkeypatch.setattr(loading, "load", lambda folder, precision, _, *more: real(folder, precision, cpu, *more))
    Cards(80 * GIB).install(monkeypatch)
    manager = ModelManager(GPU)
    manager.swap("hymt-mini", "fp32")
    manager.monitor.start()
    started = Services(Translator(manager=manager))
    yield started
    started.close()


@pytest.fixture
def app(browser, machine):
    with served(machine) as url:
        context = browser.new_context(**USUAL)
        driver = Driver(context.new_page(), url)
        yield driver
        context.close()
        assert driver.complaints == []


def limit(app):
    return app.page.locator("#gpu-memory input")


def load(app) -> None:
    app.at("load").click()
    expect(app.at("load")).to_be_enabled()


def test_a_limit_is_set_shown_and_lifted(app, machine):
    expect(limit(app)).to_have_value("0")
    expect(app.at("about")).to_contain_text("80.00 GiB are free")
    limit(app).fill("1.5")
    expect(app.at("about")).to_contain_text("1.50 GiB are free")
    assert machine.manager.device.memory_limit is None  # not before a model is loaded
    load(app)
    expect(app.at("swap-status")).to_contain_text("The GPU memory limit is 1.50 GiB.")
    expect(app.at("memory")).to_contain_text("GPU memory limit")
    assert machine.manager.loaded.engine.slots < 32
    expect(app.at("recommendation")).to_contain_text("1.50 GiB of GPU memory are too little")
    limit(app).fill("")
    load(app)
    expect(app.at("swap-status")).to_contain_text("is ready")
    expect(app.at("memory")).not_to_contain_text("GPU memory limit")
    for _ in range(200):  # the status may still be the first swap's, and nothing is loaded during the second
        loaded = machine.manager.loaded
        if loaded is not None and loaded.engine.slots == 128:
            break
        app.page.wait_for_timeout(100)
    assert machine.manager.device.memory_limit is None and machine.manager.loaded.engine.slots == 128


def test_another_users_limit_is_seen(app, machine):
    machine.manager.swap("hymt-mini", "fp32", gpu_memory=2)
    expect(limit(app)).to_have_value("2")


def test_a_limit_that_cannot_be_is_refused_in_words(app, machine):
    limit(app).fill("-3")
    expect(app.at("about")).to_contain_text("number of GiB above 0")
    app.at("load").click()
    expect(app.at("swap-status")).to_contain_text("number of GiB above 0")
    assert machine.manager.loaded.engine.slots == 128
