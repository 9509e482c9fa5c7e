import io
import re
import tracemalloc

import docx as python_docx
import pytest
from docx.shared import Inches
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hymt.documents import DocumentError, docx
from tests.documents.office import MAIN, W, body, paragraph, parts, picture, run, word

START, END = '<w:bookmarkStart w:id="0"/>', '<w:bookmarkEnd w:id="0"/>'
BREAK, TAB = "<w:r><w:br/></w:r>", "<w:r><w:tab/></w:r>"
NOTE = '<w:r><w:footnoteReference w:id="2"/></w:r>'
DELETED = '<w:del w:id="1"><w:r><w:delText>never</w:delText></w:r></w:del>'
MATH = "<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>"
NAMED = "<w:sdt><w:sdtPr><w:dropDownList/></w:sdtPr><w:sdtContent><w:r><w:t>Yes</w:t></w:r></w:sdtContent></w:sdt>"


def field(code, result, end="end"):
    kinds = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", end)]
    return f"{kinds[0]}<w:r><w:instrText>{code}</w:instrText></w:r>{kinds[1]}{result}{kinds[2] if end else ''}"


def read(data, name="a.docx"):
    return docx.parse(name, data)


def texts(document):
    return [block.text for block in document.blocks]


def said(*content):
    """The texts and notes of a paragraph."""
    document = read(word(paragraph(*content)))
    return texts(document), [note.key for note in document.notes]


@pytest.fixture(scope="module")
def report():
    """A document as another program writes it."""
    made = python_docx.Document()
    made.core_properties.title = "A short report"
    made.add_heading("The old house", 1)
    text = made.add_paragraph("The ")
    text.add_run("old").bold = True
    text.add_run(" house is ")
    text.add_run("large.")
    made.add_paragraph("First item", style="List Bullet")
    for cell, content in zip(made.add_table(1, 2).rows[0].cells, ("A red apple", "3"), strict=True):
        cell.text = content
    shown = made.add_paragraph("See the picture ")
    shown.add_run().add_picture(io.BytesIO(picture()), Inches(0.5))
    shown.add_run(" here.")
    made.sections[0].header.paragraphs[0].text = "The head"
    made.sections[0].footer.paragraphs[0].text = "The foot"
    made.add_comment(shown.runs[0], text="Please check this.", author="Tom", initials="T")
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_a_document_of_another_program(report):
    document = read(report)
    assert [(block.text, block.kind) for block in document.blocks] == [
        ("The old house", "heading"),
        ("The <1>old</1> house is large.", "line"),
        ("First item", "line"),
        ("A red apple", "cell"),
        ("<1>See the picture </1><2/> here.", "line"),
        ("The head", "line"),
        ("The foot", "line"),
        ("Please check this.", "line"),
        ("A short report", "line"),
    ]
    assert [block.line for block in document.blocks] == list(range(1, 10)) and not document.notes
    assert document.write(texts(document), "fr") == report
    written = document.write([text.upper() for text in texts(document)], "fr")
    made = python_docx.Document(io.BytesIO(written))
    runs = [(run.text, run.bold) for run in made.paragraphs[1].runs]
    assert runs == [("THE ", None), ("OLD", True), (" HOUSE IS LARGE.", None)]
    assert made.tables[0].cell(0, 0).text == "A RED APPLE" and made.core_properties.title == "A SHORT REPORT"
    assert len(made.inline_shapes) == 1 and made.sections[0].footer.paragraphs[0].text == "THE FOOT"
    before, after = parts(report), parts(written)
    assert list(before) == list(after)
    changed = {"document", "header1", "footer1", "comments", "core", "styles"}
    assert {re.sub(r".*/|\.xml", "", path) for path in before if before[path] != after[path]} == changed
    with pytest.raises(ValueError):
        document.write(["one"])


