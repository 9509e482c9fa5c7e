import codecs
import os

import pytest

from hymt.documents import SUFFIXES, DocumentError, markdown, read
from tests.documents import office

MARKDOWN = """\
---
title: Not translated
tags: [a, b]
---
# Heading

Some *text* with `code`.

```python
print("not translated")
# nor this
```

> quote
> ~~~
> also not
> ~~~

<!-- a comment
over lines --> after it
| Name | Meaning |
| --- | :-: |
| `a\\|b` | first |

- one
  1. two

---

Last: line
---
````
```
still code
"""
PROSE = ["Heading", "Some *text* with `code`.", "quote", "after it", "Name", "Meaning", "first"]
PROSE += ["one", "two", "Last: line"]


def texts(found):
    return [block.text for block in found.blocks]


@pytest.fixture
def save(tmp_path):
    def save(data, name="letter.txt"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return save


def test_plain_text_keeps_its_shape(save):
    document = read(save(b"  One\r\n\r\n- two\n3\n"))
    assert (document.name, texts(document), document.dropped) == ("letter.txt", ["One", "two"], 0)
    assert document.write(["Un", "deux"]) == b"  Un\r\n\r\n- deux\n3\n"
    with pytest.raises(ValueError):
        document.write(["Un"])


@pytest.mark.parametrize(
    ("mark", "encoding", "kept"),
    [
        (b"", "utf-8", b""),
        (b"", "gb18030", b""),
        (b"", "utf-16-le", b""),
        (codecs.BOM_UTF8, "utf-8", codecs.BOM_UTF8),
        (codecs.BOM_UTF16_LE, "utf-16-le", codecs.BOM_UTF8),
        (codecs.BOM_UTF16_BE, "utf-16-be", codecs.BOM_UTF8),
    ],
)
def test_written_as_utf8_with_a_mark_only_if_there_was_one(save, mark, encoding, kept):
    text = "你好\r\n世界\r\n"
    document = read(save(mark + text.encode(encoding)))
    assert texts(document) == ["你好", "世界"]
    assert document.write(texts(document)) == kept + text.encode()


def test_control_characters_are_left_out_and_counted(save):
    document = read(save(b"A perfectly common sentence that is long enough, with one \x07 bell.\n"))
    assert document.dropped == 1
    assert b"\x07" not in document.write(texts(document))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_markdown_translates_prose_only(save, line_end):
    text = MARKDOWN.replace("\n", line_end)
    document = read(save(text.encode(), "notes.md"))
    assert texts(document) == PROSE
    assert document.write(texts(document)).decode() == text


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("---\nA rule, then text\n---\nmore", ["A rule, then text", "more"]),
        ("text\n```\nopen to the end", ["text"]),
        ("```not a fence``` but code\ntext", ["```not a fence``` but code", "text"]),
        ("<!-- one --> two <!-- three", ["two <!-- three"]),
        ("| a | b\\\n|", ["a", "b\\"]),
        ("||\n", []),
        ("> - # deep", ["deep"]),
        ("", []),
    ],
)
def test_markdown_corners(text, blocks):
    found = markdown.split(text)
    assert texts(found) == blocks
    assert found.skeleton.fill(texts(found)) == text


def test_suffixes_in_any_case(save):
    assert set(SUFFIXES) >= {".txt", ".md", ".markdown"}
    assert texts(read(save(b"Hi", "A.TXT"))) == ["Hi"]
    assert texts(read(save(b"```\nHi\n```\nyou", "A.Markdown"))) == ["you"]


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.txt", "no text to translate"),
        (b" \n\n", "a.txt", "no text to translate"),
        (b"12\n---\n", "a.md", "no text to translate"),
        (b"```\ncode\n```\n", "a.md", "no text to translate"),
        (codecs.BOM_UTF8, "a.txt", "no text to translate"),
        (b"Hi", "a.docm", "not of a known kind"),
        (b"Hi", "noname", "not of a known kind"),
        (b"%PDF-1.7", "a.txt", "a PDF"),
    ],
)
def test_refusals_name_the_file_but_no_folder(save, tmp_path, data, name, reason):
    with pytest.raises(DocumentError, match=reason) as error:
        read(save(data, name))
    assert name in str(error.value) and str(tmp_path) not in str(error.value)


def test_missing_folder_and_too_large(save, tmp_path):
    (tmp_path / "folder.txt").mkdir()
    for path in (tmp_path / "gone.txt", tmp_path / "folder.txt"):
        with pytest.raises(DocumentError) as error:
            read(path)
        assert path.name in str(error.value) and str(tmp_path) not in str(error.value)
    with pytest.raises(DocumentError, match="limit"):
        read(save(b"abc " * 10), max_bytes=39)
    assert read(save(b"abc " * 10), max_bytes=40).blocks


def test_files_with_pictures_may_be_larger(save):
    with pytest.raises(DocumentError, match=r"10\.0 MB"):
        read(save(b"abc " * 2_600_000))
    with pytest.raises(DocumentError, match=r"25\.0 MB"):
        read(save(b"%PDF" * 6_300_000, "large.pdf"))


def test_size_is_checked_before_reading(tmp_path):
    path = tmp_path / "huge.txt"
    path.touch()
    os.truncate(path, 1 << 36)  # sparse: takes no space, and could not be read
    with pytest.raises(DocumentError, match="limit"):
        read(path)


WRAPPED = "The man who lives in the\nhouse next to the church has\nsold his old car.\n"


@pytest.mark.parametrize(("lines", "count"), [("auto", 1), ("join", 1), ("keep", 3)])
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_the_lines_of_a_paragraph_are_joined_as_one_likes_and_told(save, name, lines, count):
    document = read(save(WRAPPED.encode(), name), lines=lines)
    assert len(document.blocks) == count and len(document.notes) == (count == 1)
    assert document.write([block.text for block in document.blocks]) == WRAPPED.encode()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xlsx", office.word(office.paragraph(office.run("Words"))), "a Word document.* .docx"),
        ("a.docx", office.workbook("Words"), "an Excel workbook.* .xlsx"),
        ("a.odt", office.slides("Words"), "a PowerPoint presentation.* .pptx"),
        ("a.pptx", office.odf("<text:p>Words</text:p>"), "an OpenDocument file.* .odt"),
        ("a.docx", office.packed({"mimetype": "application/epub+zip"}), "an e-book"),
        ("a.ods", office.packed({"a.txt": "Words"}), "not a .ods file"),
        ("a.docx", b"Words", "a plain text.* .txt"),
    ],
)
def test_a_file_with_the_ending_of_another_kind_says_what_it_is(save, name, data, said):
    with pytest.raises(DocumentError, match=said) as refused:
        read(save(data, name))
    assert refused.value.say("zh") != refused.value.say("en")
