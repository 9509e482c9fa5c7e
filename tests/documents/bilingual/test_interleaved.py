from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hymt.documents import DocumentError, read
from hymt.documents.bilingual import Bitext, interleaved
from hymt.text.languages import LANGUAGES
from tests.documents.bilingual.texts import bitext

WRAPPED = "The man who lives in the\nhouse next to the church has\nsold his old car."
IN_CAPITALS = "THE MAN WHO LIVES IN THE\nHOUSE NEXT TO THE CHURCH HAS\nSOLD HIS OLD CAR."
TIMES = "00:00:01,000 --> 00:00:02,000"


@pytest.mark.parametrize(
    ("name", "text", "both"),
    [
        ("a.txt", "One.\n\n  Two.", "One.\nONE.\n\n  Two.\n  TWO."),
        ("a.txt", "One.\r\n", "One.\r\nONE.\r\n"),
        ("a.txt", "- item\n3. third\n4. fourth\n", "- item\n  ITEM\n3. third\n   THIRD\n4. fourth\n   FOURTH\n"),
        ("a.txt", "== Title ==\n", "== Title ==\n== TITLE ==\n"),
        ("a.txt", "name\tvalue\n12\n", "name\tvalue\nNAME\tVALUE\n12\n"),
        ("a.txt", f"{WRAPPED}\n\nEnd.", f"{WRAPPED}\n{IN_CAPITALS}\n\nEnd.\nEND."),
        ("a.md", "# Title\n\nText.\n", "# Title\n# TITLE\n\nText.  \nTEXT.\n"),
        ("a.md", "One.\nTwo.", "One.  \nONE.  \nTwo.  \nTWO."),
        ("a.md", "> - one\n>   more", "> - one  \n>   ONE  \n>   more  \n>   MORE"),
        ("a.md", "| a | b |\n|---|---|\n| c | 1 |", "| a<br>A | b<br>B |\n|---|---|\n| c<br>C | 1 |"),
        ("a.md", "Title\n=====\n```\ncode\n```\n", "Title  \nTITLE\n=====\n```\ncode\n```\n"),
        ("a.srt", f"1\n{TIMES}\nGood\nday.\n", f"1\n{TIMES}\nGood\nday.\nGOOD DAY.\n"),
        ("a.srt", f"1\r\n{TIMES}\r\n<i>Yes.</i>\r\n", f"1\r\n{TIMES}\r\n<i>Yes.\r\nYES.</i>\r\n"),
        ("a.srt", f"1\n{TIMES}\n- Who?\n- Me.\n", f"1\n{TIMES}\n- Who?\nWHO?\n- Me.\nME.\n"),
        (
            "a.vtt",
            "WEBVTT\n\n00:01.000 --> 00:02.000\nA &amp; b.\n",
            "WEBVTT\n\n00:01.000 --> 00:02.000\nA &amp; b.\nA &amp; B.\n",
        ),
    ],
)
def test_a_translation_stands_below_its_source(name, text, both):
    assert interleaved.write(bitext(name, text)).decode() == both


def test_a_cue_of_ass_breaks_its_lines_its_own_way(tmp_path):
    path = tmp_path / "a.ass"
    path.write_text("[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\b1}Good\\Nday.\n")
    document = read(path)
    said = Bitext(document, ["Bonjour."], LANGUAGES["en"], LANGUAGES["fr"])
    assert interleaved.write(said).endswith(b",,{\\b1}Good\\Nday.\\NBonjour.\n")


def test_what_is_not_translated_stands_alone():
    assert interleaved.write(bitext("a.txt", "One.\nTwo.\n", left=[0])) == b"One.\nTwo.\nTWO.\n"
    assert interleaved.write(bitext("a.txt", "a\tb\n", left=[0])) == b"a\tb\na\tB\n"
    assert interleaved.write(bitext("a.srt", f"1\n{TIMES}\nYes.\n", left=[0])).decode() == f"1\n{TIMES}\nYes.\n"


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.xlsx", "a.pdf"])
def test_other_formats_are_refused_by_name(name):
    with pytest.raises(DocumentError, match=r"cannot hold both languages in turn; \.txt, \.md"):
        interleaved.check(name)


@given(
    st.sampled_from(["a.txt", "a.md"]),
    st.text(alphabet="aB .\n\r\t->#|*1\u2028`é中", max_size=60),
    st.booleans(),
)
def test_the_source_is_in_it_line_by_line(name, text, translated):
    both = bitext(name, text)
    if not translated:
        both = bitext(name, text, left=range(len(both.translations)))
    source, written = both.document.write([block.text for block in both.document.blocks]), interleaved.write(both)
    if not translated or not both.translations:
        assert written == source
    elif Path(name).suffix == ".txt":
        found = iter(written.splitlines())
        assert all(line in found for line in source.splitlines())