@pytest.mark.parametrize(
    ("content", "blocks", "notes"),
    [
        ([run("A "), '<w:proofErr w:type="spellStart"/>', run("wo", "<w:noProof/>"), run("rd")], ["A word"], []),
        (
            [run("One "), '<w:hyperlink r:id="r1" w:tooltip="Go there">', run("link", "<w:u/>"), "</w:hyperlink>"],
            ["One <1>link</1>", "Go there"],
            [],
        ),
        ([run("See "), field("HYPERLINK x", run("a page", "<w:u/>")), run(".")], ["See <1>a page</1>."], []),
        ([run("See "), field("REF x", run("Part one")), run(".")], ["See <1/>."], ["computed_left"]),
        (
            [run("On "), '<w:fldSimple w:instr="PAGE">', run("5"), "</w:fldSimple>", run(" it is")],
            ["On <1/> it is"],
            [],
        ),
        ([field("TOC", run("The first part") + TAB + field("PAGEREF x", run("7")), end="")], ["The first part"], []),
        ([run("He "), DELETED, '<w:ins w:id="2">', run("often"), "</w:ins>", run(" came.")], None, ["deleted_left"]),
        ([run("Now"), NOTE, run(" x is "), MATH, run(" or so.")], ["Now<1/> x is <2/> or so."], []),
        ([run("The end."), NOTE], ["The end."], []),
        ([run("Say "), NAMED, run(" now")], ["Say <1/> now"], ["choices_left"]),
        (
            [run("A "), "<w:sdt><w:sdtPr/><w:sdtContent>", run("good"), "</w:sdtContent></w:sdt>", run(" day")],
            ["A <1>good</1> day"],
            [],
        ),
        (
            [START, run("All"), START.replace("0", "1"), run(" of it"), END.replace("0", "1"), END],
            ["All<2> of it</2>"],
            [],
        ),
        ([run("Words"), START.replace("/>", ' w:name="_GoBack"/>'), END, run(" here")], ["Words here"], []),
        ([run("Words"), START, END, run(" here")], ["Words<1/> here"], []),
        ([run("Name:"), TAB, run("Tom"), BREAK, run("Street: Old Road")], ["Name:", "Tom", "Street: Old Road"], []),
        ([run("A line that"), BREAK, run("goes on.")], ["A line that<1/>goes on."], []),
        (
            ["<w:r><w:ruby><w:rt>", run("pin"), "</w:rt><w:rubyBase>", run("Words"), "</w:rubyBase></w:ruby></w:r>"],
            ["Words"],
            ["reading_lost"],
        ),
        (
            [run("Words "), '<w:r><w:pict><v:shape><v:textpath string="Only a draft"/></v:shape></w:pict></w:r>'],
            ["Words", "Only a draft"],
            [],
        ),
        ([run("co"), "<w:r><w:noBreakHyphen/></w:r>", run("op and all")], ["co\u2011op and all"], []),
    ],
)
def test_what_stands_in_a_paragraph(content, blocks, notes):
    assert said(*content) == (blocks or ["He <1/><2>often</2> came."], notes)
    document = read(word(paragraph(*content)))
    written = body(document.write([f"{text}!" for text in texts(document)]))
    assert said(written.removeprefix("<w:p>").removesuffix("</w:p>"))[0] == [f"{text}!" for text in texts(document)]


def test_text_boxes_are_translated_in_both_their_forms():
    box = f"<w:txbxContent>{paragraph(run('In the box'))}</w:txbxContent>"
    drawing = f'<w:drawing><wp:docPr id="1" name="x" descr="A red dog"/><wps:txbx>{box}</wps:txbx></w:drawing>'
    drawn = (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps">{drawing}</mc:Choice><mc:Fallback><w:pict>'
        f'<v:shape alt="A red dog">{box}</v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>'
    )
    document = read(word(paragraph(run("Around"), drawn, run(" it"))))
    assert texts(document) == ["Around<1/> it", "A red dog", "In the box"]
    written = body(document.write(["Darum<1/>", 'Ein "Hund"', "Drin"]))
    assert written.count("Drin") == 2 and written.count("Ein &quot;Hund&quot;") == 2
    assert "In the" not in written and etree.fromstring(f"<x {W}>{written}</x>") is not None


