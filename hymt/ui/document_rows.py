"""A document and its translation side by side: each row may be changed by its reader."""

from __future__ import annotations

from html import escape

from hymt.text.languages import LANGUAGES
from hymt.translation.files import missing
from hymt.translation.job import Job
from hymt.ui import fragments
from hymt.ui.words import say


def render(locale: str, job: Job, number: int = 0, first: int = 0) -> str:
    """Rows of a job from `first` on, each with the line of the document; `number` is the file's within its batch."""
    total = len(job.blocks)
    first = max(0, min(first, total - 1))
    last = min(total, first + fragments.SHOWN_ROWS)
    rows = "".join(_row(locale, job, number, index) for index in range(first, last))
    names = (escape(LANGUAGES[code].say(locale)) for code in (job.source, job.target))
    head = (
        f"<th>#</th>{''.join(f'<th>{name}</th>' for name in names)}<th><span>{escape(say(locale, 'edit'))}</span></th>"
    )
    table = f'<div class="hymt-rows"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    return table + (_pages(locale, number, first, last, total) if last - first < total else "")


def around(job: Job) -> int:
    """The first row to show of a job that runs: some rows before where it is."""
    begun = sum(1 for translation in job.translations if translation)
    return max(0, min(begun - 20, len(job.blocks) - fragments.SHOWN_ROWS))


def said_of_edit(locale: str, job: Job, index: int) -> str:
    """What is told of a row that was changed."""
    block = job.blocks[index]
    if index not in job.edited:
        return fragments.line(say(locale, "edit_undone", line=f"{block.line:,}"))
    lost = missing(block, job.translations[index])
    if lost:
        return fragments.line(say(locale, "edit_lost", line=f"{block.line:,}", marks=" ".join(lost)), "bad")
    return fragments.line(say(locale, "edited", line=f"{block.line:,}"), "good")


def _row(locale: str, job: Job, number: int, index: int) -> str:
    block, said = job.blocks[index], job.translations[index]
    cells = _cell(block.text, block.seen(block.text), job.source) + _cell(said, block.seen(said), job.target)
    edited = index in job.edited
    button = _button(locale, job, number, index, edited) if job.finished[index] and said else ""
    return f"<tr{' class=edited' if edited else ''}><td>{block.line}</td>{cells}<td>{button}</td></tr>"


def _button(locale: str, job: Job, number: int, index: int, edited: bool) -> str:
    block = job.blocks[index]
    lost = edited and missing(block, job.translations[index])
    key = "edit_line_lost" if lost else "edit_line_again" if edited else "edit_line"
    name = escape(say(locale, key, line=f"{block.line:,}"))
    sign = "⚠" if lost else "✓" if edited else "✎"
    return (
        f'<button type="button" class="hymt-edit" data-file="{number}" data-block="{index}" title="{name}" '
        f'aria-label="{name}">{sign}</button>'
    )


def _cell(text: str, seen: str, code: str) -> str:
    """What readers see, and where it differs, what the file has."""
    direction = "rtl" if LANGUAGES[code].rtl else "ltr"
    raw = f' data-raw="{escape(text)}"' if seen != text else ""
    return f'<td lang="{code}" dir="{direction}"{raw}>{escape(seen)}</td>'


def _pages(locale: str, number: int, first: int, last: int, total: int) -> str:
    """Which rows these are, and buttons for those before and after."""
    said = escape(say(locale, "rows_shown", first=f"{first + 1:,}", last=f"{last:,}", total=f"{total:,}"))

    def button(key: str, start: int, there: bool) -> str:
        disabled = "" if there else " disabled"
        attributes = f'class="hymt-page hymt-small" data-file="{number}" data-first="{start}"{disabled}'
        return f'<button type="button" {attributes}>{escape(say(locale, key))}</button>'

    before, after = (
        button("rows_before", max(0, first - fragments.SHOWN_ROWS), first > 0),
        button("rows_after", last, last < total),
    )
    return f'<div class="hymt-line hymt-pages"><span>{said}</span>{before}{after}</div>'
