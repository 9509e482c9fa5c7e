import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hymt.documents import DocumentError, odf
from tests.documents.office import ODF, packed, parts
from tests.documents.office import odf as made

LOOKS = (
    (
        '<style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="R" style:family="text"><style:text-properties officeooo:rsid="01" fo:language="en"/>'
        '</style:style><style:style style:name="N" style:family="text"/>'
    )
    .replace("officeooo:", "fo:")
    .replace("fo:rsid", "officeooo:rsid")
)
BOLD, END = '<text:span text:style-name="B">', "</text:span>"


def read(data, name="a.odt"):
    return odf.parse(name, data)


def texts(document):
    return [block.text for block in document.blocks]


def content(data):
    return parts(data)["content.xml"].decode().partition("<office:text>")[2].partition("</office:text>")[0]


def paragraph(xml):
    return f"<text:p>{xml}</text:p>"


@pytest.mark.parametrize(
    ("xml", "blocks", "notes"),
    [
        (
            'A <text:span text:style-name="R">wo</text:span><text:span text:style-name="N">rd</text:span>',
            ["A word"],
            [],
        ),
        (f"One {BOLD}two{END}\n   three", ["One <1>two</1> three"], []),
        ("A<text:s text:c='2'/>B or<text:line-break/>so<text:tab/>Last", ["A  B or<1/>so", "Last"], []),
        ('To <text:a xlink:href="x">the page</text:a>.', ["To <1>the page</1>."], []),
        ("Page <text:date>May</text:date> is <text:page-number>5</text:page-number> now", None, ["computed_left"]),
        (
            f"Word<text:note><text:note-citation>1</text:note-citation><text:note-body>{paragraph('He says.')}"
            "</text:note-body></text:note> more",
            ["Word<1/> more", "He says."],
            [],
        ),
        (
            f"Look <office:annotation><dc:creator>Tom</dc:creator>{paragraph('Really?')}</office:annotation>here",
            ["Look <1/>here", "Really?"],
            [],
        ),
        (
            f"See <draw:frame><draw:text-box>{paragraph('In a box')}</draw:text-box><svg:title>A red dog</svg:title>"
            "</draw:frame>it",
            ["See <1/>it", "In a box", "A red dog"],
            [],
        ),
        (
            "<text:ruby><text:ruby-base>Words</text:ruby-base><text:ruby-text>x</text:ruby-text></text:ruby> here",
            ["Words here"],
            ["reading_lost"],
        ),
    ],
)
def test_what_stands_in_a_paragraph(xml, blocks, notes):
    document = read(made(paragraph(xml), looks=LOOKS))
    assert texts(document) == (blocks or ["Page <1/> is <2/> now"])
    assert [note.key for note in document.notes] == notes
    written = document.write([f"{text}!" for text in texts(document)])
    assert texts(read(written)) == [f"{text}!" for text in texts(document)]


def test_parts_around_the_text():
    deleted = f"<text:tracked-changes><text:deletion>{paragraph('Gone words')}</text:deletion></text:tracked-changes>"
    rows = f"<table:table><table:table-cell>{paragraph('A cell')}</table:table-cell></table:table>"
    items = f"<text:list><text:list-item>{paragraph('An item')}</text:list-item></text:list>"
    styles = f"<x><style:header>{paragraph('The head')}</style:header>{paragraph('Click to edit')}</x>"
    chart = f"<office:document-content {ODF}><chart:title>{paragraph('Fruit')}</chart:title></office:document-content>"
    meta = f"<x {ODF}><dc:title>The report</dc:title><dc:creator>Tom Jones</dc:creator></x>"
    more = {"Object 1/content.xml": chart, "meta.xml": meta, "Basic/Standard/M.xml": "<x/>"}
    document = read(made(deleted + rows + items, styles, more=more))
    assert [(block.text, block.kind) for block in document.blocks] == [
        ("A cell", "cell"),
        ("An item", "item"),
        ("Fruit", "line"),
        ("The head", "line"),
        ("The report", "line"),
    ]
    assert [note.key for note in document.notes] == ["deleted_left", "masters_left", "scripts_stay"]


