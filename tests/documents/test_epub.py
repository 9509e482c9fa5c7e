import io
import zipfile

import pytest
from lxml import etree

from hymt.documents import DocumentError, epub, package

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>"""
OPF_3 = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">x</dc:identifier>
<dc:title>The old house</dc:title><dc:creator>Tom Smith</dc:creator><dc:language>en-GB</dc:language>
<dc:description>&lt;p&gt;A house &lt;b&gt;by the sea&lt;/b&gt; &amp;amp; more.&lt;/p&gt;</dc:description></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="two" href="text/chapter%202.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="css" href="a.css" media-type="text/css"/></manifest>
<spine><itemref idref="one"/><itemref idref="two"/><itemref idref="gone"/></spine></package>"""
OPF_2 = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="2.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The old house</dc:title><dc:language>en</dc:language>
</metadata><manifest><item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
<item id="one" href="one.html" media-type="application/xhtml+xml"/></manifest>
<spine toc="ncx"><itemref idref="one"/></spine></package>"""
NCX = """<?xml version="1.0"?>
<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd">
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="en"><head/>
<docTitle><text>The old house</text></docTitle><docAuthor><text>Tom Smith</text></docAuthor><navMap>
<navPoint id="a"><navLabel><text>A day by the sea</text></navLabel>
<content src="one.html"/></navPoint></navMap>
</ncx>"""
PAGE = """<?xml version="1.0" encoding="utf-8"?>
{doctype}<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="en">
<head><title>{title}</title><script src="a.js"/></head>
<body>{body}</body></html>"""
ONE = PAGE.format(doctype="<!DOCTYPE html>\n", title="One", body="<p>It <i>rained</i> all day.<br/>We stayed.</p><hr/>")
TWO = PAGE.format(doctype="", title="Two", body='<p>The end.</p><img src="a.png" alt="The sea"/>')
NAV = PAGE.format(
    doctype="", title="Contents", body='<nav epub:type="toc"><ol><li><a href="text/one.xhtml">One</a></li></ol></nav>'
)
XHTML_11 = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">\n'
THREE_PARTS = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/content.opf": OPF_3,
    "OEBPS/nav.xhtml": NAV,
    "OEBPS/text/one.xhtml": ONE,
    "OEBPS/text/chapter 2.xhtml": TWO,
    "OEBPS/a.css": "p { margin: 0 }",
}
TWO_PARTS = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/content.opf": OPF_2,
    "OEBPS/toc.ncx": NCX,
    "OEBPS/one.html": PAGE.format(doctype=XHTML_11, title="One", body="<p>A&nbsp;day by the sea.</p>"),
}
ENCRYPTED = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="{}"/>
<enc:CipherData><enc:CipherReference URI="OEBPS/a.otf"/></enc:CipherData></enc:EncryptedData></encryption>"""


