"""The document tab: what will be done before it is done, progress with time left, both languages side by side."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import gradio as gr

from hymt import documents
from hymt.errors import UserError
from hymt.service.document_job import DocumentJob, Saved, Unsaved
from hymt.service.services import Services
from hymt.service.visits import DOCUMENTS, Queued, Refused
from hymt.text.languages import LANGUAGES
from hymt.translation.asking import Options
from hymt.translation.begun import Begun
from hymt.translation.events import Done, Failed, Progress, Stopped
from hymt.translation.job import Job
from hymt.translation.translator import AUTO
from hymt.ui import fragments, scripts
from hymt.ui.asked import HIDDEN
from hymt.ui.model_panel import read_options
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
    rows: gr.HTML
    download: gr.DownloadButton
    bilingual: gr.DownloadButton


@dataclass(frozen=True)
class Shown:
    """What the tab shows; None leaves what is there. `files` are for download: the translation, both languages."""

    progress: str | None = None
    rows: str | None = None
    files: tuple[Path, Path] | tuple[None, None] | None = None
    begun: Begun | None = None  # at an early end, for the next start
    busy: bool = True


NO_FILES = (None, None)


def build(wording: Wording) -> DocumentTab:
    bind = wording.bind
    file = bind(gr.File(file_types=list(documents.SUFFIXES), elem_id="file", height=140), label="upload")
    plan = gr.HTML(fragments.line(say("en", "document_first")), elem_id="plan")
    with gr.Row(elem_classes="hymt-actions"):
        translate = gr.Button(variant="primary", elem_id="translate-document", min_width=160, scale=3)
        bind(translate, value="translate_document")
        stop = gr.Button(variant="stop", elem_id="stop-document", min_width=90, scale=1, interactive=False)
        bind(stop, value="stop")
    notify = bind(gr.Checkbox(False, elem_id="notify", container=False), label="notify")
    notify.input(None, notify, notify, js=scripts.ALLOWED, **HIDDEN)
    progress = gr.HTML(elem_id="progress")
    rows = gr.HTML(elem_id="rows")
    with gr.Row():
        download = bind(gr.DownloadButton(elem_id="download", interactive=False), label="download")
        bilingual = bind(gr.DownloadButton(elem_id="bilingual", interactive=False), label="download_bilingual")
    return DocumentTab(file, plan, translate, stop, progress, rows, download, bilingual)


def preview(services: Services, path: str | None, source: str, targets: Sequence[str], locale: str, *controls) -> str:
    """The line that says what a document's translation will be."""
    if not path:
        return fragments.line(say(locale, "document_first"))
    try:
        document = documents.read(path)
        options = _options(services, controls)
        seen = services.translator.preview(document.blocks, targets, source, options)
    except UserError as error:
        return fragments.refused(locale, error)
    said = say(
        locale,
        "plan",
        name=document.name,
        lines=fragments.amount(locale, "line", seen.blocks),
        characters=fragments.amount(locale, "character", seen.characters),
        tokens=fragments.amount(locale, "token", seen.tokens),
        chunks=fragments.amount(locale, "chunk", seen.chunks),
    )
    if seen.target != targets[0]:
        wanted, target = (LANGUAGES[code].say(locale) for code in (targets[0], seen.target))
        said += say(locale, "plan_target", wanted=wanted, target=target)
    said += say(locale, "plan_steps") if seen.steps > 1 else ""
    notes = [note.say(locale) for note in document.notes]
    notes += [say(locale, "dropped", count=document.dropped)] if document.dropped else []
    return fragments.line(" ".join([f"{said}{_with(services, options, locale)}", *notes]), "good")


def _with(services: Services, options: Options, locale: str) -> str:
    loaded = services.manager.current()
    decoding = options.decoding_for(loaded.model)
    how = "sampled" if decoding.samples else "greedy" if decoding.beams == 1 else "beam_count"
    spoken = say(locale, how, count=decoding.beams)
    return say(locale, "plan_with", model=loaded.model.name, precision=loaded.precision.label, beams=spoken)


def _options(services: Services, controls) -> Options:
    return services.translator.options(**read_options(*controls))


def run(
    services: Services,
    visit: Hashable,
    path: str | None,
    source: str,
    targets: Sequence[str],
    begun: Begun | None,
    locale: str,
    *controls,
) -> AsyncGenerator[Shown]:
    """Translate a document into the first of `targets` that it is not in, from where it was left; yields Shown."""

    def start() -> DocumentJob:
        options = _options(services, controls)
        return DocumentJob.start(
            services.translator, services.results.folder, path, targets, source, options, visit, begun
        )

    show = _show(locale, source == AUTO, targets[0])
    return services.visits.run(visit, PLACE, DOCUMENTS, start, show, EVENT_SECONDS, linger=True)


def resume(services: Services, visit: Hashable, source: str, target: str, locale: str) -> AsyncGenerator[Shown]:
    """As `run`, of what the visit has under way from before a reload of its page."""
    return services.visits.resume(visit, PLACE, _show(locale, source == AUTO, target), EVENT_SECONDS)


def _show(locale: str, detected: bool, wanted: str) -> Callable[[DocumentJob | None, Any], Shown]:
    """What shows a document's events one after the other."""
    numbers = count()

    def show(work: DocumentJob | None, event) -> Shown:
        number = next(numbers)
        if work is None or isinstance(event, Refused):
            return _show_outside(locale, event)
        match event:
            case Progress():
                table = _rows(locale, work.job, current=True) if number % ROWS_EVERY == 0 else None
                return Shown(fragments.progress(locale, event, work.job), table)
            case Saved():
                left = None if all(work.job.finished) else work.job.begun()
                return Shown(files=(event.translation, event.bilingual), begun=left, busy=False)
            case Unsaved():
                said = fragments.line(say(locale, "unsaved", reason=event.error.say(locale)), "bad")
                table = _rows(locale, work.job, most=len(work.job.blocks))
                return Shown(said, table, begun=work.job.begun(), busy=False)
        return Shown(_ended(locale, event, work, detected, wanted), _rows(locale, work.job))

    return show


def _show_outside(locale: str, event: Queued | Refused) -> Shown:
    """What is shown of work that has not begun, or could not."""
    if isinstance(event, Queued):
        return Shown(fragments.bar(0, fragments.turn(locale, event.place)), "", NO_FILES)
    return Shown(fragments.refused(locale, event.error), "", busy=False)


def _ended(locale: str, event: Done | Stopped | Failed, work: DocumentJob, detected: bool, wanted: str) -> str:
    """How a job ended, and what it took."""
    job = work.job
    counts = {"done": f"{sum(job.finished):,}", "total": f"{len(job.blocks):,}"}
    figures = fragments.figures(locale, event.figures, detected, work.file.document.dropped, wanted)
    match event:
        case Done():
            lines = fragments.amount(locale, "line", len(job.blocks))
            return fragments.bar(1, say(locale, "finished_document", lines=lines)) + figures
        case Stopped():
            return fragments.line(say(locale, "stopped_document", **counts)) + figures
        case Failed():
            reason = event.error.say(locale)
            return fragments.line(say(locale, "failed_document", reason=reason, **counts), "bad")


def _rows(locale: str, job: Job, current: bool = False, most: int = fragments.SHOWN_ROWS) -> str:
    """The table; while a job runs, the rows around where it is."""
    first = 0
    if current:
        begun = sum(1 for translation in job.translations if translation)
        first = max(0, min(begun - 20, len(job.blocks) - fragments.SHOWN_ROWS))
    return fragments.rows(locale, job.blocks, job.translations, job.source, job.target, first, most)