def test_cells_that_are_computed_or_named_stay():
    cells = "".join(
        f"<table:table-cell {attributes}>{paragraph(text)}</table:table-cell>"
        for attributes, text in (
            ('office:value-type="string"', "A red apple"),
            ('office:value-type="date"', "5 May"),
            ('office:value-type="string" table:formula="of:=IF([.A1]=&quot;Yes&quot;;1)"', "Some result"),
            ('office:value-type="string"', "Yes"),
        )
    )
    document = read(made(f"<table:table>{cells}</table:table>", kind="spreadsheet"), "a.ods")
    assert texts(document) == ["A red apple"]
    assert {note.key: note.values["count"] for note in document.notes} == {"cells_left": 1, "computed_left": 2}


def test_language_and_direction_follow_the_target():
    styles = (
        '<office:styles><style:default-style style:family="paragraph"><style:paragraph-properties '
        'style:writing-mode="page"/><style:text-properties fo:language="en" fo:country="US" '
        'style:language-complex="zxx"/></style:default-style></office:styles><style:page-layout>'
        '<style:page-layout-properties style:writing-mode="lr-tb"/></style:page-layout>'
    )
    side = '<style:style style:family="paragraph"><style:paragraph-properties fo:text-align="start"/></style:style>'
    document = read(made(paragraph("Words"), styles, looks=side))
    french = parts(document.write(["Mots"], "fr"))["styles.xml"].decode()
    assert 'fo:language="fr" fo:country="FR"' in french and "rl-tb" not in french
    arabic = document.write(["كلمات"], "ar")
    told = parts(arabic)["styles.xml"].decode()
    assert told.count('style:writing-mode="rl-tb"') == 2 and 'fo:text-align="right"' in told and 'page"' not in told
    assert b'fo:text-align="right"' in parts(arabic)["content.xml"]
    back = parts(read(arabic).write(["Words"], "en"))
    assert b'fo:text-align="left"' in back["content.xml"] and b"rl-tb" not in back["styles.xml"]


def test_files_that_cannot_be_used_are_refused():
    manifest = '<m:manifest xmlns:m="x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    for data, reason in (
        (made(paragraph("Words"), more={"META-INF/manifest.xml": manifest}), "protected by a password"),
        (made(paragraph("Words"), kind="presentation"), "not a .odt file"),
        (packed({"mimetype": "application/vnd.oasis.opendocument.text"}), "damaged or not complete"),
        (made("<text:p>"), "not valid XML"),
        (packed({"mimetype": "application/epub+zip"}), "not a .odt file"),
        (packed({"a": "b"}), "not a .odt file"),
    ):
        with pytest.raises(DocumentError, match=reason):
            read(data)


PIECES = st.lists(
    st.text("ab  Zé漢.", min_size=1, max_size=9)
    | st.text("ab Z", min_size=1).map(lambda text: f"{BOLD}{text}{END}")
    | st.sampled_from(["<text:s/>", "<text:tab/>", "<text:line-break/>", '<text:a xlink:href="x">Link</text:a>']),
    min_size=1,
    max_size=8,
)


def looks(xml):
    """How a paragraph reads: its characters with their formatting, blanks without; white space counts once."""
    found: list[tuple[str, str]] = []

    def add(text, look):
        for c in re.sub(r"\s+", " ", text or ""):
            if c != " " or (found and found[-1][0] not in (" ",)):
                found.append((c, "" if c == " " else look))

    def visit(element, look):
        name = etree.QName(element).localname
        if name in ("tab", "line-break", "a"):
            found.append((name, ""))
        if name == "s":
            found.extend([("\u2423", "")] * int(element.get(f"{{{element.nsmap['text']}}}c", "1")))
        look = "b" if name == "span" else look
        add(element.text, look)
        for child in element:
            visit(child, look)
            add(child.tail, "" if name == "p" else look)

    visit(etree.fromstring(f"<x {ODF}>{xml}</x>")[0], "")
    return found


@given(PIECES)
def test_paragraphs_written_anew_read_as_before(pieces):
    document = read(made(paragraph("".join(pieces)) + paragraph("Other words"), looks=LOOKS))
    before = texts(document)
    for place in range(len(before) - 1):
        written = content(document.write([*before[:place], f"Ω{before[place]}", *before[place + 1 :]]))
        written = written.removesuffix(paragraph("Other words"))
        anew = [(" " if c == "\u2423" else c, look) for c, look in looks(written) if c != "Ω"]
        as_it_was = [(" " if c == "\u2423" else c, look) for c, look in looks(paragraph("".join(pieces)))]
        assert "".join(c for c, _ in anew).rstrip() == "".join(c for c, _ in as_it_was).rstrip()
        assert [one for one in anew if one[0] != " "] == [one for one in as_it_was if one[0] != " "]
