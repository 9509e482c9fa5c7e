"""What open pages ask for each second."""

from __future__ import annotations

import httpx
import pytest

from hymt.ui import memory_panel
from hymt.ui.live import PATH, Live
from tests.conftest import PRECISION
from tests.ui.serving import served


@pytest.mark.parametrize(("locale", "said"), [("en", "This process"), ("zh", "本进程"), ("tlh", "This process")])
def test_the_panel_in_each_language(url, locale, said):
    answer = httpx.get(f"{url}{PATH[1:]}", params={"locale": locale})
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert said in answer.json()["panel"]


@pytest.mark.parametrize(("locale", "said"), [("en", "System RAM <b>"), ("zh", "系统内存 <b>")])
def test_the_strip_in_each_language(url, locale, said):
    assert said in httpx.get(f"{url}{PATH[1:]}", params={"locale": locale}).json()["strip"]


def test_the_variant_that_controls_follow(url, services, as_served):
    chunk_tokens = services.manager.current().model.chunk_tokens
    assert httpx.get(f"{url}{PATH[1:]}").json()["variant"] == ["hymt-mini", PRECISION, None, chunk_tokens]
    services.manager.swap("hymt-mini", "int8")
    assert Live(services).variant() == ("hymt-mini", "int8", None, chunk_tokens)


def test_all_who_ask_at_once_see_one_drawing(services, monkeypatch):
    drawn = []
    monkeypatch.setattr(memory_panel, "render", lambda locale, services: drawn.append(locale) or locale)
    monkeypatch.setattr("hymt.ui.live.FRESH_SECONDS", 3600)
    live = Live(services)
    assert {live.show(locale)["panel"] for locale in ["en", "zh"] * 50} == {"en", "zh"}
    assert sorted(drawn) == ["en", "zh"]
    monkeypatch.setattr("hymt.ui.live.FRESH_SECONDS", -1)
    live.show("en")
    assert drawn.count("en") == 2


def test_it_is_closed_to_who_has_not_signed_in(services):
    with served(services, auth=("ada", "secret")) as address:
        assert httpx.get(f"{address}{PATH[1:]}").status_code == 401
