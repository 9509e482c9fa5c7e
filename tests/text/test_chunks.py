import random
import unicodedata

import pytest

from hymt.errors import UserError
from hymt.text import segmentation
from hymt.text.blocks import Block
from hymt.text.marks import find_marks

LONG_LINES = {
    "sentences": ("zh", "好的。" * 100_000),
    "open quote": ("zh", "“好的，" + "是的。" * 50_000),
    "no full stop": ("zh", "我们今天去看电影" * 60_000),
    "one word": ("en", "a" * 1_000_000),
    "words": ("en", "the cat sat on a mat " * 50_000),
    "white space": ("en", "a" + " " * 1_000_000 + "b"),
    "Thai": ("th", "ภาษาไทยเป็นภาษาที่สวยงาม" * 15_000),
    "marks": ("en", "\u0301" * 300_000),
    "flags": ("en", "\U0001f1e9\U0001f1ea" * 150_000),
}
NASTY = [
    *" .,!?。！？；，“”()\"'aB1é你好😀\u0301\u200d।۔\u3000\u00a0\u0e33\u1160།་क्ष",
    ". ",
    "Mr. ",
    " - ",
    "<|eos|>",
    "日本",
]


def chunks(text, *limits, **more):
    return segmentation.chunks(Block.of(text), *limits, **more)


def texts(found):
    return [chunk.text for chunk in found]


def whole(found):
    return "".join(chunk.text + chunk.separator for chunk in found)


def by_character(text):
    return [(i, i + 1) for i in range(len(text))]


@pytest.mark.parametrize("name", LONG_LINES)
def test_a_very_long_line(name, spans):
    language, text = LONG_LINES[name]
    found = chunks(text, language, 200, spans)
    assert whole(found) == text
    assert sum(spans.asked) <= 4 * len(text)
    assert max(spans.asked) <= 5000
    assert all(len(spans(chunk.text)) <= 200 for chunk in found[::50])


def test_many_sentences_two_at_a_time(spans):
    text = "好的。" * 30_000
    found = chunks(text, "zh", 200, spans, max_sentences=2)
    assert texts(found) == ["好的。好的。"] * 15_000
    assert sum(spans.asked) <= 3 * len(text)


def test_nasty_text_comes_back_within_the_budget(spans):
    source = random.Random(3)
    for _ in range(800):
        text = "".join(source.choices(NASTY, k=source.randrange(60)))
        for language in source.sample(["en", "zh", "bo", "km", "th", "hi", "zh-Hant", "ug"], 2):
            budget = source.choice([12, 16, 40])
            found = chunks(text, language, budget, spans, source.choice([None, 1, 2]))
            assert whole(found) == text
            assert all(len(spans(chunk.text)) <= budget or chunk.marks for chunk in found)


@pytest.mark.parametrize("space", ["\u3000", "\u00a0", "\u2028", "\x85"])
def test_wide_white_space_after_an_initial(space, spans):
    text = f"{space}A {space}.)b"
    assert whole(chunks(text, "en", 20, spans)) == text


def test_nothing_gives_no_chunks_and_one_character_always_fits(spans):
    assert chunks("", "en", 5, spans) == []
    assert len(chunks("ab", "en", 5, spans)) == 1
    assert texts(chunks("😀", "en", 1, spans)) == ["😀"]
    assert whole(chunks("བོད་😀é", "bo", 1, spans)) == "བོད་😀é"


@pytest.mark.parametrize(("budget", "sentences"), [(0, None), (-1, None), (5, 0)])
def test_senseless_limits_are_refused(budget, sentences, spans):
    with pytest.raises(UserError):
        chunks("one", "en", budget, spans, sentences)


