"""Marks go in as numbers and come back as they were, or the answer is not taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hymt.text.marks import find_marks
from hymt.text.protection import Marked, as_stretch, kept, left_over, numbered, restored, so_far, split, unframed


def marked(text: str) -> Marked:
    return Marked(text, find_marks(text))


BOLD = marked("I met <b>Tom</b> in {city}.")


def test_marks_go_in_as_numbers_and_pairs_as_pairs():
    assert numbered(BOLD) == "I met <1>Tom</1> in <2>."
    assert numbered(marked("<br>One</i> <a href='x'>two <i>three</i></a>")) == "<1>One<2> <3>two <4>three</4></3>"


def test_they_come_back_where_the_answer_has_them():
    answer = restored("In <2> habe ich <1>Tom</1> getroffen.", BOLD)
    assert answer.text == "In {city} habe ich <b>Tom</b> getroffen."
    assert [answer.literal(mark) for mark in answer.marks] == ["{city}", "<b>", "</b>"]
    assert numbered(answer) == "In <1> habe ich <2>Tom</2> getroffen."


@pytest.mark.parametrize(
    "answer",
    [
        "In <2> habe ich Tom getroffen.",
        "In <2> habe ich <1>Tom getroffen.",
        "In <2> habe ich <1>Tom</1> in <2> getroffen.",
        "In <2> habe ich <1>Tom</1> <3> getroffen.",
        "In <2> habe ich </1>Tom<1> getroffen.",
        "In <2> habe ich Tom <1></1> getroffen.",
        "",
    ],
)
def test_one_that_is_lost_doubled_invented_or_misplaced_is_noticed(answer):
    assert restored(answer, BOLD) is None


def test_pairs_do_not_cross():
    nested = marked("<a>one <b>two</b></a>")
    assert restored("<1>un <2>deux</2></1>", nested).text == "<a>un <b>deux</b></a>"
    assert restored("<1>un <2>deux</1></2>", nested) is None
    apart = marked("<a>one</a> <b>two</b>")
    assert restored("<2>deux</2> <1>un</1>", apart).text == "<b>deux</b> <a>un</a>"
    assert restored("<1>un <2>deux</1> trois</2>", apart) is None


def test_no_blank_comes_between_a_tag_and_its_word():
    assert restored("<2>: <1> Tom </1> kam.", BOLD).text == "{city}: <b>Tom</b> kam."
    assert restored("<2>：<1>汤姆</1>", BOLD).text == "{city}：<b>汤姆</b>"
    assert restored("<2>: Ich <1> Tom</1>.", BOLD).text == "{city}: Ich <b>Tom</b>."


def test_models_may_write_the_numbers_in_full_width():
    assert restored("在＜2＞见到了＜1＞汤姆＜/1＞。", BOLD).text == "在{city}见到了<b>汤姆</b>。"


def test_marks_may_go_in_as_they_are():
    assert kept("In {city} habe ich <b>Tom</b> getroffen.", BOLD).text == "In {city} habe ich <b>Tom</b> getroffen."
    assert kept("In {stadt} habe ich <b>Tom</b> getroffen.", BOLD) is None
    assert kept("In {city} {city} habe ich <b>Tom</b> getroffen.", BOLD) is None
    twice = marked("%s and %s")
    assert kept("%s und %s", twice).text == "%s und %s"
    assert kept("%s und s", twice) is None


def test_an_answer_under_way_shows_whole_marks_only():
    assert so_far("In <2> habe ich <1>To", BOLD) == "In {city} habe ich <b>To"
    assert so_far("In <2> habe ich <", BOLD) == "In {city} habe ich "
    assert so_far("1 < 2", marked("1 < 2")) == "1 < 2"


def test_a_text_is_cut_at_its_marks():
    stretches = split(marked("See https://a.b, please: {x}"))
    assert [(one.text, one.verbatim) for one in stretches] == [
        ("See", False),
        (" ", True),
        ("https://a.b", True),
        (", please:", False),
        (" ", True),
        ("{x}", True),
    ]


@pytest.mark.parametrize(
    ("text", "before", "inside", "after"),
    [
        ("<b>Good <i>night</i>.</b>", "<b>", "Good <i>night</i>.", "</b>"),
        ("<b>Good</b> <i>night</i>", "", "<b>Good</b> <i>night</i>", ""),
        ("👍 Good night! 👍🏽", "👍 ", "Good night!", " 👍🏽"),
        ("<br><b> Good night.</b>", "<br><b> ", "Good night.", "</b>"),
        ("{name} sleeps.", "", "{name} sleeps.", ""),
    ],
)
def test_what_stands_around_the_prose_stays_outside(text, before, inside, after):
    found = unframed(marked(text))
    assert (found[0], found[1].text, found[2]) == (before, inside, after)
    assert found[1] == marked(inside)


@pytest.mark.parametrize(
    ("source", "answer", "asked"),
    [
        ("the door is <i>very</i> heavy", "la porte est <i>very</i> lourde", ["very"]),
        ("<b>Important:</b> the door", "<b>Important:</b> la porte", ["Important:"]),
        ("<b>Tom</b> is <i>here</i>", "<b>Tom</b> est <i>ici</i>", []),
        ("<b>good <i>day</i></b>", "<b>good <i>day</i></b>", ["day"]),
        ("see <b>42</b>", "voir <b>42</b>", []),
        ("plain", "plain", []),
    ],
)
def test_words_that_stayed_as_they_were_within_tags_are_found(source, answer, asked):
    stretches = left_over(marked(answer), marked(source))
    assert [one.text for one in stretches if not one.verbatim] == asked
    assert "".join(one.text for one in stretches) == (answer if asked else "")


@pytest.mark.parametrize(
    ("text", "source", "target", "stretch"),
    [
        ("Très.", "very", "fr", "très"),
        ("Très.", "Very.", "fr", "Très."),
        ("Hund", "dog", "de", "Hund"),
        ("DNS", "the dns", "fr", "DNS"),
        ("", "very", "fr", ""),
    ],
)
def test_a_stretch_of_a_sentence_is_written_as_one(text, source, target, stretch):
    assert as_stretch(text, source, target) == stretch


PIECES = [
    "word",
    " ",
    ".",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<br>",
    "{x}",
    "%s",
    "`c`",
    "👍🏽",
    "https://a.b/c",
    "[1]",
    "1",
]


@given(some.lists(some.sampled_from(PIECES), max_size=12).map("".join))
def test_nothing_is_lost_on_any_way(text):
    source = marked(text)
    assert "".join(one.text for one in split(source)) == text
    same = restored(numbered(source), source)
    assert same is None or same.text.replace(" ", "") == text.replace(" ", "")
    if len(set(map(source.literal, source.marks))) == len(source.marks):
        assert kept(text, source) in (None, source) or kept(text, source).text == text