def test_notes_headings_and_tables():
    note = f'<w:footnotes {W}><w:footnote w:id="2">{paragraph(run("As he says."))}</w:footnote></w:footnotes>'
    styles = (
        f'<w:styles {W}><w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="H1"/></w:style>'
        '<w:style w:styleId="A"><w:basedOn w:val="B"/></w:style><w:style w:styleId="B"><w:basedOn w:val="A"/></w:style>'
        "</w:styles>"
    )
    content = paragraph('<w:pPr><w:pStyle w:val="Own"/></w:pPr>', run("The title"))
    content += paragraph("<w:pPr><w:numPr/></w:pPr>", run("An item"))
    content += f'<w:tbl><w:tblPr><w:tblCaption w:val="Some prices"/></w:tblPr><w:tr><w:tc>{paragraph(run("A cell"))}'
    data = word(f"{content}</w:tc></w:tr></w:tbl>", {"footnotes": note, "styles": styles})
    document = read(data)
    assert [(block.text, block.kind) for block in document.blocks] == [
        ("The title", "heading"),
        ("An item", "item"),
        ("Some prices", "line"),
        ("A cell", "cell"),
        ("As he says.", "line"),
    ]
    assert 'w:val="Preise"' in body(document.write(["T", "I", "Preise", "Z", "F"]))


def test_language_and_direction_follow_the_target():
    told = '<w:lang w:val="en-US" w:eastAsia="ja-JP"/>'
    bold = f"<w:b/><w:sz w:val='30'/>{told}"
    content = paragraph('<w:pPr><w:keepNext/><w:jc w:val="left"/></w:pPr>', run("All bold words", bold))
    content += (
        paragraph(run("Code"), "<w:r><w:pict/></w:r>") + "<w:tbl><w:tblPr/></w:tbl><w:sectPr><w:docGrid/></w:sectPr>"
    )
    styles = f"<w:styles {W}><w:rPrDefault><w:rPr>{told}</w:rPr></w:rPrDefault></w:styles>"
    document = read(word(content, {"styles": styles}))
    french = document.write(["Du texte", "Code"], "fr")
    assert 'w:val="fr-FR" w:eastAsia="ja-JP"' in body(french) and "bidi" not in body(french)
    assert b'w:val="fr-FR"' in parts(french)["word/styles.xml"]
    assert 'w:val="en-US" w:eastAsia="zh-CN"' in body(document.write(["文字", "Code"], "zh"))
    arabic = document.write(["كلمات", "Code"], "ar")
    assert body(arabic) == (
        '<w:p><w:pPr><w:keepNext/><w:bidi/><w:jc w:val="left"/></w:pPr><w:r><w:rPr><w:b/><w:bCs/>'
        '<w:sz w:val=\'30\'/><w:szCs w:val=\'30\'/><w:lang w:val="en-US" w:eastAsia="ja-JP" w:bidi="ar-SA"/>'
        '<w:rtl/></w:rPr><w:t xml:space="preserve">كلمات</w:t></w:r></w:p>'
        '<w:p><w:pPr><w:bidi/></w:pPr><w:r><w:t xml:space="preserve">Code</w:t></w:r><w:r><w:pict/></w:r></w:p>'
        "<w:tbl><w:tblPr><w:bidiVisual/></w:tblPr></w:tbl><w:sectPr><w:bidi/><w:docGrid/></w:sectPr>"
    )
    back = read(arabic).write(["Words", "Code"], "en")
    assert not re.search("bidi/|bidiVisual|rtl", body(back)) and "Words" in body(back)
    hebrew = read(arabic).write(["מילים", "Code"], "he")
    assert body(hebrew).count("<w:bidi/>") == body(arabic).count("<w:bidi/>")


