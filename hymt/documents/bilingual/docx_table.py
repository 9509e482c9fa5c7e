"""Source and translation side by side as a Word document: a table whose heading is repeated on every page."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO

from hymt.documents.bilingual.bitext import Bitext, Row, escape
from hymt.text.languages import Language

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = (
    f'{_XML}<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}"/></Types>'
)
_RELATIONS = (
    f'{_XML}<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
# twentieths of a point, on A4: text fills its width less two margins of 2 cm
_PAGE = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" '
_PAGE += 'w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
_WIDTHS = (838, 4400, 4400)
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes for the same texts


def write(bitext: Bitext) -> bytes:
    """The document. Raises ValueError if there are not as many translations as blocks."""
    body = "".join(_body(bitext))
    document = f'{_XML}<w:document xmlns:w="{_OFFICE}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        parts = {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS, "word/document.xml": document}
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            package.writestr(entry, content.encode("utf-8", "replace"), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _body(bitext: Bitext) -> Iterator[str]:
    yield _paragraph(bitext.document.name, bold=True)
    borders = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="C8C8C8"/>' for side in _SIDES)
    yield (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(_WIDTHS)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/></w:tblPr>'
    )
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in _WIDTHS)
    yield f"<w:tblGrid>{columns}</w:tblGrid>"
    names = [_paragraph(name, bold=True) for name in ("#", bitext.source.name, bitext.target.name)]
    yield _row(names, "<w:tblHeader/>")
    for row in bitext.rows():
        yield _row([_paragraph(str(row.line)), *_both(row, bitext)])
    yield f"</w:tbl><w:p/>{_PAGE}"


def _both(row: Row, bitext: Bitext) -> Iterator[str]:
    for text, language in ((row.source, bitext.source), (row.target, bitext.target)):
        yield _paragraph(text, language, bold=row.kind == "heading")


def _row(paragraphs: list[str], properties: str = "") -> str:
    cells = (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{paragraph}</w:tc>'
        for width, paragraph in zip(_WIDTHS, paragraphs, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def _paragraph(text: str, language: Language | None = None, bold: bool = False) -> str:
    rtl = language is not None and language.rtl
    style = "<w:b/><w:bCs/>" if bold else ""
    if language:
        style += f"{'<w:rtl/>' if rtl else ''}{_language(language)}"
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.splitlines())
    direction = "<w:pPr><w:bidi/></w:pPr>" if rtl else ""
    return f"<w:p>{direction}<w:r><w:rPr>{style}</w:rPr>{lines}</w:r></w:p>"


def _language(language: Language) -> str:
    """What Word checks the spelling by: it knows three sorts of scripts."""
    sort = "bidi" if language.rtl else "eastAsia" if language.code[:2] in ("zh", "ja", "ko") else "val"
    return f'<w:lang w:{sort}="{language.code}"/>'
