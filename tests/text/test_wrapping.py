"""Paragraphs that were wrapped are joined, what has lines of its own is not, and all come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hymt.text.blocks import split_lines

WRAPPED = {
    "a paragraph": "The man who lives in the\nhouse next to the church has\nsold his old car to a friend.\n",
    "hyphens": "The commit-\ntee will meet in the gov-\nernment building on Mon-\nday morning.\n",
    "a quoted mail": "> I have read the letter that you\n> sent me last week, and I think\n> that we should meet.\n",
    "an item": "- The man who lives in the\n  house next to the church has\n  sold his old car.\n",
    "two long lines": f"{'word ' * 14}and\nit goes on after that.\n",
    "Chinese": "我昨天在图书馆看了一本关于古代历史的书，觉\n得非常有意思，今天还想继续看下去，因为里面\n有很多故事。\n",
}
LINES = {
    "verses": "Roses are red,\nviolets are blue,\nsugar is sweet,\nand so are you.\n",
    "an address": "Anna Keller\nGarden Street 12\n10115 Berlin\nGermany\n",
    "sentences": "It was raining when we left.\nThe train was late.\nShe read a book about the old river.\n",
    "a list": "- milk and some bread from the shop\n- the letter to the bank\n- a present for Tom and Anna\n",
    "a short pair": "Good morning my dear\nfriend of the house\n",
    "a table": "Name        Age   City\nTom          12   Berlin\nAnna Keller   9   Rome\n",
}


def blocks(text: str, lines="auto") -> list[str]:
    return [block.text for block in split_lines(text, lines).blocks]


@pytest.mark.parametrize("text", WRAPPED.values(), ids=WRAPPED)
def test_a_wrapped_paragraph_is_one_block(text):
    (block,) = blocks(text)
    assert "\n" not in block and ">" not in block
    assert len(blocks(text, "keep")) == text.count("\n")


def test_what_a_hyphen_parts_is_put_together():
    (block,) = blocks(WRAPPED["hyphens"])
    assert block == "The committee will meet in the government building on Monday morning."


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_lines_of_their_own_stay(text):
    assert blocks(text) == blocks(text, "keep")


def test_they_may_be_joined_all_the_same():
    assert blocks(LINES["verses"], "join") == ["Roses are red, violets are blue, sugar is sweet, and so are you."]


def test_a_translation_is_wrapped_alike():
    skeleton = split_lines(WRAPPED["a quoted mail"]).skeleton
    long = "Ich habe den Brief gelesen, den du mir letzte Woche geschickt hast, und ich denke, wir sollten uns treffen."
    lines = skeleton.fill([long]).splitlines()
    assert all(line.startswith("> ") and len(line) <= 34 for line in lines)
    assert " ".join(line.removeprefix("> ") for line in lines) == long
    chinese = split_lines(WRAPPED["a paragraph"]).skeleton.fill(["住在教堂旁边那所房子里的人把他的旧车卖给了朋友。"])
    assert max(map(len, chinese.splitlines())) <= 14 and chinese.replace("\n", "").endswith("卖给了朋友。")


def test_the_line_of_a_block_is_told():
    found = split_lines(WRAPPED["a paragraph"] + "\nGood morning.\n")
    assert [block.line for block in found.blocks] == [1, 5]


PARTS = ["word ", "a longer word, ", "End. ", "\n", "\r\n", "> ", "- ", "  ", "\t", "中文字", "co-", "——"]


@given(some.lists(some.sampled_from(PARTS), max_size=40).map("".join), some.sampled_from(["auto", "join", "keep"]))
def test_any_text_comes_back(text, lines):
    found = split_lines(text, lines)
    assert found.skeleton.fill([block.text for block in found.blocks]) == text
