"""Marks on the whole way of a text through hymt-mini: none lost, changed, doubled or invented, whatever it answers."""

from __future__ import annotations

import re

import pytest

from hymt.documents.markdown_marks import find as find_in_markdown
from hymt.models.manager import ModelManager
from hymt.text.blocks import Block
from hymt.text.marks import find_marks
from hymt.translation.events import Done
from hymt.translation.translator import Translator
from tests.models.test_reload import TextEngine

STRINGS = """
Hello %s, you have %d new messages and %(count)s files.
%1$s %2$s moved to the trash: %5.2f%%.
Press %FUNCTION% to save.
We are Tom, Anna and {{ user.name }}.
Please write to <%= mail %> or ${phone}.
Visit https://example.org/a_b/c.zip?x=1#top, or write to me@example.org.
I love my family 👨‍👩‍👧‍👦 and we live in France 🇫🇷. Good night 👍🏽
Click <b>here</b> to open the <a href="https://example.org">garden</a>.
It was shown before.[4] Use `cat --all` to see it.
""".strip().split("\n")


def literals(text: str) -> list[str]:
    return sorted(text[mark.start : mark.end] for mark in find_marks(text))


@pytest.mark.parametrize("target", ["de", "zh"])
def test_every_mark_comes_back(translator, target):
    lines = translator.translate("\n".join(STRINGS), to=target, source="en", beams=1).split("\n")
    assert [literals(line) for line in lines] == [literals(text) for text in STRINGS]
    assert all(line != text for line, text in zip(lines, STRINGS, strict=True))


def test_through_another_language_too(translator):
    text = "Hallo {name}, hier ist dein Buch: https://example.org/b."
    assert literals(translator.translate(text, to="fr", source="de", beams=1)) == literals(text)


def test_columns_stay_columns(translator):
    text = "Apple\tThe red fruit\t3 euros\nBread\tWe eat it every day.\t2 euros\n"
    table = translator.translate(text, to="fr", source="en", beams=1)
    assert [line.count("\t") for line in table.split("\n")] == [2, 2, 0] and "pomme" in table.lower()


def test_a_model_that_keeps_no_mark_gets_the_prose_between_them():
    """First the marks as numbers, then as they are, then none."""
    asked = []

    def answer(turn: str) -> str:
        asked.append(turn.rpartition("\n")[2])
        return "".join(c for c in asked[-1] if c.isalpha() or c == " ").upper() or "X"

    manager = ModelManager(start_engine=lambda weights, plan: TextEngine(answer))
    manager.swap("hymt-mini", "fp16")
    asked.clear()
    translation = Translator(manager=manager).translate("See {name} at https://a.b/c now.", to="fr", source="en")
    manager.close()
    assert literals(translation) == ["https://a.b/c", "{name}"] and "NOW" in translation
    assert [text.split(": ")[-1] for text in asked[:2]] == ["See <1> at <2> now.", "See {name} at https://a.b/c now."]
    assert len(asked) == 5


EMPHASISED = {
    "The **old house** stands near the river.": ("de", "Haus"),
    "My brother lives in **Berlin** with his wife.": ("de", "Berlin"),
    "She bought *three* books yesterday.": ("de", "drei"),
    "Please open [the window](https://example.org/w).": ("fr", "fenêtre"),
    "I met **Peter** at the station this morning.": ("fr", "Peter"),
    "The cat sleeps on the **table**.": ("fr", "table"),
    "We saw a *white* horse in the garden.": ("es", "blanco"),
    "He works for **Microsoft** in Madrid.": ("es", "Microsoft"),
    "The **teacher** reads a book to the children.": ("zh", "老师"),
    "My **father** is a doctor.": ("zh", "父亲"),
}


def test_tags_stand_at_the_translation_of_their_words(translator):
    """Of what hymt-mini translates well, nearly all; and every tag is there, at the right side of blanks."""
    right = 0
    for text, (target, word) in EMPHASISED.items():
        block = Block(text, marks=find_in_markdown(text))
        translation = translated(translator, [block], "en", target)[0]
        first, last = (text[mark.start : mark.end] for mark in block.marks[:2])
        assert translation.count(first) == text.count(first) and translation.count(last) == text.count(last)
        inside = re.search(rf"{re.escape(first)}(?! )(.+?)(?<! ){re.escape(last)}", translation)
        right += word in inside[1] and len(inside[1]) <= len(word) + 12
    assert right >= len(EMPHASISED) - 1


def test_tags_go_through_another_language_too(translator):
    text = "Das ist **Peter** aus Berlin, er wohnt {where}."
    [translation] = translated(translator, [Block(text, marks=find_in_markdown(text))], "de", "fr")
    assert "**Peter**" in translation and translation.count("{where}") == 1


def test_where_nothing_tells_their_places_the_text_is_cut_at_its_tags():
    manager = ModelManager(start_engine=lambda weights, plan: TextEngine(lambda turn: turn.rpartition(": ")[2].upper()))
    manager.swap("hymt-mini", "fp16")
    text = "The old **red** house and <i>one more</i> is mine."
    [translation] = translated(Translator(manager=manager), [Block(text, marks=find_in_markdown(text))], "en", "fr")
    manager.close()
    assert re.findall(r"\*\*|</?i>", translation) == ["**", "**", "<i>", "</i>"]


def translated(translator: Translator, blocks: list[Block], source: str, target: str) -> list[str]:
    job = translator.job(blocks, target, source, translator.options(beams=1))
    assert isinstance(list(job.events())[-1], Done)
    return job.translations
