import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.driver import Driver
from tests.ui.serving import idle, served
from tests.waiting import eventually

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]
USUAL = {
    "locale": "en-US",
    "viewport": {"width": 1280, "height": 900},
    "permissions": ["clipboard-read", "clipboard-write"],
}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="session")
def url(services):
    with served(services) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail("These tests need a Chromium: run tests/install-chromium.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def visit(browser, url, services):
    """Opens the page in a browser context of its own; afterwards it must not have complained, nor left work behind."""

    @contextmanager
    def visiting(**options):
        context = browser.new_context(**USUAL | options)
        driver = Driver(context.new_page(), url)
        yield driver
        context.close()
        assert driver.complaints == []
        assert eventually(lambda: idle(services)), "a page that is closed leaves work behind"

    return visiting


@pytest.fixture
def app(visit):
    """The page, freshly opened."""
    with visit() as driver:
        yield driver


@pytest.fixture(scope="module")
def shared(visit):
    """One page for several short tests: each chooses what it needs. Opening it takes longer than they do."""
    with visit() as driver:
        yield driver
