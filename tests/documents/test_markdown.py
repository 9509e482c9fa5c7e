"""Markdown: what is no prose stays byte for byte, and what stands within prose is marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hymt.documents import markdown, markdown_marks

PROSE = "Good morning.\n\n"
VERBATIM = {
    "indented code": "    pip install cat-tools\n\n    cat-tools start\n",
    "indented code in a list": "- One.\n\n      code of the item\n",
    "a fence": "```sh\nrun this now\n```\n",
    "a formula": "$$\n\\int_0^1 x^2 \\, dx\n$$\n",
    "a style": "<style>\n.title { color: red; }\n</style>\n",
    "a script": "<script>\nvar total = price + tax;\n</script>\n",
    "an import": "import Tabs from '@theme/Tabs';\n",
    "a shortcode": '{{< figure src="garden.png" title="My garden" >}}\n',
    "a Liquid tag": '{% include note.html content="Read me" %}\n',
    "a tag alone": '<TabItem value="win" label="Windows">\n',
    "where a link leads": "[garden]: https://example.org 'The garden'\n",
    "a comment": "<!-- not\nseen -->\n",
}


@pytest.mark.parametrize("part", VERBATIM.values(), ids=VERBATIM)
def test_what_is_no_prose_is_no_block(part):
    found = markdown.split(PROSE + part + "\n" + PROSE)
    assert [block.text for block in found.blocks if block.text != "One."] == ["Good morning."] * 2


@pytest.mark.parametrize("matter", ["---\ntitle: My garden\n---\n", '+++\ntitle = "My garden"\ndraft = false\n+++\n'])
def test_front_matter_is_no_prose(matter):
    assert [block.text for block in markdown.split(matter + PROSE).blocks] == ["Good morning."]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("> [!WARNING]\n> The water is hot.\n", ["The water is hot."]),
        (":::caution\nKeep the door closed.\n:::\n", ["Keep the door closed."]),
        ("!!! note\n    Bring a coat.\n", ["Bring a coat."]),
        ("- One.\n\n    More of it.\n", ["One.", "More of it."]),
        ("1. One.\n    - Two.\n", ["One.", "Two."]),
    ],
)
def test_call_outs_and_lists_hold_prose(text, blocks):
    assert [block.text for block in markdown.split(text).blocks] == blocks


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        ("**Important:** the *very* heavy", ["**", "**", "*", "*"]),
        ("***both*** and ~~never~~ __so__ _so_", ["***", "***", "~~", "~~", "__", "__", "_", "_"]),
        ("**bold and *more* of it**", ["**", "*", "*", "**"]),
        ("[the garden](https://a.b (c)) ![a cat](cat.png)", ["[", "](https://a.b (c))", "![", "](cat.png)"]),
        ("[the **garden**][1] and [^2]", ["[", "**", "**", "][1]", "[^2]"]),
        ("use `cat **all**` for $x_1$ now", ["`cat **all**`", "$x_1$"]),
        ("a snake_case_name, 2 * 3 * 4, it costs $5 or $6", []),
        (r"not \*bold\*", [r"\*", r"\*"]),
    ],
)
def test_what_stands_within_prose_is_marked(text, literals):
    marks = markdown_marks.find(text)
    assert [text[mark.start : mark.end] for mark in marks] == literals
    assert [mark.role for mark in marks].count("open") == [mark.role for mark in marks].count("close")


LINES = [
    "Text.",
    "    code",
    "- item",
    "  more",
    "",
    "> quote",
    "```",
    "$$",
    "<!--",
    "-->",
    "| a | b |",
    "# Head",
    ":::x",
]


@given(some.lists(some.sampled_from(LINES), max_size=14).map("\n".join))
def test_any_text_comes_back(text):
    found = markdown.split(text)
    assert found.skeleton.fill([block.text for block in found.blocks]) == text


@pytest.mark.parametrize("unit", ["*a ", "[a ", "](a ", "`a ", "{{< ", "$a ", "_a_ ", "**a** ", "~~", "[a](b) "])
def test_a_long_line_takes_linear_time(unit):
    """Quadratic time would not end."""
    markdown_marks.find(unit * 100_000)
