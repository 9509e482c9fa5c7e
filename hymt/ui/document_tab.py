"""The document tab: what will be done before it is done, progress with time left, both languages side by side."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count
from typing import Any

import gradio as gr

from hymt import documents
from hymt.errors import UserError
from hymt.service.batch import Batch, BatchEnded, Entry
from hymt.service.services import Services
from hymt.service.visits import DOCUMENTS, Queued, Refused
from hymt.translation.events import Done, Failed, Progress, Stopped
from hymt.translation.translator import AUTO
from hymt.ui import document_files, document_rows, fragments, scripts
from hymt.ui.asked import HIDDEN
from hymt.ui.document_plan import options_of
from hymt.ui.words import Wording, say

PLACE = "document"
EVENT_SECONDS = 0.5  # between two that move the progress bar, at least
ROWS_EVERY = 4  # of them, one redraws the table


@dataclass(frozen=True)
class DocumentTab:
    file: gr.File
    plan: gr.HTML
    translate: gr.Button
    stop: gr.Button
    progress: gr.HTML
    files: gr.HTML
    downloads: gr.HTML
    rows: gr.HTML
    edited: gr.HTML
    editor: gr.HTML
    asked: gr.Textbox  # what the page's script asks for: which rows are shown, what is changed
    ask: gr.Button  # pressed by that script

    @property
    def shown(self) -> list[gr.HTML]:
        """What `Shown` fills, in its order."""
        return [self.progress, self.files, self.downloads, self.rows, self.edited]


@dataclass(frozen=True)
class Shown:
    """What the tab shows; None leaves what is there."""

    progress: str | None = None
    files: str | None = None
    downloads: str | None = None
    rows: str | None = None
    edited: str | None = None
    busy: bool = True

    @property
    def parts(self) -> tuple[str | None, ...]:
        return self.progress, self.files, self.downloads, self.rows, self.edited


def build(wording: Wording) -> DocumentTab:
    bind = wording.bind
    suffixes = list(documents.SUFFIXES)
    file = bind(gr.File(file_types=suffixes, file_count="multiple", elem_id="file", height=140), label="upload")
    plan = gr.HTML(fragments.line(say("en", "document_first")), elem_id="plan")
    with gr.Row(elem_classes="hymt-actions"):
        translate = gr.Button(variant="primary", elem_id="translate-document", min_width=160, scale=3)
        bind(translate, value="translate_document")
        stop = gr.Button(variant="stop", elem_id="stop-document", min_width=90, scale=1, interactive=False)
        bind(stop, value="stop")
    notify = bind(gr.Checkbox(False, elem_id="notify", container=False), label="notify")
    notify.input(None, notify, notify, js=scripts.ALLOWED, **HIDDEN)
    progress, files = gr.HTML(elem_id="progress"), gr.HTML(elem_id="files")
    downloads = gr.HTML(document_files.downloads("en", "", 0, None), elem_id="downloads")
    rows = gr.HTML(elem_id="rows", js_on_load=scripts.ROWS)
    edited = gr.HTML(fragments.line(""), elem_id="edited")
    editor = gr.HTML(document_files.editor("en"), elem_id="editor")
    asked = gr.Textbox(visible="hidden", container=False)
    ask = gr.Button(elem_id="ask-document", elem_classes="hymt-hidden")
    return DocumentTab(file, plan, translate, stop, progress, files, downloads, rows, edited, editor, asked, ask)


def run(
    services: Services,
    visit: str,
    paths: Sequence[str] | None,
    source: str,
    targets: Sequence[str],
    locale: str,
    *controls,
) -> AsyncGenerator[Shown]:
    """Translate files into the first of `targets` that each is not in, from where they were left; yields Shown."""

    def start() -> Batch:
        options, former = options_of(services, controls), services.batches.of(visit)
        given = services.translator, paths or [], targets, source
        batch = Batch(*given, options, visit, former, services.visits.limits, services.journal)
        services.batches.keep(visit, batch)
        return batch

    show = _show(locale, visit, source == AUTO, targets[0])
    return services.visits.run(visit, PLACE, DOCUMENTS, start, show, EVENT_SECONDS, linger=True)


async def resume(services: Services, visit: str, source: str, target: str, locale: str) -> AsyncGenerator[Shown]:
    """As `run`, of what the visit has under way from before a reload of its page; else how it ended."""
    show = _show(locale, visit, source == AUTO, target)
    heard = False
    async with aclosing(services.visits.resume(visit, PLACE, show, EVENT_SECONDS)) as events:
        async for shown in events:
            heard = True
            yield shown
    if not heard and (batch := services.batches.of(visit)):
        yield show(batch, BatchEnded())


def ask(services: Services, visit: str, asked: str, locale: str) -> Shown:
    """Do what a reader asks of the rows: show others, or change one.

    `asked` is JSON: the number of a `file`, and the `first` block to show, or a `block` and its new `text`. Raises
    UserError.
    """
    batch = services.batches.of(visit)
    if batch is None:
        raise UserError("result_gone")
    try:
        given = json.loads(asked)
        number, index = int(given["file"]), int(given.get("block", given.get("first", 0)))
        entry = batch.entries[number]
        if number < 0 or index < 0 or entry.file is None:
            raise IndexError(number)
        said = None
        if "block" in given:
            entry.file.edit(index, str(given["text"]))
            said = document_rows.said_of_edit(locale, entry.file.job, index)
        first = index // fragments.SHOWN_ROWS * fragments.SHOWN_ROWS if said else index
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise UserError("value_refused") from None
    if said is None or batch.looked_at is None:
        batch.looked_at = number, first
    return _about(locale, visit, batch, edited=said)


# -- what is shown -----------------------------------------------------------------------------------------


def _show(locale: str, visit: str, detected: bool, wanted: str) -> Callable[[Batch | None, Any], Shown]:
    """What shows a batch's events one after the other."""
    numbers = count()

    def show(batch: Batch | None, event) -> Shown:
        number = next(numbers)
        if batch is None or isinstance(event, Refused):
            return _show_outside(locale, visit, event)
        several = len(batch.entries) > 1
        match event:
            case Progress():
                said = document_files.overall(locale, batch) if several else _progress(locale, event, batch.entries[0])
                files = document_files.listed(locale, visit, batch, _looked_at(batch)) if several else None
                return Shown(said, files, None, _rows(locale, batch) if number % ROWS_EVERY == 0 else None)
            case BatchEnded():
                failure = "" if event.failure is None or batch.whole else event.failure.say(locale)
                if several:
                    said = document_files.ended(locale, batch, failure)
                else:
                    said = _ended(locale, batch.entries[0], detected, wanted, failure)
                return _about(locale, visit, batch, said, busy=False)
        return Shown() if not several else _about(locale, visit, batch)

    return show


