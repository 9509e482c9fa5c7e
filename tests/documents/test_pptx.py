import io
import re

import pptx as python_pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from hymt.documents import DocumentError, pptx
from tests.documents.office import packed, parts, picture


@pytest.fixture(scope="module")
def talk():
    """A presentation as another program writes it."""
    made = python_pptx.Presentation()
    for number in range(10):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = f"Slide number {number + 1}"
    body = made.slides[0].placeholders[1].text_frame
    body.text = "First point"
    point = body.add_paragraph()
    for text, bold in (("Second ", None), ("bold", True), (" po", None), ("int", None)):
        run = point.add_run()
        run.text, run.font.bold = text, bold
    body.add_paragraph().text = "A line that\vgoes on."
    cells = made.slides[0].shapes.add_table(1, 2, 0, 0, Inches(4), Inches(1)).table
    cells.cell(0, 0).text, cells.cell(0, 1).text = "A cell", "12"
    image = made.slides[0].shapes.add_picture(io.BytesIO(picture()), 0, 0)
    image._element.nvPicPr.cNvPr.set("descr", "A red dog")
    data = CategoryChartData()
    data.categories = ["Apples", "Pears"]
    data.add_series("Sold", (1, 2))
    chart = made.slides[0].shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, Inches(2), Inches(2), data).chart
    chart.chart_title.text_frame.text = "Fruit by year"
    made.slides[0].notes_slide.notes_text_frame.text = "Say hello first."
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def read(data, name="a.pptx"):
    return pptx.parse(name, data)


def texts(document):
    return [block.text for block in document.blocks]


def test_a_presentation_of_another_program(talk):
    document = read(talk)
    assert [(block.text, block.kind) for block in document.blocks] == [
        ("Slide number 1", "heading"),
        ("First point", "line"),
        ("Second <1>bold</1> point", "line"),
        ("A line that<1/>goes on.", "line"),
        ("A cell", "cell"),
        ("A red dog", "line"),
        *((f"Slide number {number}", "heading") for number in range(2, 11)),
        ("Say hello first.", "line"),
        ("Fruit by year", "line"),
    ]
    assert [(note.key, note.values["count"]) for note in document.notes] == [("embedded_left", 1), ("labels_left", 3)]
    assert document.write(texts(document), "fr") == talk
    written = document.write([text.upper() for text in texts(document)], "fr")
    slide = python_pptx.Presentation(io.BytesIO(written)).slides[0]
    assert slide.shapes.title.text == "SLIDE NUMBER 1"
    lines = slide.placeholders[1].text_frame.paragraphs
    assert [(run.text, run.font.bold) for run in lines[1].runs] == [("SECOND ", None), ("BOLD", True), (" POINT", None)]
    assert lines[2].text == "A LINE THAT\vGOES ON." and slide.notes_slide.notes_text_frame.text == "SAY HELLO FIRST."
    before, after = parts(talk), parts(written)
    assert list(before) == list(after)
    changed = {re.sub(r"\d*\.xml", "", path.rpartition("/")[2]) for path in before if before[path] != after[path]}
    assert changed == {"slide", "notesSlide", "chart"}


def test_paragraphs_and_masters_turn_to_the_right(talk):
    document = read(talk)
    said = ["كلمة" if "<" not in text else text for text in texts(document)]
    written = parts(document.write(said, "ar"))
    slide = written["ppt/slides/slide1.xml"].decode()
    assert slide.count('<a:pPr rtl="1"') == len(re.findall("<a:p>(?!<a:endParaRPr)", slide))
    master = written["ppt/slideMasters/slideMaster1.xml"].decode()
    before = parts(talk)["ppt/slideMasters/slideMaster1.xml"].decode()
    sides = [re.findall('algn="(.*?)"', xml) for xml in (before, master)]
    assert sides[1] == [{"l": "r", "r": "l"}.get(side, side) for side in sides[0]] and {"l", "r", "ctr"} == {*sides[0]}
    assert 'rtl="0"' not in master
    assert written["ppt/theme/theme1.xml"] == parts(talk)["ppt/theme/theme1.xml"]
    back = parts(read(packed(written)).write(["Word" if "<" not in text else text for text in said], "en"))
    assert 'rtl="1"' not in back["ppt/slides/slide1.xml"].decode()
    assert re.findall('algn="(.*?)"', back["ppt/slideMasters/slideMaster1.xml"].decode()) == sides[0]


