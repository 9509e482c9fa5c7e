"""The head that tells which word became which, found by what is only copied."""

from __future__ import annotations

import json

import pytest

from hymt.commands import align
from hymt.errors import UserError
from hymt.models.catalogue import CATALOGUE
from hymt.translation import heads


@pytest.fixture
def few_texts(monkeypatch):
    """A few of the texts into one language: enough to tell, and a fifth of the time."""
    monkeypatch.setattr(heads, "TEXTS", heads.TEXTS[:5])
    monkeypatch.setattr(heads, "TARGETS", ("de",))


def test_the_head_in_the_catalogue_is_the_one_that_is_found(translator, few_texts):
    told: list[float] = []
    found = heads.find_heads(translator, told.append)
    shape = translator.manager.current().model.shape
    assert len(found) == shape.layers * shape.heads and told == sorted(told)
    best = found[0]
    assert (best.layer, best.head) == CATALOGUE["hymt-mini"].alignment_head
    assert best.right >= 0.9 * best.words and found[len(found) // 2].right < 0.5 * best.words


def test_texts_of_which_nothing_is_copied_tell_nothing(translator, few_texts, monkeypatch):
    monkeypatch.setattr(heads, "TEXTS", ["The weather is fine today."] * 3)
    with pytest.raises(UserError, match="too few"):
        heads.find_heads(translator)


def test_the_command_prints_all_heads_as_json_or_what_to_write_down(translator, few_texts, monkeypatch, capsys):
    monkeypatch.setattr("hymt.translation.translator.Translator", lambda *given: translator)
    monkeypatch.setattr(translator, "close", lambda: None)
    assert align.main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0].keys() == {"layer", "head", "right", "words"}
    assert align.main([]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == '"alignment_head": [4, 0]'