def test_charts_and_smart_art_are_translated():
    line = '<a:p><a:pPr algn="l"/><a:r><a:rPr lang="en-US" b="1"/><a:t>{}</a:t></a:r></a:p>'
    text = f'<x xmlns:a="a" xmlns:c="c">{line}{{}}</x>'
    labels = "<c:strCache><c:pt><c:v>Apples</c:v></c:pt><c:pt><c:v>12</c:v></c:pt></c:strCache>"
    kinds = {
        "word/charts/chart1.xml": "x/drawingml.chart+xml",
        "word/diagrams/data1.xml": "x/drawingml.diagramData+xml",
    }
    more = {"charts/chart1": text.format("Fruit", labels), "diagrams/data1": text.format("First step", "")}
    document = read(word(paragraph(run("Words")), more, kinds))
    assert texts(document) == ["Words", "Fruit", "First step"]
    assert [(note.key, note.values["count"]) for note in document.notes] == [("labels_left", 1)]
    written = parts(document.write(["كلمات", "فاكهة", "خطوة"], "ar"))
    turned = '<a:p><a:pPr algn="r" rtl="1"/><a:r><a:rPr lang="ar-SA" b="1"/><a:t>فاكهة</a:t></a:r></a:p>'
    assert turned in written["word/charts/chart1.xml"].decode() and labels in written["word/charts/chart1.xml"].decode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "damaged or not complete"),
        (word(paragraph(run("A word")))[:-30], "damaged or not complete"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "protected by a password"),
        (word("", kinds={"word/document.xml": MAIN.replace("main", "other")}), "not a .docx file"),
        (word("", kinds={"word/document.xml": "application/vnd.ms-word.document.macroEnabled.main+xml"}), "has macros"),
        (word("", {"x": "<x/>"}, {"word/x.xml": "application/vnd.ms-office.vbaProject"}), "has macros"),
        (word("", kinds={"word/document.xml": "x/presentationml.presentation.main+xml"}), "not a .docx file"),
        (word("<w:p>"), "not valid XML"),
        (word("", {"footnotes": "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"}), "document type"),
        (word("<w:tbl>" * 600 + "</w:tbl>" * 600), "nested too deep"),
    ],
)
def test_files_that_cannot_be_used_are_refused(data, reason):
    with pytest.raises(DocumentError, match=reason):
        read(data)


def test_boxes_and_links_within_one_another_have_an_end():
    inner = run("Words")
    for _ in range(40):
        inner = f"<w:r><w:pict>{paragraph(inner)}</w:pict></w:r>"
    document = read(word(paragraph(run("Around "), inner)))
    assert texts(document) == ["Around"] and [note.key for note in document.notes] == ["nested_left"]
    links = "<w:hyperlink>" * 200 + run("Words") + "</w:hyperlink>" * 200
    document = read(word(paragraph(links, run("Around"))))
    assert document.write(["Rund"]) and body(document.write(["Rund"])).count("<w:hyperlink>") == 200


def test_time_and_memory_grow_with_the_file():
    """Fields that never end, bookmarks that all cross and tables by the thousand."""

    def memory(number):
        row = f"<w:tbl><w:tr><w:tc>{paragraph(run('A cell'))}</w:tc></w:tr></w:tbl>"
        begun = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * number
        marks = [f'<w:bookmark{kind} w:id="{n}"/>' for kind in ("Start", "End") for n in range(number)]
        data = word(row * number + paragraph(begun, *marks, run("The end")))
        tracemalloc.start()
        assert len(read(data).blocks) == number + 1
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert memory(2000) < 5 * memory(500)


RUNS = st.lists(
    st.builds(
        run,
        st.text("ab 1/>Zé漢", min_size=1, max_size=9).map(lambda text: text.replace(">", "&gt;")),
        st.sampled_from(["", "<w:b/>", "<w:i/><w:lang w:val='en'/>", "<w:lang w:val='de'/>"]),
    )
    | st.sampled_from([NOTE, MATH, TAB, BREAK, DELETED, "<w:hyperlink>" + run("Link") + "</w:hyperlink>"]),
    min_size=1,
    max_size=8,
)


def looks(xml):
    """The characters of a body with their formatting, blanks without, and what else there is between them."""
    found = []
    for element in etree.fromstring(f"<x {W}>{xml}</x>").iter():
        name = etree.QName(element).localname
        if element.tag == f"{{{element.nsmap['w']}}}t":
            properties = element.getparent().find("{*}rPr")
            kinds = [] if properties is None else [etree.QName(one).localname for one in properties]
            look = "".join(kind for kind in kinds if kind in "bi")
            found += [(c, "" if c.isspace() else look) for c in element.text or ""]
        elif name in ("footnoteReference", "oMath", "tab", "br", "del", "hyperlink"):
            found.append((name, ""))
    return found


@given(RUNS)
def test_runs_written_anew_look_as_before(runs):
    document = read(word(paragraph(*runs) + paragraph(run("More words"))))
    before = texts(document)
    assert body(document.write([*before[:-1], "Other words"])).startswith(paragraph(*runs))
    for place in range(len(before) - 1):
        written = body(document.write([*before[:place], f"Ω{before[place]}", *before[place + 1 :]]))
        anew = looks(written[: written.rindex("<w:p>")])
        assert [one for one in anew if one[0] != "Ω"] == looks(paragraph(*runs)) and len(anew) > len(
            looks(paragraph(*runs))
        )
