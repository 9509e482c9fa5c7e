"""What is written is opened by LibreOffice, where that is installed, and saved as another kind of file."""

import io
import shutil
import subprocess

import docx as python_docx
import pytest

from hymt import documents
from tests.documents.office import parts

OFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")


@pytest.fixture(scope="module")
def convert(tmp_path_factory):
    """Converts a file to another kind; gives its path."""
    folder = tmp_path_factory.mktemp("office")

    def convert(path, suffix):
        profile = f"-env:UserInstallation=file://{folder / 'profile'}"
        wanted = [OFFICE, profile, "--headless", "--convert-to", suffix, "--outdir", str(folder / suffix), str(path)]
        subprocess.run(wanted, check=True, capture_output=True, timeout=300)
        return folder / suffix / f"{path.stem}.{suffix}"

    return convert


def test_a_document_goes_through_libreoffice_before_and_after(convert, tmp_path):
    made = python_docx.Document()
    made.add_heading("The house", 1)
    line = made.add_paragraph("The ")
    line.add_run("old").bold = True
    line.add_run(" house is ")
    line.add_run("large.")
    made.save(tmp_path / "first.docx")
    text = convert(tmp_path / "first.docx", "odt")
    document = documents.read(text)
    assert [(block.text, block.kind) for block in document.blocks] == [
        ("The house", "heading"),
        ("The <1>old</1> house is large.", "line"),
    ]
    assert document.write([block.text for block in document.blocks], "ar") == text.read_bytes()
    (tmp_path / "second.odt").write_bytes(document.write(["البيت", "البيت <1>القديم</1> كبير."], "ar"))
    back = convert(tmp_path / "second.odt", "docx")
    opened = python_docx.Document(io.BytesIO(back.read_bytes()))
    assert [line.text for line in opened.paragraphs] == ["البيت", "البيت القديم كبير."]
    assert [run.text for run in opened.paragraphs[1].runs if run.bold] == ["القديم"]
    assert documents.read(back).blocks[1].text == "البيت <1>القديم</1> كبير."
    assert b'<w:bidi w:val="1"/>' in parts(back.read_bytes())["word/styles.xml"]
