"""Forms that only look like others are made the same before a model reads them."""

from __future__ import annotations

import pytest

from hymt.text.evening import even


@pytest.mark.parametrize(
    ("text", "evened"),
    [
        ("fene\u0302tre", "fenêtre"),
        ("Ver\u00adsiche\u00adrung", "Versicherung"),
        ("Quoi\u00a0? «\u202fNon\u00a0!\u202f»", "Quoi ? « Non ! »"),
        ("The\u200b book", "The book"),
        ("Ｔｈｅ ｃａｔ．", "The cat."),
        ("ｶﾞﾗｽが割れた", "ガラスが割れた"),
        ("ﬁnd the ﬂoor", "find the floor"),
        ("A\tB", "A B"),
    ],
)
def test_what_looks_the_same_becomes_the_same(text, evened):
    assert even(text) == evened


@pytest.mark.parametrize("text", ["Plain text.", "你好，世界（一）！", "می‌خواهم", "👩‍💻", "naïve café", "한국어"])
def test_what_has_one_form_stays(text):
    assert even(text) == text
