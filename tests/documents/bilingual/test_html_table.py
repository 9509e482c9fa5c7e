from html.parser import HTMLParser

import pytest

from hymt.documents.bilingual import Bitext, html_table
from hymt.text.languages import LANGUAGES
from tests.documents.bilingual.texts import bitext


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


def written(both):
    return html_table.write(both).decode()


def test_rows_carry_language_and_direction():
    page = written(bitext("a.md", "Hello.\n\n# Bye.", said=["مرحبا.", "وداعا."]))
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
    page = written(bitext(f"{nasty}.txt", nasty, said=["{0}"], target="zh-Hant"))
    parsed = Cells(page)
    assert [text for _, text in parsed.cells] == ["1", nasty, "{0}"]
    assert not parsed.tags & {"script", "link", "img"} and "http" not in page


def test_tags_of_the_format_are_not_shown():
    page = written(bitext("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nOn <i>Monday</i> then.\n"))
    assert [text for _, text in Cells(page).cells][1:] == ["On Monday then.", "ON <I>MONDAY</I> THEN."]
    kept = bitext("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nOn <i>Monday</i> then.\n", said=["Le <i>lundi</i>."])
    assert Cells(written(kept)).cells[2][1] == "Le lundi."


def test_another_number_of_translations_is_refused():
    both = bitext("a.txt", "one")
    with pytest.raises(ValueError):
        html_table.write(Bitext(both.document, [], LANGUAGES["en"], LANGUAGES["fr"]))
