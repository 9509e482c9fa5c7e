"""Files whose names say something else than they are."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from hymt.documents import SUFFIXES, DocumentError, read
from hymt.documents.content import check

OPEN = "application/vnd.oasis.opendocument"
EVERY = (".txt", ".html", ".docx", ".pptx", ".xlsx", ".odt", ".odp", ".epub", ".pdf")


def package(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return file.getvalue()


def workbook() -> bytes:
    file = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "Good morning."
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kind", "suffix"),
    [
        (b"%PDF-1.7\n", "a PDF", ".pdf"),
        (package({"word/document.xml": ""}), "a Word document", ".docx"),
        (package({"ppt/presentation.xml": ""}), "a PowerPoint presentation", ".pptx"),
        (workbook(), "an Excel workbook", ".xlsx"),
        (package({"mimetype": f"{OPEN}.text"}), "an OpenDocument file", ".odt"),
        (package({"mimetype": f"{OPEN}.presentation"}), "an OpenDocument file", ".odp"),
        (package({"mimetype": "application/epub+zip"}), "an e-book", ".epub"),
    ],
)
def test_a_file_that_could_be_read_is_told_its_suffix(data, kind, suffix):
    with pytest.raises(
        DocumentError, match=f"“a.md” is {kind}, though its name says otherwise. Give .* {suffix}"
    ) as error:
        check("a.md", data, EVERY)
    assert suffix in error.value.say("zh")
    check(f"A{suffix.upper()}", data, EVERY)
    with pytest.raises(DocumentError, match=f"{kind}, not a text file"):
        check("a.md", data, [".md"])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (package({"notes/one.txt": "hello"}), "a ZIP archive"),
        (package({}), "a ZIP archive"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive"),
        (package({"mimetype": f"{OPEN}.spreadsheet"}), "an OpenDocument file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
        (b"\x1f\x8b\x08\x00", "a compressed archive"),
    ],
)
def test_others_are_told_what_they_seem_to_be(data, kind):
    with pytest.raises(DocumentError, match=f"“a.md” is {kind}"):
        check("a.md", data, EVERY)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Dear all,\n\nhello.", "a plain text, though its name says otherwise. Give it the ending .txt"),
        (b"\n<!DOCTYPE html><html></html>", "a web page, though its name says otherwise. Give it the ending .html"),
        (b"\x89PNG\r\n", "an image, though its name says otherwise. Check"),
    ],
)
def test_what_is_no_package_is_told_by_its_content(data, said):
    with pytest.raises(DocumentError, match=f"“a.xlsx” is {said}"):
        check("a.xlsx", data, EVERY)


def test_a_package_that_may_be_damaged_is_left_to_its_format(tmp_path):
    whole = workbook()
    for data, reason in (
        (whole[: len(whole) // 2], "damaged"),
        (b"", "damaged"),
        (bytes(5000), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password"),
    ):
        path = tmp_path / "a.xlsx"
        path.write_bytes(data)
        with pytest.raises(DocumentError, match=reason):
            read(path)


@pytest.mark.parametrize("suffix", [suffix for suffix in SUFFIXES if suffix != ".xlsx"])
def test_a_workbook_by_another_name_is_refused_by_every_format(tmp_path, suffix):
    path = tmp_path / f"prices{suffix}"
    path.write_bytes(workbook())
    with pytest.raises(DocumentError, match=r"is an Excel workbook.*\.xlsx"):
        read(path)


def test_texts_pass_by_any_name_of_a_text():
    for data in (b"%PD", b"PK", b"<html>", b"{}", b"", "你好".encode("gb18030")):
        check("a.md", data, EVERY)
