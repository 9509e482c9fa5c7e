from contextlib import contextmanager

import httpx
import pytest

from tests.ui.serving import served


@pytest.fixture(scope="session")
def serve(services):
    """Serves the page, with limits or a password, and gives a client of plain HTTP."""

    @contextmanager
    def serving(**given):
        with served(services, **given) as url, httpx.Client(base_url=url, timeout=120) as client:
            yield client

    return serving


@pytest.fixture(scope="module")
def http(serve):
    """The page as `hymt serve` limits it."""
    with serve() as client:
        yield client


def code(response: httpx.Response) -> str:
    """The key of a refusal."""
    return response.json()["error"]["code"]


def form(content: bytes, name: str = "letter.txt", count: int = 1) -> list:
    return [("files", (name, content))] * count
