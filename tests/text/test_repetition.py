from __future__ import annotations

import pytest

from hymt.text.repetition import is_stuck


@pytest.mark.parametrize(
    ("answer", "text", "stuck"),
    [
        ("The virus spreads human-to-human-to-human-to-human-to-human.", "该病毒可在人与人之间传播。", True),
        ("战斗争斗争斗争斗争斗争斗", "Fight, fight, said the other.", True),
        ("Yes yes yes yes yes.", "Ja, ja, ja, ja.", False),  # as it may
        ("No. No. No. No. No!", "Nein. Nein. Nein. Nein. Nein!", False),
        ("Er sagte: ja, ja, ja.", "He said yes, yes, yes.", False),
        ("Chapter 1 ..........", "Kapitel 1 ..........", False),
        ("Ja ja ja ja ja ja ja ja ja ja ja ja ja ja ja ja ja.", "Yes, yes, yes.", True),
        ("ab ab ab ab ab ab ab", "Wait ......... here", True),
        ("Good morning.", "Bonjour.", False),
        ("", "", False),
    ],
)
def test_a_loop_is_seen_and_what_the_text_repeats_is_none(answer, text, stuck):
    assert is_stuck(answer, text) == stuck
