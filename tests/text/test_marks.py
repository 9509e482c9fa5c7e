"""What is found to be no prose, and what is left as prose."""

from __future__ import annotations

import pytest

from hymt.text.marks import find_marks, has_prose


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("see https://a.b/c?d=e#f now", [("https://a.b/c?d=e#f", "address")]),
        ("mail <me.too@example.com> or www.a.org", [("<me.too@example.com>", "address"), ("www.a.org", "address")]),
        ("type `a b` or ``cd``", [("`a b`", "code"), ("``cd``", "code")]),
        (
            "{name} {0} {{ user.name }} ${x} $HOME",
            [(part, "placeholder") for part in ("{name}", "{0}", "{{ user.name }}", "${x}", "$HOME")],
        ),
        ("%s %1$s %(who)s %.2f %ld", [(part, "placeholder") for part in ("%s", "%1$s", "%(who)s", "%.2f", "%ld")]),
        (
            '<b>x</b> <a href="a b" id=c>y<br />',
            [(part, "tag") for part in ("<b>", "</b>", '<a href="a b" id=c>', "<br />")],
        ),
        ("你好{name}，请访问https://a.b/c。", [("{name}", "placeholder"), ("https://a.b/c", "address")]),
    ],
)
def test_marks_are_found(text, marks):
    found = [(text[mark.start : mark.end], mark.kind) for mark in find_marks(text)]
    assert found == marks


@pytest.mark.parametrize(
    "text",
    [
        "100% sure",
        "50 % of all",
        "costs $5 or US$ 7",
        "a < b > c",
        "{two words}",
        "it's 5`o clock",
        "me @ home",
        "%",
    ],
)
def test_prose_is_no_mark(text):
    assert find_marks(text) == ()


@pytest.mark.parametrize(
    ("text", "prose"),
    [("Dear {name}, see https://a.b", True), ("{name}: https://a.b", False), ("42 %s", False), ("`cat`", False)],
)
def test_prose_is_a_letter_outside_of_them(text, prose):
    assert has_prose(text, find_marks(text)) == prose


@pytest.mark.parametrize(
    "unit", ["a", "<a ", "`", "{", "%(", "www.", "<a b=", "a@", "$", "{{", "a@b.", "a.", "%1", "<a", "``a"]
)
def test_a_megabyte_of_beginnings_takes_no_quadratic_time(unit):
    """It would be minutes, and end at the suite's own limit."""
    find_marks(unit * 300_000)
