"""Source and translation side by side, each row with what changes it."""

from __future__ import annotations

import re

from hymt.text.blocks import Block
from hymt.text.marks import Mark
from hymt.translation.asking import Options
from hymt.translation.job import Job
from hymt.ui import document_rows, fragments

HOSTILE = "<script>alert(1)</script> & \"x\" <img src=x onerror='alert(1)'>"


def job(blocks: list[Block], said: list[str], target: str = "fr") -> Job:
    """A job that has ended, without a model."""
    return Job(None, blocks, "en", target, Options(), done=dict(enumerate(said)))  # type: ignore[arg-type]


def test_what_users_write_is_escaped():
    block = Block(f"<b>{HOSTILE}", marks=(Mark(0, 3, "format"),))
    html = document_rows.render("en", job([block], [f"<b>{HOSTILE}"]))
    assert "<script" not in html and "<img" not in html and "&lt;script&gt;" in html
    assert 'data-raw="&lt;b&gt;&lt;script' in html and ">&lt;b&gt;" not in html  # readers do not see the format's tag


def test_rows_are_written_in_their_languages_direction():
    html = document_rows.render("en", job([Block.of("Good morning.")], ["صباح الخير"], "ar"))
    assert '<td lang="en" dir="ltr">Good morning.</td><td lang="ar" dir="rtl">صباح الخير</td>' in html
    assert "<th>English</th><th>Arabic</th>" in html


def test_many_rows_are_shown_in_part_and_there_are_ways_on():
    lines = [f"line {number}" for number in range(1000)]
    html = document_rows.render("en", job([Block.of(line) for line in lines], lines), first=500)
    assert html.count("<tr><td") == fragments.SHOWN_ROWS
    assert "line 500<" in html and "line 499<" not in html
    assert "Lines 501 to 700 of 1,000" in html
    assert re.findall(r'data-first="(\d+)"(?! disabled)', html) == ["300", "700"]


def test_a_changed_row_is_marked_and_tells_what_it_lost():
    done = job(
        [Block.of("Hello {name}, see <b>this</b>."), Block.of("Good night.")],
        ["Bonjour {name}, <b>ici</b>.", "Bonne nuit."],
    )
    done.edit(0, "Salut <b>ici</b>.")
    done.edit(1, "Bonsoir.")
    html = document_rows.render("en", done)
    assert html.count("<tr class=edited>") == 2 and "⚠" in html and "✓" in html
    assert "{name}" in document_rows.said_of_edit("en", done, 0) and "&lt;b&gt;" not in document_rows.said_of_edit(
        "en", done, 0
    )
    assert "the downloads have it" in document_rows.said_of_edit("en", done, 1)
    done.edit(1, "")
    assert done.translations[1] == "Bonne nuit." and done.edited.keys() == {0}
    assert "the model" in document_rows.said_of_edit("en", done, 1)


def test_what_is_not_translated_yet_cannot_be_changed():
    running = Job(
        None, [Block.of("Good morning."), Block.of("Good night.")], "en", "fr", Options(), done={1: "Bonne nuit."}
    )  # type: ignore[arg-type]
    assert re.findall(r'data-block="(\d+)"', document_rows.render("en", running)) == ["1"]