def test_whole_sentences_are_packed():
    text = "Mr. Smith went. He left.  Then he came back."
    found = chunks(text, "en", 26, by_character)
    assert texts(found) == ["Mr. Smith went. He left.", "Then he came back."]
    assert found[0].separator == "  "
    assert texts(chunks(text, "en", 1000, by_character)) == [text]


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "He said “Hi.” Then he left.", ["He said “Hi.”", "Then he left."]),
        ("zh", "你好。今天天气好！是吗？", ["你好。", "今天天气好！", "是吗？"]),
        ("zh-Hant", "你好。今天天氣好！", ["你好。", "今天天氣好！"]),
        ("yue", "你好。食咗飯未？", ["你好。", "食咗飯未？"]),
        ("ja", "こんにちは。元気ですか？", ["こんにちは。", "元気ですか？"]),
        ("bo", "བོད་ཡིག །  ང་ཡིན། ། དེ་རིང་།", ["བོད་ཡིག །", "ང་ཡིན། །", "དེ་རིང་།"]),
        ("km", "សួស្តី។ ខ្ញុំសុខសប្បាយ៕ ទៅ?", ["សួស្តី។", "ខ្ញុំសុខសប្បាយ៕", "ទៅ?"]),
        ("my", "မင်္ဂလာပါ။ နေကောင်းလား။", ["မင်္ဂလာပါ။", "နေကောင်းလား။"]),
        ("hi", "नमस्ते। आप कैसे हैं?", ["नमस्ते।", "आप कैसे हैं?"]),
        ("ur", "سلام۔ کیا حال ہے؟", ["سلام۔", "کیا حال ہے؟"]),
        ("ug", "ياخشىمۇسىز؟ رەھمەت.", ["ياخشىمۇسىز؟", "رەھمەت."]),
        ("th", "สวัสดี ครับ ผม", ["สวัสดี ครับ ผม"]),
    ],
)
def test_sentences_of_a_language(language, text, parts):
    assert texts(chunks(text, language, 1000, by_character, max_sentences=1)) == parts


@pytest.mark.parametrize(
    ("text", "budget", "parts"),
    [
        ("this is long, and it goes on without end", 16, ["this is long,", "and it goes on", "without end"]),
        ("it costs 1,000 or 2,000 at 12:30 then", 16, ["it costs 1,000", "or 2,000 at", "12:30 then"]),
        ("今天我们去公园，明天我们去学校和商店", 10, ["今天我们去公园，", "明天我们去学校和商店"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("สวัสดีครับ ผมชื่อทอม", 12, ["สวัสดีครับ", "ผมชื่อทอม"]),
    ],
)
def test_a_long_sentence_is_cut_where_it_hurts_least(text, budget, parts):
    assert texts(chunks(text, "en", budget, by_character)) == parts


@pytest.mark.parametrize(
    "unit",
    [
        "e\u0301",
        "क्ष",
        "กำ",
        "👩\u200d💻",
        "👍🏽",
        "\U0001f1e9\U0001f1ea",
        "❤\ufe0f",
        "\u1112\u1161\u11ab",
        "བོད",
    ],
)
def test_characters_as_people_see_them_stay_whole(unit):
    found = chunks(unit * 50, "en", 7, by_character)
    assert whole(found) == unit * 50
    if unit != "བོད":
        assert all(text == unit * (len(text) // len(unit)) for text in texts(found))
    assert not any(unicodedata.category(text[0]).startswith("M") for text in texts(found))


MARKED = (
    "Open https://example.org/a,b?c=d e or write to me.too@example.com, then press `rm -rf ./a b` and <b>go</b> {name}."
)


@pytest.mark.parametrize("budget", range(1, 60))
def test_no_cut_goes_through_a_mark(budget):
    found = chunks(MARKED, "en", budget, by_character)
    assert whole(found) == MARKED
    marks = [MARKED[mark.start : mark.end] for mark in find_marks(MARKED)]
    assert len(marks) == 6 and all(any(mark in chunk.text for chunk in found) for mark in marks)
    assert all(len(chunk.text) <= budget or chunk.verbatim for chunk in found)


def test_a_mark_over_the_budget_is_a_chunk_by_itself_that_no_model_sees():
    address = "https://example.org/" + "a" * 5000
    found = chunks(f"See {address} for more and {address} too.", "en", 30, by_character)
    assert [(chunk.text, chunk.verbatim) for chunk in found] == [
        ("See", False),
        (address, True),
        ("for more and", False),
        (address, True),
        ("too.", False),
    ]
