import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from hymt.documents import DocumentError, package, xlsx

SHARED = (
    '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="2">'
    '<si><t>冬<!-- x --></t><rPh sb="0" eb="1"><t>ふゆ</t></rPh></si><si>'
    '<t xml:space="preserve"> A &lt;cold&gt; day </t></si></sst>'
)


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def prices():
    """A workbook as another program writes it, with all that must not change."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices"
    for row in (["Fruit", "Price", "Ripe"], ["A red apple", 3, "Yes"], ["Bread & <butter>", 2.5, "No"]):
        sheet.append(row)
    bold = TextBlock(InlineFont(b=True), "old house")
    sheet["A5"] = CellRichText("The ", bold, " is sold.")
    sheet["D1"] = '=IF(C2="Yes",SUM(B2:B3),0)'
    sheet["A2"].comment = Comment("Please check this.", "Tom")
    sheet.add_table(Table(displayName="T1", ref="A1:C3"))
    choice = DataValidation(type="list", formula1='"Yes,No"')
    sheet.add_data_validation(choice)
    choice.add("C2:C3")
    chart = BarChart()
    chart.title = "Prices of fruit"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "E5")
    return saved(book)


def read(data, name="prices.xlsx"):
    return xlsx.parse(name, data)


def texts(document):
    return [block.text for block in document.blocks]


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {info.filename: file.read(info) for info in file.infolist()}


def test_texts_are_translated_and_what_depends_on_others_stays(prices):
    document = read(prices)
    said = ["A red apple", "Bread & <butter>", "The <1>old house</1> is sold.", "Please check this.", "Prices of fruit"]
    assert texts(document) == said
    assert [block.line for block in document.blocks] == list(range(1, 6))
    assert [note.say() for note in document.notes] == [
        "Texts that stay as headings of tables or formulas name them: 5.",
        "Names of sheets stay, as formulas name them: 1.",
    ]
    written = document.write([text.upper() for text in said])
    sheet = openpyxl.load_workbook(io.BytesIO(written), rich_text=True)["Prices"]
    assert [cell.value for cell in sheet["A"]] == [
        "Fruit",
        "A RED APPLE",
        "BREAD & <BUTTER>",
        None,
        CellRichText("THE ", TextBlock(InlineFont(b=True), "OLD HOUSE"), " IS SOLD."),
    ]
    assert [cell.value for cell in sheet["C"]][:3] == ["Ripe", "Yes", "No"]
    assert sheet["D1"].value == '=IF(C2="Yes",SUM(B2:B3),0)' and sheet["B3"].value == 2.5
    assert sheet["A2"].comment.text == "PLEASE CHECK THIS."
    before, after = parts(prices), parts(written)
    assert list(before) == list(after)
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {"xl/worksheets/sheet1.xml", "xl/comments/comment1.xml", "xl/charts/chart1.xml"}


def test_without_a_translation_it_is_the_same_file(prices):
    document = read(prices)
    assert document.write(texts(document)) == prices
    with pytest.raises(ValueError):
        document.write(["one"])


def test_shared_strings_keep_blanks_and_pronunciation(prices):
    kinds = b'<Override PartName="/xl/s.xml" ContentType="application/vnd.x.sharedStrings+xml"/>'
    data = repacked(prices, {"xl/s.xml": SHARED.encode()}, kinds)
    document = read(data)
    assert texts(document)[:2] == ["冬", "A <cold> day"]
    written = document.write(["winter", "x<y", *texts(document)[2:]])
    assert parts(written)["xl/s.xml"].decode() == SHARED.replace("冬<!-- x -->", "winter").replace(
        " A &lt;cold&gt; day ", " x&lt;y "
    )


def test_formatting_within_a_cell_goes_along_and_codes_stay(prices):
    told = "<rPr><b/></rPr>"
    cell = f"<si><r>{told}<t>Cold </t></r><r>{told}<t>days</t></r><r><t>_x000D_ in winter, all of them</t></r>"
    kinds = b'<Override PartName="/xl/s.xml" ContentType="application/vnd.x.sharedStrings+xml"/>'
    document = read(repacked(prices, {"xl/s.xml": f"<sst>{cell}<phoneticPr/></si></sst>"}, kinds))
    assert texts(document)[0] == "<1>Cold days</1><2/> in winter, all of them"
    written = document.write(["Im Winter:<2/> <1>kalt</1>", *texts(document)[1:]])
    assert parts(written)["xl/s.xml"].decode() == (
        '<sst><si><r><t xml:space="preserve">Im Winter:</t></r><r><t xml:space="preserve">_x000D_</t></r>'
        f'<r><t xml:space="preserve"> </t></r><r>{told}<t xml:space="preserve">kalt</t></r><phoneticPr/></si></sst>'
    )


def test_sheets_turn_round_and_their_headers_and_names_are_listed():
    book = openpyxl.Workbook()
    book.active["A1"] = "A red apple"
    book.active.oddHeader.center.text = "All prices, page &P"
    book.create_sheet("Old prices")
    data = saved(book)
    document = read(data)
    assert {note.key: note.values["count"] for note in document.notes} == {"sheets_left": 2, "headers_left": 1}
    turned = document.write(["تفاحة"], "ar")
    assert [sheet.sheet_view.rightToLeft for sheet in openpyxl.load_workbook(io.BytesIO(turned))] == [True, True]
    back = openpyxl.load_workbook(io.BytesIO(read(turned).write(["An apple"], "en")))
    assert not any(sheet.sheet_view.rightToLeft for sheet in back)
    assert not openpyxl.load_workbook(io.BytesIO(document.write(["Apfel"], "de"))).active.sheet_view.rightToLeft


def repacked(data, more, kinds=b""):
    """The file with more parts, or others."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for path, content in (parts(data) | more).items():
            if path == "[Content_Types].xml":
                content = content.replace(b"</Types>", kinds + b"</Types>")
            new.writestr(path, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (lambda data: b"", "damaged or not complete"),
        (lambda data: data[: len(data) // 2], "damaged or not complete"),
        (lambda data: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + data, "protected by a password"),
        (lambda data: data.replace(data[2000:2010], bytes(10)), "damaged or not complete"),
        (lambda data: _empty_zip(), "not a .xlsx file"),
        (lambda data: repacked(data, {"[Content_Types].xml": b"<Types/>"}), "not a .xlsx file"),
        (lambda data: repacked(data, {"xl/worksheets/sheet1.xml": b"<!DOCTYPE a><a/>"}), "document type"),
        (lambda data: repacked(data, {"xl/worksheets/sheet1.xml": b"<a>"}), "not valid XML"),
        (lambda data: repacked(data, {"xl/worksheets/sheet1.xml": bytes(70_000_000)}), "far larger"),
    ],
)
def test_files_that_cannot_be_used_are_refused(prices, spoilt, reason):
    with pytest.raises(DocumentError, match=reason):
        read(spoilt(prices))


def _empty_zip():
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    return file.getvalue()


def test_macros_are_refused(prices):
    types = parts(prices)["[Content_Types].xml"].replace(
        b"vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", b"vnd.ms-excel.sheet.macroEnabled.main+xml"
    )
    with pytest.raises(DocumentError, match="has macros"):
        read(repacked(prices, {"[Content_Types].xml": types}))


def test_a_bomb_is_refused_before_it_is_unpacked(prices, monkeypatch):
    monkeypatch.setattr(package, "MOST_BYTES", 10_000_000)
    with pytest.raises(DocumentError, match="far larger"):
        read(repacked(prices, {"xl/media/image1.png": bytes(20_000_000)}))


@given(st.lists(st.text(alphabet="ab cé中&<>'\"\n=_x0D", max_size=20), max_size=8))
def test_any_cells_come_back(cells):
    book = openpyxl.Workbook()
    for number, cell in enumerate(cells, 1):
        book.active.cell(number, 1, cell).data_type = "s"
    data = saved(book)
    document = read(data)
    assert document.write(texts(document)) == data
    said = openpyxl.load_workbook(io.BytesIO(document.write(["x <b>&"] * len(document.blocks))))
    assert "x <b>&" in str([cell.value for cell in said.active["A"]]) or not document.blocks