def test_slides_come_as_they_are_shown(talk):
    made = python_pptx.Presentation(io.BytesIO(talk))
    order = made.slides._sldIdLst
    order.insert(0, order[9])
    file = io.BytesIO()
    made.save(file)
    assert texts(read(file.getvalue()))[:2] == ["Slide number 10", "Slide number 1"]
    given = parts(talk)
    names = {path: path.replace("slide1.xml", "slide77.xml") for path in given}
    renamed = {names[path]: data.replace(b"slides/slide1.xml", b"slides/slide77.xml") for path, data in given.items()}
    assert texts(read(packed(renamed)))[0] == "Slide number 1"


def with_shape(xml, shape):
    return xml.replace("</p:spTree>", f"{shape}</p:spTree>", 1)


def test_languages_follow_the_target_and_what_is_computed_stays(talk):
    given = parts(talk)
    line = (
        '<a:p><a:pPr algn="r"/><a:r><a:rPr lang="en-US" dirty="0"/><a:t>Page </a:t></a:r><a:r><a:rPr lang="de-DE"/>'
        '<a:t>number</a:t></a:r><a:fld type="slidenum"><a:rPr lang="en-US"/><a:t>five</a:t></a:fld>'
        '<a:r><a:t> here</a:t></a:r><a:endParaRPr lang="en-US"/></a:p>'
    )
    shape = f"<p:sp><p:nvSpPr><p:cNvPr id='9' name=''/></p:nvSpPr><p:txBody><a:bodyPr/>{line}</p:txBody></p:sp>"
    for path in ("ppt/slides/slide2.xml", "ppt/slideMasters/slideMaster1.xml"):
        given[path] = with_shape(given[path].decode(), shape)
    comment = '<p:cmLst xmlns:p="x"><p:cm><p:text>Is it true?</p:text></p:cm></p:cmLst>'
    kind = '<Override PartName="/ppt/comments/c.xml" ContentType="x/presentationml.comments+xml"/></Types>'
    given["[Content_Types].xml"] = given["[Content_Types].xml"].decode().replace("</Types>", kind)
    document = read(packed({**given, "ppt/comments/c.xml": comment}))
    assert "Page number<1/> here" in texts(document) and "Is it true?" in texts(document)
    notes = {note.key: note.values["count"] for note in document.notes}
    assert notes == {"labels_left": 3, "embedded_left": 1, "masters_left": 1, "computed_left": 1}
    written = parts(document.write([text.replace("here", "ici") for text in texts(document)], "fr"))
    assert (
        '<a:p><a:pPr algn="r"/><a:r><a:rPr lang="fr-FR" dirty="0"/><a:t>Page number</a:t></a:r>'
        '<a:fld type="slidenum"><a:rPr lang="fr-FR"/><a:t>five</a:t></a:fld><a:r><a:rPr lang="fr-FR" dirty="0"/>'
        '<a:t> ici</a:t></a:r><a:endParaRPr lang="fr-FR"/></a:p>'
    ) in written["ppt/slides/slide2.xml"].decode()


def test_macros_and_other_files_are_refused(talk):
    given = parts(talk)
    kinds = given["[Content_Types].xml"].decode()
    main = "vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    macros = kinds.replace(main, "vnd.ms-powerpoint.presentation.macroEnabled.main+xml")
    with pytest.raises(DocumentError, match="has macros"):
        read(packed({**given, "[Content_Types].xml": macros}))
    with pytest.raises(DocumentError, match=r"not a .pptx file"):
        read(packed({"a.txt": "Words"}))