def book(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for path, content in parts.items():
            new.writestr(path, content, zipfile.ZIP_STORED if path == "mimetype" else None)
    return file.getvalue()


def read(data):
    return epub.parse("house.epub", data if isinstance(data, bytes) else book(data))


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {info.filename: file.read(info).decode() for info in file.infolist()}


def texts(document):
    return [block.text for block in document.blocks]


def test_a_book_of_epub_3_in_its_order():
    document = read(THREE_PARTS)
    described = ["The old house", "A house <b>by the sea</b> & more."]
    chapters = ["One", "It <i>rained</i> all day.", "We stayed.", "Two", "The end.", "The sea", "Contents", "One"]
    assert texts(document) == [*described, *chapters]
    assert [block.line for block in document.blocks] == list(range(1, 11))
    said = ["البيت القديم", "<b>x</b> & y", *["<i>z</i>" if "<i>" in text else "z" for text in chapters]]
    data = document.write(said, "ar")
    written = parts(data)
    opf = etree.fromstring(written["OEBPS/content.opf"].encode())
    assert opf.findtext(".//{*}title") == "البيت القديم" and opf.findtext(".//{*}creator") == "Tom Smith"
    assert opf.findtext(".//{*}language") == "ar"
    assert opf.findtext(".//{*}description") == "<p><b>x</b> &amp; y</p>"
    assert opf.find("{*}spine").get("page-progression-direction") == "rtl"
    one = written["OEBPS/text/one.xhtml"]
    assert one == ONE.replace('xml:lang="en"', 'xml:lang="ar" dir="rtl"').replace(
        "<p>It <i>rained</i> all day.<br/>We stayed.", "<p><i>z</i><br/>z"
    ).replace("<title>One", "<title>z")
    assert all(etree.fromstring(text.encode()) is not None for path, text in written.items() if "html" in path)
    assert {path for path in written if written[path] == THREE_PARTS[path]} == {
        "mimetype",
        "META-INF/container.xml",
        "OEBPS/a.css",
    }
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        first = file.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
    assert data[30:58] == b"mimetypeapplication/epub+zip"


def test_a_book_of_epub_2_with_its_document_types():
    document = read(TWO_PARTS)
    assert texts(document) == ["The old house", "One", "A\u00a0day by the sea.", "The old house", "A day by the sea"]
    written = parts(document.write(["Das Haus", "Eins", "Ein\u00a0Tag", "Das Haus", "Ein Tag"], "de"))
    assert "<dc:title>Das Haus</dc:title><dc:language>de<" in written["OEBPS/content.opf"]
    assert "page-progression" not in parts(document.write(["x"] * 5, "ar"))["OEBPS/content.opf"]
    assert "Ein&#160;Tag" in written["OEBPS/one.html"] and XHTML_11 in written["OEBPS/one.html"]
    assert written["OEBPS/toc.ncx"] == NCX.replace('xml:lang="en"', 'xml:lang="de"').replace(
        "The old house", "Das Haus"
    ).replace("A day by the sea", "Ein Tag")


def test_the_language_is_named_though_the_title_is_the_same_in_both():
    document = read(THREE_PARTS)
    said = texts(document)
    written = parts(document.write([*said[:-1], "Eins"], "de"))
    assert ">de</dc:language>" in written["OEBPS/content.opf"]
    assert written["OEBPS/text/one.xhtml"] == ONE


@pytest.mark.parametrize("made", [THREE_PARTS, TWO_PARTS], ids=["3", "2"])
def test_without_a_translation_it_is_the_same_book(made):
    data = book(made)
    document = read(data)
    assert document.write(texts(document), "ar") == data
    with pytest.raises(ValueError):
        document.write(["one"])


def test_the_mark_of_its_kind_comes_first_whatever_was():
    shuffled = {path: THREE_PARTS[path] for path in reversed(THREE_PARTS)}
    document = read(shuffled)
    written = document.write(["x"] * len(document.blocks), "de")
    assert written[30:58] == b"mimetypeapplication/epub+zip"


@pytest.mark.parametrize("way", ["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"])
def test_fonts_that_are_made_useless_are_no_lock(way):
    assert read(THREE_PARTS | {"META-INF/encryption.xml": ENCRYPTED.format(way)}).blocks


BOMB = '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><html><p>&b; x y</p></html>'
DEFINING = OPF_3.replace("<package", "<!DOCTYPE p [<!ENTITY a 'b'>]><package")
LOCK = ENCRYPTED.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (book(THREE_PARTS)[:500], "damaged or not complete"),
        (b"", "damaged or not complete"),
        ({"mimetype": "application/epub+zip"}, "not an EPUB"),
        (THREE_PARTS | {"META-INF/container.xml": "<container/>"}, "not an EPUB"),
        (THREE_PARTS | {"META-INF/container.xml": CONTAINER.replace("content", "../etc/x")}, "not an EPUB"),
        (THREE_PARTS | {"META-INF/container.xml": "<container>"}, "not valid XML"),
        (THREE_PARTS | {"OEBPS/content.opf": OPF_3.replace("<item ", "<x ")}, "not an EPUB"),
        (THREE_PARTS | {"OEBPS/content.opf": DEFINING}, "entities of its own"),
        (THREE_PARTS | {"META-INF/encryption.xml": LOCK}, "encrypted against copying"),
        (THREE_PARTS | {"OEBPS/text/one.xhtml": BOMB}, "entities of its own"),
        (THREE_PARTS | {"OEBPS/text/one.xhtml": b"\x89PNG"}, "an image"),
    ],
)
def test_books_that_cannot_be_read_are_refused(made, reason):
    with pytest.raises(DocumentError, match=reason) as error:
        list(read(made).blocks or [1])
    assert "house.epub" in str(error.value) and "house.epub" in error.value.say("zh")


def test_a_book_that_is_larger_than_it_looks_is_refused(monkeypatch):
    monkeypatch.setattr(package, "MOST_TEXT", 500_000)
    chapter = PAGE.format(doctype="", title="One", body="<p>all day</p>" * 20_000)
    with pytest.raises(DocumentError, match="far larger"):
        read(THREE_PARTS | {"OEBPS/text/one.xhtml": chapter, "OEBPS/text/chapter 2.xhtml": chapter})


def test_a_book_of_too_many_texts_is_refused(monkeypatch):
    monkeypatch.setattr(epub, "MOST_FIELDS", 7)
    with pytest.raises(DocumentError, match="more than 7 texts"):
        read(THREE_PARTS)


def test_a_chapter_that_is_no_xml_is_read_as_it_can_be():
    document = read(THREE_PARTS | {"OEBPS/text/one.xhtml": "<html><body><p>One<br>two</b>&nbsp;<p>Three"})
    assert texts(document)[2:5] == ["One", "two", "Three"]
