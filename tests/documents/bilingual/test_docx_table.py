from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from hypothesis import given
from hypothesis import strategies as st

from hymt.documents.bilingual import docx_table
from tests.documents.bilingual.texts import bitext

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def document(both):
    with ZipFile(BytesIO(docx_table.write(both))) as package:
        for part in package.namelist():
            ElementTree.fromstring(package.read(part))
        return ElementTree.fromstring(package.read("word/document.xml"))


def cells(row):
    return ["".join(cell.itertext()) for cell in row.iter(f"{W}tc")]


def test_a_row_a_block_below_a_heading_that_is_repeated():
    root = document(bitext("a & b.md", "# Title\n\nText.", left=[1]))
    assert next(root.iter(f"{W}p")).find(f"{W}r/{W}t").text == "a & b.md"
    heading, *rows = root.iter(f"{W}tr")
    assert heading.find(f"{W}trPr/{W}tblHeader") is not None and cells(heading) == ["#", "English", "Arabic"]
    assert [cells(row) for row in rows] == [["1", "Title", "TITLE"], ["3", "Text.", ""]]
    assert all(row.find(f"{W}trPr/{W}tblHeader") is None for row in rows)
    assert [len(list(row.iter(f"{W}b"))) for row in rows] == [2, 0]  # a heading is bold


def test_only_the_side_that_runs_from_right_to_left_says_so():
    _, row = document(bitext("a.txt", "One.")).iter(f"{W}tr")
    number, source, target = row.iter(f"{W}tc")
    assert [cell.find(f".//{W}bidi") is not None for cell in (number, source, target)] == [False, False, True]
    assert target.find(f".//{W}rtl") is not None and target.find(f".//{W}lang").get(f"{W}bidi") == "ar"
    assert source.find(f".//{W}lang").get(f"{W}val") == "en"
    chinese = document(bitext("a.txt", "One.", target="zh"))
    assert [language.get(f"{W}eastAsia") for language in chinese.iter(f"{W}lang")] == [None, "zh"]
    assert chinese.find(f".//{W}bidi") is None


def test_lines_within_a_text_are_kept():
    root = document(bitext("a.txt", "One.", said=["a\nb"]))
    assert len(list(root.iter(f"{W}br"))) == 1


def test_the_same_texts_give_the_same_bytes():
    both = bitext("a.txt", "One.\nTwo.")
    assert docx_table.write(both) == docx_table.write(both)


@given(st.text(max_size=40).filter(str.strip))
def test_any_translation_gives_xml(said):
    document(bitext("a.txt", "One.", said=[said]))
