"""A comparison as HTML: the texts side by side with their differences, and a page of its own with the figures.

Everything that comes from users, files and models is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hymt.compare import differences, table
from hymt.compare.report import ComparisonReport, ComparisonRow
from hymt.text.languages import LANGUAGES

# No scripts, fonts or links. Where there is no room for columns, a line's texts stand one above another.
CSS = (
    """
table { border-collapse: collapse; }
th, td { padding: .4em .7em; vertical-align: top; text-align: start; }
.figures td { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
.figures td.text { text-align: start; white-space: normal; }
.texts table { width: 100%; }
.texts td { white-space: pre-wrap; overflow-wrap: anywhere; min-width: 11em; }
.same { opacity: .65; }
.same::before { content: "= "; }
@media (max-width: 700px) {
  .texts thead { display: none; }
  .texts tr, .texts td { display: block; }
  .texts td { min-width: 0; }
  .texts td::before { content: attr(data-label) " "; font-weight: 600; font-size: .8em; }
}
"""
    + differences.CSS
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1em/1.5 system-ui, sans-serif; margin: 1.5em; color: #1a1a1a; background: #ffffff; }}
h1 {{ font-size: 1.25em; }}
th, td {{ border: 1px solid #c8c8c8; }}
.figures {{ overflow-x: auto; }}
ul {{ padding-inline-start: 1.2em; }}
@media screen and (prefers-color-scheme: dark) {{
  body {{ color: #e6e6e6; background: #16181c; }}
  th, td {{ border-color: #454a52; }}
}}
{css}
</style>
</head>
<body>
<h1>{title}</h1>
<div class="figures">{figures}</div>
<ul>{legend}</ul>
<div class="texts">{texts}</div>
</body>
</html>
"""


def page(report: ComparisonReport) -> str:
    """A self-contained page, in English."""
    columns = table.columns(report)
    rows = [table.cells(row) | {"note": table.note(row)} for row in report.rows]
    lines = [*table.legend(report), "<del>struck</del> is the baseline's, <ins>underlined</ins> the precision's own"]
    legend = "".join(f"<li>{line if line.startswith('<del>') else escape(line)}</li>" for line in lines)
    return _PAGE.format(
        title=escape(table.head(report)),
        css=CSS,
        figures=figures([table.HEADS[name] for name in columns], columns, rows),
        legend=legend,
        texts=texts(report, LANGUAGES[report.source].name, "reference"),
    )


def figures(heads: Sequence[str], columns: Sequence[str], rows: Sequence[dict[str, str]]) -> str:
    """A table of what `table.cells` and notes say; `heads` are the columns' titles."""
    head = "".join(f"<th>{escape(title)}</th>" for title in heads)
    body = "".join(f"<tr>{''.join(_figure(name, row[name]) for name in columns)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _figure(name: str, shown: str) -> str:
    kind = ' class="text"' if name in table.TEXT_COLUMNS else ""
    return f"<td{kind}>{escape(shown)}</td>"


def texts(report: ComparisonReport, source_head: str, reference_head: str, most: int | None = None) -> str:
    """The lines, at most `most`: the source, the reference if there is one, and each precision's translation.

    The baseline's stands as it is; the others show where they differ from it.
    """
    measured = [row for row in report.rows if not row.error]
    heads = [source_head, *([reference_head] if report.reference else [])]
    heads += [table.label(row.precision) for row in measured]
    head = "".join(f"<th>{escape(title)}</th>" for title in heads)
    body = "".join(_line(report, measured, heads, number) for number in range(len(report.lines))[:most])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _line(report: ComparisonReport, measured: Sequence[ComparisonRow], heads: Sequence[str], number: int) -> str:
    contents = [(escape(report.lines[number]), report.source)]
    if report.reference:
        contents.append((escape(report.reference[number]), report.target))
    for row in measured:
        contents.append((_translation(report, row, number), report.target))
    cells = (_cell(content, code, title) for (content, code), title in zip(contents, heads, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def _translation(report: ComparisonReport, row: ComparisonRow, number: int) -> str:
    new, baseline = row.translations[number], report.baseline
    if baseline is None or row is baseline:
        return escape(new)
    if new == baseline.translations[number]:
        return f'<span class="same">{escape(new)}</span>'
    return differences.markup(baseline.translations[number], new, report.target)


def _cell(content: str, code: str, title: str) -> str:
    direction = "rtl" if LANGUAGES[code].rtl else "ltr"
    return f'<td lang="{code}" dir="{direction}" data-label="{escape(title)}">{content}</td>'
