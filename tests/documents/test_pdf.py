import io

import pytest
from reportlab.lib import pdfencrypt
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

from hymt.documents import DocumentError, pdf, pdf_lines
from hymt.documents.pdf_lines import Line

PROSE = (
    "The man who lives in the house next to the church has sold his old car. It rained all day, and we stayed at home. "
)
PLACES = ["church", "school", "old town hall", "station", "lake", "baker", "bridge over the river"]
STYLES = getSampleStyleSheet()


def prose(number, sentences):
    """A paragraph unlike those of other numbers."""
    places = (PLACES[(number * 3 + one * one) % len(PLACES)] for one in range(sentences))
    return "".join(PROSE.replace("church", place) for place in places).strip()


def printed(story, columns=1, size=A5):
    """A document with running heads and page numbers."""
    file = io.BytesIO()
    width, height = size[0] - 100, size[1] - 140
    frames = [
        Frame(50 + column * width / columns, 70, width / columns - 10 * (columns > 1), height, id=str(column))
        for column in range(columns)
    ]

    def around(canvas, document):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, size[1] - 40, "A report on cars")
        canvas.drawRightString(size[0] - 60, 40, f"Page {document.page} of 9")

    template = PageTemplate(frames=frames, onPage=around)
    BaseDocTemplate(file, pagesize=size, pageTemplates=[template]).build(story)
    return file.getvalue()


def typed(lines, **how):
    """A page with lines where they are said to be."""
    file = io.BytesIO()
    canvas = Canvas(file, **how)
    for left, bottom, text in lines:
        canvas.drawString(left, bottom, text)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def texts(document):
    return [block.text for block in document.blocks]


@pytest.mark.parametrize("columns", [1, 2])
def test_paragraphs_become_markdown_whatever_pages_and_columns_they_run_over(columns):
    story = [Paragraph("A report", STYLES["Title"])]
    for number in range(1, 7):
        story += [Paragraph(f"Part {number}", STYLES["Heading2"])]
        story += [Paragraph(prose(number, count), STYLES["BodyText"]) for count in (5, 3)]
        story += [Paragraph("A red apple", STYLES["Bullet"], bulletText="•")]
        story += [Paragraph("Some bread", STYLES["Bullet"], bulletText="•")]
    document = pdf.parse("cars.pdf", printed(story, columns))
    expected = "# A report\n"
    for number in range(1, 7):
        expected += f"\n## Part {number}\n\n{prose(number, 5)}\n\n{prose(number, 3)}\n"
        expected += "\n- A red apple\n- Some bread\n"
    assert document.write(texts(document)).decode() == expected
    assert [note.say() for note in document.notes] == [
        "A PDF's text is written as Markdown (.md), without its layout and pictures.",
        "Lines that pages repeat at their top or foot are left out: “A report on cars”, “Page 1 of 9”.",
    ]
    assert [block.kind for block in document.blocks][:3] == ["heading", "heading", "line"]
    assert document.write(["x"] * len(document.blocks)).decode().startswith("# x\n\n## x\n\nx\n")


def test_words_that_are_parted_at_line_ends_are_whole_again():
    lines = ["The government of the old town has pre-", "sented a plan for well-known houses and", "gardens."]
    data = typed([(70, 700 - 14 * number, line) for number, line in enumerate(lines)])
    assert texts(pdf.parse("a.pdf", data)) == [
        "The government of the old town has presented a plan for well-known houses and gardens."
    ]


def test_what_markdown_would_read_as_its_own_is_escaped():
    data = typed([(70, 700, "> not a quotation of <b> anyone"), (70, 600, "# 1 of the list")])
    document = pdf.parse("a.pdf", data)
    assert document.write(texts(document)) == b"\\> not a quotation of \\<b> anyone\n\n\\# 1 of the list\n"


def test_pages_without_text_are_told():
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(70, 700, "Some words")
    canvas.showPage()
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.showPage()
    canvas.save()
    assert pdf.parse("a.pdf", file.getvalue()).notes[-1].say() == "Pages without text, which are left out: 2."


def locked():
    return typed([(70, 700, "Secret")], encrypt=pdfencrypt.StandardEncryption("open sesame", "owner"))


def scanned():
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: b"", "not a PDF, or is damaged"),
        (lambda: b"Just a letter.", "not a PDF, or is damaged"),
        (lambda: b"%PDF-1.7\n" + bytes(200), "not a PDF, or is damaged"),
        (locked, "protected by a password"),
        (scanned, "only pictures of it"),
    ],
)
def test_files_that_cannot_be_read_are_refused(made, reason):
    with pytest.raises(DocumentError, match=reason) as error:
        pdf.parse("letter.pdf", made())
    assert "letter.pdf" in error.value.say("zh")


def test_a_file_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf_lines, "SECONDS", 0.001)
    with pytest.raises(DocumentError, match="too long to read"):
        pdf.parse("a.pdf", scanned())


def test_very_many_pages_are_refused(monkeypatch):
    monkeypatch.setattr(pdf_lines, "_answer", lambda data: "pdf_too_large")
    with pytest.raises(DocumentError, match="than 3,000 pages"):
        pdf.parse("a.pdf", b"")


def test_a_page_is_read_in_lines_with_their_places():
    ((first, second),) = pdf_lines.read("a.pdf", typed([(70, 700, "Some words"), (90, 650, "Zwölf €")]))
    assert (first.text, second.text) == ("Some words", "Zwölf €")
    assert isinstance(first, Line) and (round(first.left), round(second.left)) == (70, 90)
    assert first.right > first.left + 40 and round(first.bottom - second.bottom) == 50 and 8 < first.size < 20
