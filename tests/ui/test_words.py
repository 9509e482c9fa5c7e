"""The page's words: the same in both languages, and every one that is asked for exists."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import gradio as gr
import pytest

import hymt.ui
from hymt import documents
from hymt.models.catalogue import CATALOGUE
from hymt.models.precision import PRECISIONS
from hymt.models.swapping import IN_TURN
from hymt.ui.words import WORDS, Wording, say
from hymt.ui.words.chinese import REGIONS_ZH

SOURCES = sorted(Path(hymt.ui.__file__).parent.glob("*.py"))
NOUNS = ("chunk", "line", "character", "token", "job")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def constants(node: ast.expr) -> list[str]:
    """The words that an expression may be: a constant, or either branch of a choice."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def asked_for(source: Path) -> set[str]:
    """The keys that a module gives to `say(locale, key)` and `bind(component, property=key)`."""
    keys = []
    for call in (node for node in ast.walk(ast.parse(source.read_text("utf-8"))) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name == "say" and len(call.args) > 1:
            keys += constants(call.args[1])
        if name == "bind":
            keys += [key for keyword in call.keywords for key in constants(keyword.value)]
    return set(keys)


def test_both_languages_have_the_same_keys():
    assert set(WORDS["en"]) == set(WORDS["zh"])


@pytest.mark.parametrize("key", WORDS["en"])
def test_both_languages_say_the_same_values(key):
    assert placeholders(WORDS["en"][key]) == placeholders(WORDS["zh"][key])


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_key_asked_for_exists(source):
    assert asked_for(source) <= set(WORDS["en"])


def test_every_stage_of_a_swap_has_a_word():
    assert {*IN_TURN, "ready"} <= set(WORDS["en"])


def test_every_precision_has_a_word():
    assert set(PRECISIONS) <= set(WORDS["en"])


def test_every_noun_has_a_plural():
    assert {*NOUNS, *(f"{noun}s" for noun in NOUNS)} <= set(WORDS["en"])


def test_every_excluded_region_has_a_chinese_name():
    assert {region for model in CATALOGUE.values() for region in model.excluded_regions} <= set(REGIONS_ZH)


def test_no_word_is_left_over():
    modules = [ast.parse(source.read_text("utf-8")) for source in SOURCES if source.stem != "words"]
    written = {node.value for module in modules for node in ast.walk(module) if isinstance(node, ast.Constant)}
    cautions, plurals = (f"caution_{name}" for name in PRECISIONS), (f"{noun}s" for noun in NOUNS)
    assert set(WORDS["en"]) - written - {*IN_TURN, *PRECISIONS, *cautions, *plurals, "ready"} == set()


def test_say_fills_in_values():
    assert say("en", "chunks", count=3) == "3 chunks"
    assert say("zh", "chunks", count=3) == "3 块"


def test_bound_words_switch_together():
    with gr.Blocks():
        wording = Wording()
        button = wording.bind(gr.Button(), value="translate")
    assert button.value == "Translate"
    assert wording.components == [button]
    assert [update["value"] for update in wording.updates("zh")] == ["翻译"]


@pytest.mark.parametrize("locale", WORDS)
def test_the_page_names_every_kind_of_file(locale):
    assert not [
        suffix for suffix in documents.SUFFIXES if suffix not in say(locale, "document_first") and suffix != ".markdown"
    ]
