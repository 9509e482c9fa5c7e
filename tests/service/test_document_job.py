"""Every kind of file, from what was uploaded to the files for download, by the embedded model."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize("suffix", documents.SUFFIXES)
def test_a_file_of_every_kind_becomes_two(translator, tmp_path, suffix):
    path = tmp_path / f"letter{suffix}"
    path.write_bytes(FILES[suffix].encode() if suffix in FILES else PACKED[suffix])
    job = DocumentJob.start(translator, lambda: tmp_path, str(path), "fr", "en")
    *_, last = job.events()
    assert isinstance(last, Saved)
    assert [file.name for file in (last.translation, last.bilingual)] == [f"letter.fr{suffix}", "letter.en-fr.html"]
    written = last.translation.read_bytes()
    if suffix in documents.PACKED:
        written = b"".join(office.parts(written).values())
    assert "Bonjour" in written.decode()
    page = last.bilingual.read_text()
    assert "Good morning." in page and "Bonjour" in page
