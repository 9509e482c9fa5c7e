import pytest

from hymt.documents import DocumentError, fields
from hymt.documents.fields import Field, from_fields


def shouted(text):
    return f"<{text}>"


def test_fields_are_written_their_own_way_and_all_else_stays():
    text = "a=[One line]\nb=[12]\nc=[- Two/lines]\n"
    found = from_fields(
        text,
        [
            Field(3, 11, "One line", shouted),
            Field(16, 18, "12", shouted),
            Field(23, 34, "- Two\nlines", shouted, "cell"),
        ],
    )
    assert [(block.text, block.line, block.kind) for block in found.blocks] == [
        ("One line", 1, "line"),
        ("Two", 3, "cell"),
        ("lines", 3, "cell"),
    ]
    assert found.skeleton.fill(["One line", "Two", "lines"]) == text
    assert found.skeleton.fill(["x", "y", "lines"]) == "a=[<x>]\nb=[12]\nc=[<- y\nlines>]\n"
    with pytest.raises(ValueError):
        found.skeleton.fill(["x"])


def test_a_file_of_too_many_texts_is_refused(monkeypatch):
    monkeypatch.setattr(fields, "MOST_FIELDS", 2)
    with pytest.raises(DocumentError, match="more than 2 texts"):
        from_fields("a b c", [Field(at, at + 1, "a", str) for at in (0, 2, 4)])