def _show_outside(locale: str, visit: str, event: Queued | Refused) -> Shown:
    """What is shown of work that has not begun, or could not."""
    none = document_files.downloads(locale, visit, 0, None)
    if isinstance(event, Queued):
        bar = fragments.bar(0, fragments.turn(locale, event.place))
        return Shown(bar, "", none, "", fragments.line(""))
    return Shown(fragments.refused(locale, event.error), "", none, "", busy=False)


def _about(
    locale: str, visit: str, batch: Batch, progress: str | None = None, edited: str | None = None, busy: bool = True
) -> Shown:
    """All that is shown of a batch besides its progress."""
    number = _looked_at(batch)
    files = document_files.listed(locale, visit, batch, number)
    links = document_files.downloads(locale, visit, number, batch.entries[number])
    return Shown(progress, files, links, _rows(locale, batch), edited, busy)


def _looked_at(batch: Batch) -> int:
    return batch.looked_at[0] if batch.looked_at else batch.current


def _rows(locale: str, batch: Batch) -> str:
    """The rows that the reader has chosen, else those around where the work is."""
    entry = batch.entries[number := _looked_at(batch)]
    if entry.file is None:
        return ""
    job = entry.file.job
    around = document_rows.around(job) if entry.state == "running" else 0
    first = batch.looked_at[1] if batch.looked_at else around
    return document_rows.render(locale, job, number, first)


def _progress(locale: str, event: Progress, entry: Entry) -> str | None:
    return fragments.progress(locale, event, entry.file.job) if entry.file else None


def _ended(locale: str, entry: Entry, detected: bool, wanted: str, failure: str) -> str:
    """How a single document ended, and what it took."""
    if entry.file is None or entry.ended is None:
        return fragments.refused(locale, entry.error or UserError("stopped_waiting"))
    job, event = entry.file.job, entry.ended
    counts = {"done": f"{sum(job.finished):,}", "total": f"{len(job.blocks):,}"}
    figures = fragments.figures(locale, event.figures, detected, entry.file.document.dropped, wanted)
    match event:
        case Done():
            lines = fragments.amount(locale, "line", len(job.blocks))
            remarks = "".join(fragments.line(remark.say(locale)) for remark in entry.file.remarks())
            return fragments.bar(1, say(locale, "finished_document", lines=lines)) + figures + remarks
        case Stopped() if not failure:
            return fragments.line(say(locale, "stopped_document", **counts)) + figures
    reason = event.error.say(locale) if isinstance(event, Failed) else failure
    return fragments.line(say(locale, "failed_document", reason=reason, **counts), "bad")
