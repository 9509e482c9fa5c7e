"""Small files of Office and OpenDocument, made part by part, for tests."""

from __future__ import annotations

import io
import zipfile

from PIL import Image

W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
ODF = (
    " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in {
            "office": "office",
            "text": "text",
            "style": "style",
            "fo": "xsl-fo-compatible",
            "draw": "drawing",
            "svg": "svg-compatible",
            "table": "table",
            "chart": "chart",
            "meta": "meta",
        }.items()
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
)
_MAKER = "application/vnd.openxmlformats-officedocument"
_WORD = f"{_MAKER}.wordprocessingml"
MAIN = f"{_WORD}.document.main+xml"


def packed(parts: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for path, content in parts.items():
            new.writestr(path, content)
    return file.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {info.filename: file.read(info) for info in file.infolist()}


def types(kinds: dict[str, str]) -> str:
    said = "".join(f'<Override PartName="/{path}" ContentType="{kind}"/>' for path, kind in kinds.items())
    return f'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{said}</Types>'


def word(body: str, more: dict[str, str] | None = None, kinds: dict[str, str] | None = None) -> bytes:
    """A .docx whose body is this; `more` are parts, by the ending of their kind or by `kinds`."""
    more = more or {}
    told = {"word/document.xml": MAIN} | {f"word/{name}.xml": f"{_WORD}.{name}+xml" for name in more} | (kinds or {})
    root = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    return packed(
        {"[Content_Types].xml": types(told), "word/document.xml": root}
        | {f"word/{name}.xml": xml for name, xml in more.items()}
    )


def body(data: bytes) -> str:
    """What stands in the body of a .docx."""
    return parts(data)["word/document.xml"].decode().partition("<w:body>")[2].partition("</w:body>")[0]


def paragraph(*content: str) -> str:
    return f"<w:p>{''.join(content)}</w:p>"


def run(text: str, properties: str = "") -> str:
    told = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{told}<w:t xml:space="preserve">{text}</w:t></w:r>'


def odf(
    content: str, styles: str = "", kind: str = "text", more: dict[str, str] | None = None, looks: str = ""
) -> bytes:
    """A file of OpenDocument whose text is this; `looks` are its automatic styles."""
    root = (
        f"<office:document-content {ODF}><office:automatic-styles>{looks}</office:automatic-styles>"
        f"<office:body><office:{kind}>{content}</office:{kind}></office:body></office:document-content>"
    )
    given = {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": root}
    if styles:
        given["styles.xml"] = f"<office:document-styles {ODF}>{styles}</office:document-styles>"
    return packed(given | (more or {}))


def picture() -> bytes:
    """A picture of one dot."""
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    return file.getvalue()


def slides(*texts: str) -> bytes:
    """A .pptx with a slide for each of these."""
    told, files = (
        {"ppt/presentation.xml": f"{_MAKER}.presentationml.presentation.main+xml"},
        {"ppt/presentation.xml": "<p/>"},
    )
    for number, text in enumerate(texts, 1):
        path = f"ppt/slides/slide{number}.xml"
        told[path] = f"{_MAKER}.presentationml.slide+xml"
        files[path] = f"<p:sld {W} xmlns:p='x'><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>"
    return packed({"[Content_Types].xml": types(told)} | files)


def workbook(text: str) -> bytes:
    """An .xlsx with this in its only cell."""
    main, sheet = f"{_MAKER}.spreadsheetml.sheet.main+xml", f"{_MAKER}.spreadsheetml.worksheet+xml"
    cell = f'<worksheet><sheetData><row><c t="inlineStr"><is><t>{text}</t></is></c></row></sheetData></worksheet>'
    told = types({"xl/workbook.xml": main, "xl/worksheets/sheet1.xml": sheet})
    return packed({"[Content_Types].xml": told, "xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": cell})
