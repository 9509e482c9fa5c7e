"""What looks like Markdown, and what only has its signs."""

from __future__ import annotations

import pytest

from hymt.documents.markdown_signs import likeness

PLAIN = [
    "Good morning. How are you?",
    "2 * 3 * 4 = 24, and 2**10 is 1024.",
    "- milk\n- bread\n1. First",
    "He said [sic] (and meant it).\n#hashtag\n> quoted in a mail",
    "snake_case and __init__.py",
    "cat a | grep b",
    "---\nsigned",
]
SOME = [
    "# Good morning",
    "This is **important**.",
    "See [the page](https://example.org/a).",
    "Call `close()` at the end.",
]
SURE = [
    "Before\n```python\nprint(1)\n```\nafter",
    "a | b\n--|--\n1 | 2".replace("--|--", "---|---"),
    "| Name | Price |\n|:-----|------:|\n| Tea | 2 |",
    "# Title\n\nSome **bold** words.",
    "- [ ] Buy `milk`",
]


@pytest.mark.parametrize(("texts", "expected"), [(PLAIN, "none"), (SOME, "some"), (SURE, "sure")])
def test_markdown_is_known_by_its_signs(texts, expected):
    assert {text: likeness(text) for text in texts} == dict.fromkeys(texts, expected)


@pytest.mark.parametrize(
    "text", ["```a\n" * 50_000, " " * 200_000 + "|", "|" * 200_000 + "\n" + " " * 200_000, "**a" * 90_000]
)
def test_hostile_texts_take_no_longer(text):
    assert likeness(text) != "sure"
