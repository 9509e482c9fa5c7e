from hymt.documents.pdf_lines import Line
from hymt.documents.pdf_paragraphs import paragraphs, without_running

WIDTH = 6.0  # of a letter


def page(*lines, top=700.0, size=12.0):
    """Lines below one another; one may be a tuple with its indentation, gap above or size."""
    found, bottom = [], top
    for line in lines:
        text, how = line if isinstance(line, tuple) else (line, {})
        bottom -= 14.0 + how.get("gap", 0.0)
        left = 70.0 + how.get("indent", 0.0)
        found.append(Line(text, left, left + WIDTH * len(text), bottom, how.get("size", size)))
    return found


def texts(*pages):
    return [one.text for one in paragraphs(pages)]


def test_an_indented_line_begins_a_paragraph():
    indent = {"indent": 18.0}
    assert texts(
        page(
            ("The man who lives in the house next to the", indent),
            "church has sold his old car, and his wife has",
            "bought a new one that is far too large for her",
            ("It rained all day. We stayed at home and read", indent),
            "what had been lying there for so many a month.",
        )
    ) == [
        "The man who lives in the house next to the church has sold his old car, and his wife has bought a new one "
        "that is far too large for her",
        "It rained all day. We stayed at home and read what had been lying there for so many a month.",
    ]


def test_a_gap_or_a_short_line_ends_a_paragraph():
    wide = "Here is a line that goes as far as it can go"
    assert texts(page(wide, "and ends.", f"{wide}.", ("Another one.", {"gap": 8.0}), "Tom", "London")) == [
        f"{wide} and ends.",
        f"{wide}.",
        "Another one.",
        "Tom",
        "London",
    ]


def test_a_sentence_goes_on_over_the_end_of_a_page():
    wide = "Here is a line that goes as far as it can go"
    assert texts(page(wide), page("and ends here.")) == [f"{wide} and ends here."]
    assert texts(page(f"{wide}."), page("and more.")) == [f"{wide}.", "and more."]


def test_larger_lines_are_headings_by_their_size():
    found = list(
        paragraphs(
            [
                page(
                    ("A book", {"size": 24.0}),
                    ("Its first part", {"size": 16.0, "gap": 20.0}),
                    *["Here is a line that goes as far as it can go"] * 3,
                    ("• One thing", {"gap": 4.0}),
                    "– another",
                )
            ]
        )
    )
    assert [(one.text, one.level, one.item) for one in found if one.level or one.item] == [
        ("A book", 1, False),
        ("Its first part", 2, False),
        ("One thing", 0, True),
        ("another", 0, True),
    ]


def test_chinese_lines_are_joined_without_blanks():
    line = "今天天气很好我们一起去公园里走了一个下午后来"
    assert texts(page(line, line, "就回家了。")) == [f"{line}{line}就回家了。"]


def test_what_pages_repeat_is_left_out_but_not_chapters():
    pages = [
        page("A report on cars", f"Chapter {number // 2 + 1}", f"Words of page {'x' * number}", f"{number + 7} of 90")
        for number in range(6)
    ]
    kept, left = without_running(pages)
    assert left == ["A report on cars", "7 of 90"]
    assert [line.text for line in kept[0]] == ["Chapter 1", "Words of page "]
    assert sum(map(len, kept)) == 12


def test_headings_that_are_numbered_as_pages_are_stay():
    words = (
        "Here is a line",
        "that goes as far as it",
        "can go before it ends",
        "and another one follows",
        "it in the end.",
    )
    pages = [page((f"Step {number}", {"size": 20.0}), *words[number:], *words) for number in range(3)]
    kept, _ = without_running(pages)
    assert [one[0].text for one in kept] == ["Step 0", "Step 1", "Step 2"]


def test_two_pages_repeat_nothing():
    pages = [page("A report on cars", "Words"), page("A report on cars", "More")]
    assert without_running(pages) == (pages, [])
