"""One error for all refusals: its sentence in both languages, whole and with every value."""

from __future__ import annotations

import copy
import pickle
from string import Formatter

import pytest

from hymt.errors import LOCALES, Listing, UserError, of_commands, of_models, of_serving, of_texts
from hymt.errors.sentences import SENTENCES

TABLES = (of_texts, of_models, of_serving, of_commands)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_says_the_same_values_in_every_language(key):
    said = SENTENCES[key]
    assert len(said) == len(LOCALES) and all(sentence.strip() for sentence in said)
    assert len({frozenset(fields(sentence)) for sentence in said}) == 1
    english, chinese = said
    assert english.isascii() or not any("\u4e00" <= character <= "\u9fff" for character in english)
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)


def test_no_key_stands_twice():
    assert len(SENTENCES) == sum(len(table.SENTENCES) for table in TABLES)


def test_an_error_is_said_with_its_values(monkeypatch):
    monkeypatch.setitem(SENTENCES, "trial", ("No {what} for {who}.", "{who}没有{what}。"))
    error = UserError("trial", what=Listing(["tea", "milk"]), who=UserError("unexpected"))
    assert str(error) == f"No tea, milk for {UserError('unexpected')}."
    assert error.say("zh") == f"{UserError('unexpected').say('zh')}没有tea、milk。"
    assert error.as_dict("zh") == {"error": {"code": "trial", "message": error.say("zh")}}


def test_an_error_survives_a_copy_and_another_process(monkeypatch):
    class Refused(UserError): ...

    monkeypatch.setitem(globals(), "Refused", Refused)
    Refused.__qualname__ = "Refused"
    monkeypatch.setitem(SENTENCES, "trial", ("No {what}.", "没有{what}。"))
    error = Refused("trial", what="tea")
    for made in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(made) is Refused and str(made) == "No tea."


def test_an_error_without_a_sentence_cannot_be_made():
    with pytest.raises(KeyError, match="nonesuch"):
        UserError("nonesuch")
