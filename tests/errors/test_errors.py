"""One error for all refusals: its sentence in both languages, whole and with every value."""

from __future__ import annotations

import copy
import pickle
from string import Formatter

import pytest

from hymt.errors import (
    LOCALES,
    Listing,
    Sentence,
    UserError,
    as_user_error,
    is_out_of_memory,
    of_commands,
    of_models,
    of_serving,
    of_texts,
    preferred_locale,
    system_reason,
)
from hymt.errors.sentences import SENTENCES

TABLES = (of_texts, of_models, of_serving, of_commands)


def words(sentence: str) -> str:
    """What a sentence says besides its values."""
    return "".join(c for literal, *_ in Formatter().parse(sentence) for c in literal if c.isalpha())


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_says_the_same_values_in_every_language(key):
    said = SENTENCES[key]
    assert len(said) == len(LOCALES) and all(sentence.strip() for sentence in said)
    assert len({frozenset(fields(sentence)) for sentence in said}) == 1
    english, chinese = said
    assert english.isascii() or not any("\u4e00" <= character <= "\u9fff" for character in english)
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese) or not words(english)


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
    for copied in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(copied) is Refused and str(copied) == "No tea."


def test_an_error_without_a_sentence_cannot_be_made():
    with pytest.raises(KeyError, match="nonesuch"):
        UserError("nonesuch")


def test_a_sentence_compares_by_its_values():
    reason = Sentence("plan_chunks", {"count": 96, "usual": 256})
    assert reason == Sentence("plan_chunks", {"count": 96, "usual": 256}) != reason.but(count=128)
    assert "128" in reason.but(count=128).say("zh")


def test_a_choice_is_listed_with_an_or():
    choice = Listing(["tea", "milk"], choice=True)
    assert (choice.say("en"), choice.say("zh")) == ("tea or milk", "tea或milk")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        OSError(12, "Cannot allocate memory"),
    ],
)
def test_out_of_memory_is_told_whoever_says_it(error):
    assert is_out_of_memory(error) and as_user_error(error, "files_damaged").key == "out_of_memory"


def test_an_error_of_others_is_told_without_its_words():
    assert as_user_error(ValueError("/home/somebody")).key == "unexpected"
    assert as_user_error(ValueError("/home/somebody"), "files_damaged").key == "files_damaged"
    own = UserError("empty")
    assert as_user_error(own) is own


def test_the_systems_reasons_are_said_without_a_path():
    missing = FileNotFoundError(2, "No such file or directory", "/home/somebody")
    assert (system_reason(missing).say(), system_reason(missing).say("zh")) == (
        "No such file or directory",
        "文件或文件夹不存在",
    )
    assert system_reason(OSError(5, "Input/output error")).say("zh") == "系统报告：Input/output error"


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LC_ALL": "zh_CN", "HYMT_LANG": "en"}, "en"),
        ({"HYMT_LANG": "zh"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh"}, "zh"),
    ],
)
def test_the_environment_chooses_the_language(environment, locale):
    assert preferred_locale(environment) == locale
