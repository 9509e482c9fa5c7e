import random

import pytest

from hymt.text.blocks import Block, Skeleton, clean, split_lines, translatable
from hymt.text.marks import Mark
from hymt.text.segmentation import Chunk, join_chunks

NASTY = [
    *" \t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\u3000\u00a0\u200b\ufeff\ud800\udc00\x00",
    *"aé你।。.!-*+•>#|1)([]`~_\u0301\u200d😀\U0001f1e6",
    "\r\n",
    "- ",
    "1. ",
    "# ",
    "> ",
    "[x] ",
    "https://a.b/c",
    "x@y.zz",
    "word",
]


def texts(found):
    return [block.text for block in found.blocks]


def again(found):
    return found.skeleton.fill(texts(found))


def test_any_text_comes_back_exactly():
    random_text = random.Random(7)
    for _ in range(3000):
        text = "".join(random_text.choices(NASTY, k=random_text.randrange(40)))
        found = split_lines(text)
        assert again(found) == text
        assert len(found.skeleton.separators) == len(found.blocks) + 1
        for block in texts(found):
            assert block == block.strip() and len(block.splitlines()) == 1 and translatable(block)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", []),
        (" \n\t\r\n", []),
        ("one", ["one"]),
        (
            "  one \r\n\r\n\ttwo\rthree\u2028four\x85five\vsix\n",
            ["one", "two", "three", "four", "five", "six"],
        ),
        (
            "- one\n* two\n• three\n1. four\n12) five\n（1）六\n1、七",
            ["one", "two", "three", "four", "five", "六", "七"],
        ),
        (
            "# Title\n### Sub\n> quote\n> > deep\n- [ ] task\n> - 1. all",
            ["Title", "Sub", "quote", "deep", "task", "all"],
        ),
        (
            "#hashtag\n-5 degrees\n*bold* word\n3.5 apples",
            ["#hashtag", "-5 degrees", "*bold* word", "3.5 apples"],
        ),
        ("31. Dezember\n18. Jahrhundert", ["31. Dezember", "18. Jahrhundert"]),
        ("7. seven\n8. eight", ["seven", "eight"]),
        ("★★★★★★Great!\n------Menu------\n……走了……\nName: ______", ["Great!", "Menu", "走了", "Name:"]),
        ("[12:03] <maria> hello\n12:30 is late", ["hello", "12:30 is late"]),
        ("12,345\n---\n***\n😀🎉\n…\n|---|:-:|\n• \n1.", []),
        ("https://example.com/a?b=c\nwww.example.org\nme.too@example.com\n<https://example.com>", []),
        (
            "请看 https://example.com\nhttps://example.com，请看",
            ["请看 https://example.com", "https://example.com，请看"],
        ),
    ],
)
def test_blocks(text, blocks):
    assert texts(split_lines(text)) == blocks


def test_join_puts_translations_in_place():
    assert split_lines("# Hi\r\n\r\n  - you\t\n").skeleton.fill(["Salut", "toi"]) == "# Salut\r\n\r\n  - toi\t\n"


def test_join_refuses_another_number_of_translations():
    with pytest.raises(ValueError):
        split_lines("one\ntwo").skeleton.fill(["un"])
    with pytest.raises(ValueError):
        Skeleton([""]).fill(["un"])


def test_a_megabyte_comes_back():
    for text in ("a" * 1_000_000, "\n" * 1_000_000, "> " * 500_000, "a@" * 500_000, "1. x\n" * 200_000):
        found = split_lines(text)
        assert again(found) == text


def test_clean_drops_what_no_file_should_carry():
    assert clean("a\x00b\x1b[0m\ufeffc\ud800d\ufffe\uffff\x9f\x7fe") == ("a b[0mcde", 8)


def test_clean_keeps_line_ends_joiners_and_bidi_marks():
    text = "a\tb\r\nc\v\f\x85\u2028می\u200cخواهم 👩\u200d💻 \u200fא\u202a"
    assert clean(text) == (text, 0)


@pytest.mark.parametrize(
    ("separator", "source", "target", "joined"),
    [
        ("", "zh", "en", "A B"),
        ("", "zh", "th", "A B"),
        ("", "zh", "ja", "AB"),
        ("", "en", "fr", "AB"),
        (" ", "en", "zh", "AB"),
        (" ", "en", "fr", "A B"),
        (" ", "en", "th", "A B"),
        (" ", "zh", "ja", "A B"),
        ("  ", "en", "zh", "A  B"),
        ("\u3000", "zh", "en", "A\u3000B"),
        ("\t", "en", "ja", "A\tB"),
    ],
)
def test_spaces_between_chunks_follow_the_scripts(separator, source, target, joined):
    assert join_chunks([Chunk("1", separator), Chunk("2", "")], ["A", "B"], source, target) == joined


def test_join_chunks_keeps_the_end_and_counts():
    assert join_chunks([Chunk("一。", ""), Chunk("二。", " ")], ["One.", "Two."], "zh", "en") == "One. Two. "
    assert join_chunks([], [], "zh", "en") == ""
    with pytest.raises(ValueError):
        join_chunks([Chunk("1", "")], [], "zh", "en")


def test_a_block_knows_its_line_and_kind():
    found = split_lines("# Title\r\n\r\nOne.\u2028- two\n\n\n12\nthree")
    assert [(block.text, block.line, block.kind) for block in found.blocks] == [
        ("Title", 1, "heading"),
        ("One.", 3, "line"),
        ("two", 4, "item"),
        ("three", 8, "line"),
    ]


@pytest.mark.parametrize(
    "text", ["{name}", "`make test`", "<br/>", "%1$s: %d", ["https://a.b", "and"][0], "${HOME} $PATH"]
)
def test_a_line_of_nothing_but_marks_is_not_translated(text):
    assert split_lines(text).blocks == []


@pytest.mark.parametrize(
    "text", ["<b>Hello</b>", "{name} left", "100% sure", "a $5 note", "if a < b and c > d", "<Hello world>"]
)
def test_prose_beside_a_mark_is(text):
    assert texts(split_lines(text)) == [text]


def test_readers_do_not_see_the_tags_of_a_format():
    text = "Read <1>this</1> and <b>that</b>."
    tags = [Mark(5, 8, "format", "open", "1"), Mark(12, 16, "format", "close", "1"), Mark(21, 24, "tag", "open", "b")]
    block = Block(text, marks=tuple(tags))
    assert block.seen(text) == "Read this and <b>that</b>."
    assert block.seen("Lies <1>dies</1> und <b>das</b>.") == "Lies dies und <b>das</b>."
