from html.parser import HTMLParser

import pytest

from hymt.documents import bilingual
from hymt.text.blocks import Block
from hymt.text.languages import LANGUAGES


class Cells(HTMLParser):
    """The cells of a page's table: attributes and text."""

    def __init__(self, page):
        super().__init__()
        self.cells, self.tags = [], set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "td":
            self.cells.append((dict(attrs), ""))

    def handle_data(self, data):
        if self.cells and data.strip():
            attributes, text = self.cells[-1]
            self.cells[-1] = attributes, text + data


def test_rows_carry_language_and_direction():
    page = bilingual(
        "a.txt",
        [Block.of("Hello."), Block.of("Bye.", 3, "heading")],
        ["مرحبا.", "وداعا."],
        LANGUAGES["en"],
        LANGUAGES["ar"],
    )
    assert page.startswith("<!DOCTYPE html>") and "prefers-color-scheme" in page
    left, right = {"lang": "en", "dir": "ltr"}, {"lang": "ar", "dir": "rtl"}
    line = {}
    assert Cells(page).cells == [
        *[(line, "1"), (left, "Hello."), (right, "مرحبا.")],
        *[(line, "3"), (left, "Bye."), (right, "وداعا.")],
    ]
    assert page.count('<tr class="heading">') == 1


def test_everything_is_escaped_and_nothing_is_loaded():
    nasty = "</td><script>alert('{x}')</script>&amp;"
    page = bilingual(f"{nasty}.txt", [Block.of(nasty)], ["{0}"], LANGUAGES["en"], LANGUAGES["zh-Hant"])
    parsed = Cells(page)
    assert [text for _, text in parsed.cells] == ["1", nasty, "{0}"]
    assert not parsed.tags & {"script", "link", "img"} and "http" not in page


def test_another_number_of_translations_is_refused():
    with pytest.raises(ValueError):
        bilingual("a.txt", [Block.of("one")], [], LANGUAGES["en"], LANGUAGES["fr"])
