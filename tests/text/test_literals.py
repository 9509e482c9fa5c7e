from __future__ import annotations

import pytest

from hymt.text.capitals import in_capitals, in_normal_case, is_in_capitals
from hymt.text.literals import guarded, lost_numbers
from hymt.text.marks import find_marks
from hymt.text.protection import Marked, numbered


@pytest.mark.parametrize(
    ("source", "answer", "lost"),
    [
        ("1,250 euros since 1 April", "1.250 Euro seit April", ["1"]),
        ("1,250 euros since 1 April", "1250 Euro seit 1. April", []),
        ("on 2024-03-05 at 14:30", "am 5. März 2024 um 14.30", []),
        ("on 2024-03-05 at 14:30", "2024-03: 14.30", ["2024-03-05"]),
        ("12/31/2024", "31 décembre 2024", []),
        ("they paid $5.50", "20 50 $5", ["5.50"]),
        ("10 000 km", "10.000 km", []),
        ("3月5日", "March 5", []),
        ("1.5 billion", "15亿", []),
        ("at 2 p.m.", "um 14 Uhr", []),
        ("2 cats and 2 dogs", "2 Katzen und Hunde", ["2"]),
        ("٣ كتب", "3 books", []),
    ],
)
def test_numbers_are_found_in_other_notations(source, answer, lost):
    assert [source[start:end] for start, end in lost_numbers(Marked(source), Marked(answer))] == lost


@pytest.mark.parametrize(
    ("source", "answer", "asked"),
    [
        ("Where is Mr. O'Brien?", "Wo ist Herr Brien?", "Where is Mr. <1>?"),
        ("Where is Mr. O'Brien?", "Wo ist Herr O’Brien?", None),
        ("Where is Mr. O'Brien?", "奥布赖恩先生在哪里？", None),
        ("»Ja«, sagte er.", '"Yes, he said.', '"Ja", sagte er.'),
        ('"Yes," he said.', "„Ja, sagte er.", "<1>Yes,</1> he said."),
        ('"Yes," he said.', "„Ja“, sagte er.", None),
        ('5" or 6"', "5 oder 6 Zoll", "5<1> or 6</1>"),
    ],
)
def test_what_an_answer_lacks_becomes_a_mark(source, answer, asked):
    found = guarded(Marked(source), Marked(answer), "de")
    assert (found and numbered(found)) == asked


def test_capitals_go_and_come_back():
    text = "HELLO {NAME}. I AM HERE, {x}!"
    low = in_normal_case(Marked(text, find_marks(text)), "en")
    assert is_in_capitals(text.replace("{x}", "")) and low.text == "Hello {NAME}. I am here, {x}!"
    assert in_capitals(low).text == text
