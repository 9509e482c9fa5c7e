"""Source and translation side by side as HTML, for a translator to check line by line."""

from html import escape

from hymt.documents.bilingual.bitext import Bitext
from hymt.text.languages import Language

# Word and LibreOffice skip the media queries: plain values first. No scripts, fonts or links.
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1em/1.5 system-ui, sans-serif; margin: 1.5em; color: #1a1a1a; background: #ffffff; }}
h1 {{ font-size: 1.25em; }}
table {{ width: 100%; border-collapse: collapse; table-layout: fixed; }}
th, td {{ padding: 0.4em 0.7em; border: 1px solid #c8c8c8; }}
th, td {{ vertical-align: top; text-align: start; }}
th:first-child, td:first-child {{ width: 3em; text-align: end; color: #767676; }}
tr.heading td {{ font-weight: 600; }}
td {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
thead {{ display: table-header-group; }}
tr {{ break-inside: avoid; }}
@media screen and (prefers-color-scheme: dark) {{
  body {{ color: #e6e6e6; background: #16181c; }}
  th, td {{ border-color: #454a52; }}
}}
@media print {{ body {{ margin: 0; font-size: 10pt; }} }}
</style>
</head>
<body>
<h1 dir="auto">{title}</h1>
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""

_HEADING = ' class="heading"'


def write(bitext: Bitext) -> bytes:
    """A self-contained page, a row a block, that opens in browsers, Word and LibreOffice.

    Each row has the line of the document that it comes from. Raises ValueError if there are not as many translations
    as blocks.
    """
    source, target = bitext.source, bitext.target
    rows = (
        f"<tr{_HEADING if row.kind == 'heading' else ''}><td>{row.line}</td>"
        f"{_cell(row.source, source)}{_cell(row.target, target)}</tr>"
        for row in bitext.rows()
    )
    head = f"<th>#</th><th>{escape(source.name)}</th><th>{escape(target.name)}</th>"
    page = _PAGE.format(title=escape(bitext.document.name), head=head, rows="\n".join(rows))
    return page.encode("utf-8", "replace")


def _cell(text: str, language: Language) -> str:
    direction = "rtl" if language.rtl else "ltr"
    return f'<td lang="{language.code}" dir="{direction}">{escape(text)}</td>'
