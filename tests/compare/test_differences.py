from __future__ import annotations

import re
from html import unescape

import pytest

from hymt.compare.differences import differences, markup, parts

PAIRS = [
    ("en", "I lost the key and couldn't enter.", "I've lost my key, and can't enter."),
    ("zh", "我丢了钥匙，进不了房间。", "我丢失了钥匙，不能进房间。"),
    ("en", "", "Something."),
    ("en", "Gone.", ""),
    ("en", "<b>bold</b> & more", "<i>bold</i> & less"),
    ("th", "สวัสดีครับ", "สวัสดีค่ะ"),
    ("en", "word " * 1500, "word " * 1499 + "end"),
]


def without(tag: str, html: str) -> str:
    """What is left of the marked text without the contents of one tag."""
    return unescape(re.sub(r"</?\w+>", "", re.sub(rf"<{tag}>.*?</{tag}>", "", html, flags=re.S)))


@pytest.mark.parametrize(("language", "old", "new"), PAIRS)
def test_both_texts_can_be_read_from_the_marks(language, old, new):
    html = markup(old, new, language)
    assert without("del", html) == new and without("ins", html) == old


def test_words_are_marked_whole():
    assert markup("I couldn't go.", "I can't go.", "en") == "I <del>couldn&#x27;t</del><ins>can&#x27;t</ins> go."


def test_characters_are_marked_where_there_are_no_spaces():
    assert markup("一杯茶", "一杯咖啡", "zh") == "一杯<del>茶</del><ins>咖啡</ins>"


def test_blanks_count():
    assert markup("a b", "a  b", "en") == "a<del> </del><ins>  </ins>b"


def test_html_in_a_translation_is_text():
    html = markup("a <script>x</script>", "a <img src=x onerror=y>", "en")
    assert not re.search(r"<(?!/?(ins|del)>)", html) and "&lt;" in html


def test_equal_texts_have_no_marks():
    assert [what for what, _, _ in differences("Good morning.", "Good morning.", "en")] == ["equal"]


def test_marks_stay_with_their_letters():
    assert all(part != "\u0e31" for part in parts("สวัสดี", "th")) and "".join(parts("สวัสดี", "th")) == "สวัสดี"
