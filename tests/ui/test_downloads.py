"""What the page's links download, and what only the visit that it belongs to may have or change."""

from __future__ import annotations

import json

import httpx
import pytest

from hymt.errors import UserError
from hymt.service.batch import Batch
from hymt.ui import document_tab
from tests.ui.serving import served

NAME = "信 “1”.txt"


@pytest.fixture
def batch(services, tmp_path):
    path = tmp_path / NAME
    path.write_text("Good morning.\nThank you.\n")
    translated = Batch(services.translator, [str(path)], "fr", "en")
    list(translated.events())
    services.batches.keep("mine", translated)
    return translated


def test_a_link_gives_what_was_translated_and_changed(url, services, batch):
    asked = json.dumps({"file": 0, "block": 1, "text": "Mille mercis."})
    shown = document_tab.ask(services, "mine", asked, "zh")
    assert "第 2 行已修改" in shown.edited and "Mille mercis." in shown.rows
    given = httpx.get(f"{url}document", params={"visit": "mine", "kind": "translation"})
    assert given.text.endswith("\nMille mercis.\n") and given.headers["cache-control"] == "no-store"
    assert "filename*=UTF-8''%E4%BF%A1%20" in given.headers["content-disposition"]
    page = httpx.get(f"{url}document", params={"visit": "mine", "kind": "html"})
    assert "Mille mercis." in page.text and page.headers["content-type"] == "application/octet-stream"
    assert httpx.get(f"{url}document", params={"visit": "mine", "kind": "all"}).content.startswith(b"PK")


@pytest.mark.parametrize(
    "asked",
    [
        {"visit": "other"},
        {},
        {"visit": "mine", "file": "1"},
        {"visit": "mine", "file": "-1"},
        {"visit": "mine", "kind": "pdf"},
    ],
)
def test_nothing_else_is_given(url, batch, asked):
    given = httpx.get(f"{url}document", params={"kind": "translation"} | asked, headers={"accept-language": "zh"})
    assert given.status_code == 404 and "Bonjour" not in given.text and given.text.endswith("。")


def test_who_is_not_signed_in_gets_nothing(services, batch):
    with served(services, auth=("anna", "secret")) as url:
        given = httpx.get(f"{url}document", params={"visit": "mine", "kind": "translation"})
    assert given.status_code in (302, 303, 307, 401) and "Bonjour" not in given.text


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "[]",
        "null",
        '{"file": 1}',
        '{"file": -1}',
        '{"file": 0, "block": 2, "text": ""}',
        '{"file": 0, "block": -1, "text": "x"}',
    ],
)
def test_what_is_asked_wrongly_changes_nothing(services, batch, asked):
    before = list(batch.entries[0].file.job.translations)
    with pytest.raises(UserError):
        document_tab.ask(services, "mine", asked, "en")
    with pytest.raises(UserError, match="not kept"):
        document_tab.ask(services, "other", json.dumps({"file": 0, "block": 0, "text": "x"}), "en")
    assert batch.entries[0].file.job.translations == before
