import codecs

import pytest

from hymt.documents import DocumentError, html

PAGE = '<html><head><meta charset="{}"><title>{}</title></head><body class="“ü”"></body></html>'
META = '<meta charset="utf-8">'


def read(data, name="a.html"):
    return html.parse(name, data)


def texts(document):
    return [block.text for block in document.blocks]


@pytest.mark.parametrize(
    ("label", "encoding", "title"),
    [
        ("utf-8", "utf-8", "Größe “alt”"),
        ("iso-8859-1", "cp1252", "Größe “alt”"),
        ("WINDOWS-1252", "cp1252", "Größe “alt”"),
        ("gb2312", "gb18030", "今天天气很好"),
        ("gbk", "gb18030", "今天天气很好"),
        ("big5", "big5hkscs", "今天天氣很好"),
        ("Shift_JIS", "cp932", "今日は①いい天気"),
        ("euc-kr", "cp949", "오늘은 날씨가 좋다"),
        ("iso-2022-jp", "iso2022_jp", "今日はいい天気"),
        ("windows-1251", "cp1251", "Сегодня хорошая погода"),
        ("utf-16", "utf-8", "Größe “alt”"),  # which cannot be, if this is read
    ],
)
def test_a_page_stays_in_its_encoding(label, encoding, title):
    page = PAGE.format(label, title).replace("“ü”", "" if encoding not in ("utf-8", "cp1252") else "“ü”")
    document = read(page.encode(encoding))
    assert texts(document) == [title]
    assert document.write([title]) == page.encode(encoding)
    written = document.write([f"{title} 🙂"]).decode(encoding)
    assert written in (page.replace(title, f"{title} 🙂"), page.replace(title, f"{title} &#128578;"))


@pytest.mark.parametrize("bom", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_byte_order_mark_counts_first(bom):
    encoding = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le"}.get(bom, "utf-16-be")
    page = PAGE.format("windows-1252", "Größe")
    document = read(bom + page.encode(encoding))
    assert document.write(["中"]) == bom + page.replace("Größe", "中").encode(encoding)


def test_a_page_that_names_no_encoding_says_utf_8_afterwards():
    page = "<html><head><title>Größe und Maß, schön</title></head></html>"
    for encoding in ("utf-8", "cp1252"):
        document = read(page.encode(encoding))
        assert document.write(texts(document)) == page.encode(encoding)
        assert (
            document.write(["大小"]).decode() == '<html><head><meta charset="utf-8"><title>大小</title></head></html>'
        )
    assert read(b"<p>Hello</p>").write(["大小"]) == "<p>大小</p>".encode()


def test_bytes_that_are_no_characters_stay():
    data = b"<meta charset=utf-8><p class='\xff\xfe'>One\xe9 two<p>Three\xe9"
    document = read(data)
    assert texts(document) == ["One two", "Three"]
    assert document.write(["Un", "Three"]) == b"<meta charset=utf-8><p class='\xff\xfe'>Un<p>Three\xe9"


def test_xml_says_it_by_its_own_declaration():
    page = '<?xml version="1.0" encoding="iso-8859-1"?><html><p>Größe</p></html>'
    assert texts(read(page.encode("latin-1"), "a.xhtml")) == ["Größe"]
    mistaken = '<html><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"/><p>Größe</p></html>'
    assert texts(read(mistaken.encode(), "a.xhtml")) == ["Größe"]
    assert texts(read(mistaken.encode("latin-1"), "a.xhtml")) == ["Größe"]


@pytest.mark.parametrize("data", [b"%PDF-1.7 <p>a b", b"PK\x03\x04<meta charset=utf-8><p>a b", b"\1\2\3\4" * 50])
def test_what_is_no_text_is_refused(data):
    with pytest.raises(DocumentError, match="not a text file"):
        read(data)
