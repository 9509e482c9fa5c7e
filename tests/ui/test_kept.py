"""What the page keeps of visitors' documents: answers where the host allows it, of typed texts nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hymt.service.permissions import Permissions
from hymt.service.services import Services
from hymt.translation.journal import NAME, Journal
from hymt.ui import document_plan
from tests.ui.serving import served
from tests.ui.test_door import CONTROLS, Visitor

LETTER = "The shop is closed.\nThe door is open.\n"


@pytest.fixture
def keeping(services, tmp_path):
    journal = Journal(tmp_path / NAME)
    yield replace(services, journal=journal)
    journal.close()


def press_translate(visitor: Visitor, text: str) -> str:
    """Upload a document and translate it on the page; all that the page is told."""
    visitor.press("translate-document", "", [visitor.upload(text)], "en", "fr", "en", *CONTROLS)
    with visitor.page() as said:
        return "".join(said)


def test_a_document_that_is_uploaded_again_is_not_computed_again(keeping):
    with served(keeping) as url:
        assert "Answers that were there already" not in press_translate(Visitor(url), LETTER)
        assert keeping.journal.contents().answers == 2
        assert "Answers that were there already: 2." in press_translate(Visitor(url), LETTER)
        visitor = Visitor(url)
        visitor.answer("translate_file", visitor.upload("Good night."), "en", "fr")
        assert keeping.journal.contents().answers == 3


def test_of_typed_texts_nothing_is_kept(keeping):
    with served(keeping) as url:
        kind, said = Visitor(url).answer("translate", "My secret is safe.", "en", "fr", 1)
    assert kind == "complete" and said and keeping.journal.contents().answers == 0


@pytest.mark.parametrize("allowed", [False, True])
def test_the_host_decides_whether_there_is_a_journal(tmp_path, monkeypatch, allowed):
    monkeypatch.setenv("HYMT_CACHE", str(tmp_path / "kept"))
    started = Services.start("hymt-mini", "bf16", permissions=Permissions(cache=allowed))
    try:
        assert (started.journal and started.journal.path) == (tmp_path / "kept" / NAME if allowed else None)
    finally:
        started.close()


def test_a_document_is_told_that_it_is_kept(services, keeping, tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text(LETTER, encoding="utf-8")
    kept, not_kept = (
        document_plan.preview(one, [str(path)], "en", ["fr"], "en", *CONTROLS) for one in (keeping, services)
    )
    assert "is kept on this machine" in kept and "is kept on this machine" not in not_kept
