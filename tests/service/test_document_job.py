"""Every kind of file, from what was uploaded to the files for download, by the embedded model."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from hymt import documents
from hymt.service.document_job import DocumentJob, Saved
from tests.documents import office

TIMES = "00:00:01{0}000 --> 00:00:02{0}000\n"
CATALOGUE = 'msgid "Good morning."\nmsgstr ""\n'
XLIFF = '<xliff version="{}"><file>{}<source>Good morning.</source></{}></file></xliff>'
FILES = {
    ".txt": "Good morning.",
    ".md": "# Good morning.",
    ".markdown": "- Good morning.",
    ".srt": f"1\n{TIMES.format(',')}Good morning.\n",
    ".vtt": f"WEBVTT\n\n{TIMES.format('.')}Good morning.\n",
    ".ass": "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Good morning.\n",
    ".csv": "id,text\n1,Good morning.\n",
    ".tsv": "id\ttext\n1\tGood morning.\n",
    ".po": CATALOGUE,
    ".pot": CATALOGUE,
    ".json": '{"greeting": "Good morning."}',
    ".xlf": XLIFF.format("1.2", '<trans-unit id="1">', "trans-unit"),
    ".xliff": XLIFF.format("2.0", "<unit><segment>", "segment></unit"),
    ".html": "<p>Good morning.",
    ".htm": "<P>Good morning.</P>",
    ".xhtml": "<p>Good morning.</p>",
}
BOOK = {
    "META-INF/container.xml": '<container><rootfile full-path="a.opf"/></container>',
    "a.opf": '<package><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><itemref idref="a"/></package>',
    "a.xhtml": "<p>Good morning.</p>",
}


PACKED = {
    ".docx": office.word(office.paragraph(office.run("Good morning."))),
    ".pptx": office.slides("Good morning."),
    ".xlsx": office.workbook("Good morning."),
    **{
        suffix: office.odf("<text:p>Good morning.</text:p>", kind=kind)
        for suffix, kind in ((".odt", "text"), (".odp", "presentation"), (".ods", "spreadsheet"))
    },
}


def epub() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        for path, text in BOOK.items():
            book.writestr(path, text)
    return file.getvalue()


def pdf() -> bytes:
    file = io.BytesIO()
    page = Canvas(file)
    page.drawString(70, 700, "Good morning.")
    page.save()
    return file.getvalue()


MADE = {".epub": epub, ".pdf": pdf}


def text_of(path: Path) -> str:
    """What a file says, packed or not."""
    if path.suffix not in documents.PACKED:
        return path.read_text()
    with zipfile.ZipFile(path) as file:
        return "".join(file.read(part).decode("utf-8", "replace") for part in file.namelist())


@pytest.mark.parametrize("suffix", documents.SUFFIXES)
def test_a_file_of_every_kind_is_translated(translator, tmp_path, suffix):
    path = tmp_path / f"letter{suffix}"
    path.write_bytes(MADE[suffix]() if suffix in MADE else PACKED.get(suffix) or FILES[suffix].encode())
    job = DocumentJob.start(translator, lambda: tmp_path, str(path), "fr", "en")
    *_, last = job.events()
    assert isinstance(last, Saved)
    assert last.translation.name == f"letter.fr{'.md' if suffix == '.pdf' else suffix}"
    assert "Bonjour" in text_of(last.translation)
    page = job.file.bilingual("html").decode()
    assert "Good morning." in page and "Bonjour" in page
