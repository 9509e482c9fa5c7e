"""The document tab: what will be done before it is done, progress with time left, both languages side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from hymt import documents
from hymt.documents import Document
from hymt.errors import UserError
from hymt.events import Done, Failed, Progress, Stopped
from hymt.job import Job, Options
from hymt.text.languages import LANGUAGES
from hymt.translator import AUTO
from hymt.ui import fragments
from hymt.ui.model_panel import read_options
from hymt.ui.services import Services
from hymt.ui.words import Wording, say

PLACE = "document"
ROWS_EVERY = 5  # of the events that move the progress bar, so many redraw the table once


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


def build(wording: Wording) -> DocumentTab:
    bind = wording.bind
    file = bind(gr.File(file_types=list(documents.SUFFIXES), elem_id="file", height=140), label="upload")
    plan = gr.HTML(fragments.line(say("en", "document_first")), elem_id="plan")
    with gr.Row():
        translate = gr.Button(variant="primary", elem_id="translate-document", min_width=160, scale=3)
        bind(translate, value="translate_document")
        stop = gr.Button(variant="stop", elem_id="stop-document", min_width=90, scale=1, interactive=False)
        bind(stop, value="stop")
    progress = gr.HTML(elem_id="progress")
    rows = gr.HTML(elem_id="rows")
    with gr.Row():
        download = bind(gr.DownloadButton(elem_id="download", interactive=False), label="download")
        bilingual = bind(gr.DownloadButton(elem_id="bilingual", interactive=False), label="download_bilingual")
    return DocumentTab(file, plan, translate, stop, progress, rows, download, bilingual)


def preview(services: Services, path: str | None, source: str, target: str, ui: str, *controls) -> str:
    """The line that says what a document's translation will be."""
    if not path:
        return fragments.line(say(ui, "document_first"))
    try:
        document = documents.read(path)
        options = _options(services, controls)
        seen = services.translator.preview(document.blocks, target, source, options)
    except UserError as error:
        return fragments.line(error.say(ui), "bad")
    said = say(
        ui,
        "plan",
        name=document.name,
        lines=fragments.amount(ui, "line", seen.blocks),
        characters=fragments.amount(ui, "character", seen.characters),
        tokens=fragments.amount(ui, "token", seen.tokens),
        chunks=fragments.amount(ui, "chunk", seen.chunks),
    )
    said += say(ui, "plan_steps") if seen.steps > 1 else ""
    notes = say(ui, "dropped", count=document.dropped) if document.dropped else ""
    return fragments.line(f"{said}{_with(services, options, ui)} {notes}", "good")


def _with(services: Services, options: Options, ui: str) -> str:
    loaded = services.manager.current()
    decoding = options.decoding_for(loaded.model)
    how = "sampled" if decoding.samples else "greedy" if decoding.beams == 1 else "beam_count"
    spoken = say(ui, how, count=decoding.beams)
    return say(ui, "plan_with", model=loaded.model.name, precision=loaded.precision.label, beams=spoken)


def _options(services: Services, controls) -> Options:
    return services.translator.options(**read_options(*controls))


def run(services: Services, session: str, path: str | None, source: str, target: str, ui: str, *controls) -> Iterator:
    """Translate a document; yields (progress, rows, files or None, busy). None for rows leaves those shown."""
    if not path:
        yield fragments.line(UserError("no_file").say(ui), "bad"), None, None, False
        return
    yield fragments.bar(0, say(ui, "starting")), "", None, True
    try:
        document = documents.read(path)
        job = services.translator.job(document.blocks, target, source, _options(services, controls))
    except UserError as error:
        yield fragments.line(error.say(ui), "bad"), "", None, False
        return
    services.jobs.start(session, PLACE, job)
    events = job.events()
    try:
        for number, event in enumerate(events):
            yield _show(services, ui, event, number, document, job, source == AUTO)
    finally:
        events.close()
        services.jobs.finish(session, PLACE, job)


def _show(services: Services, ui: str, event, number: int, document: Document, job: Job, detected: bool) -> tuple:
    if isinstance(event, Progress):
        table = _rows(ui, job, current=True) if number % ROWS_EVERY == 0 else None
        return fragments.bar(event.fraction, _progress_line(ui, event, job)), table, None, True
    counts = {"done": f"{sum(job.finished):,}", "total": f"{len(job.blocks):,}"}
    figures = fragments.figures(ui, event.figures, detected, document.dropped)
    match event:
        case Done():
            lines = fragments.amount(ui, "line", len(job.blocks))
            said = fragments.bar(1, say(ui, "finished_document", lines=lines)) + figures
        case Stopped():
            said = fragments.line(say(ui, "stopped_document", **counts)) + figures
        case Failed():
            reason = event.error.say(ui)
            said = fragments.line(say(ui, "failed_document", reason=reason, **counts), "bad")
    return said, _rows(ui, job), save(document, job, services.results.folder()), False


def _progress_line(ui: str, event: Progress, job: Job) -> str:
    if event.waiting:
        return say(ui, "waiting")
    said = say(
        ui,
        "progress",
        percent=f"{event.fraction:.0%}",
        done=f"{sum(job.finished):,}",
        total=f"{len(job.blocks):,}",
        speed=f"{event.figures.tokens_per_second:.0f}",
    )
    if event.remaining_seconds is not None:
        said += say(ui, "left", time=fragments.duration(event.remaining_seconds))
    return said


def _rows(ui: str, job: Job, current: bool = False) -> str:
    """The table; while a job runs, the rows around where it is."""
    first = 0
    if current:
        begun = sum(1 for translation in job.translations if translation)
        first = max(0, min(begun - 20, len(job.blocks) - fragments.SHOWN_ROWS))
    return fragments.rows(ui, job.blocks, job.translations, job.source, job.target, first)


def save(document: Document, job: Job, folder: Path) -> tuple[Path, Path]:
    """Write the translation and the bilingual page; their names tell the languages."""
    name = Path(document.name)
    translation = folder / f"{name.stem}.{job.target}{name.suffix}"
    translation.write_bytes(document.write(job.best()))
    both = folder / f"{name.stem}.{job.source}-{job.target}.html"
    languages = LANGUAGES[job.source], LANGUAGES[job.target]
    both.write_text(documents.bilingual(document.name, job.blocks, job.translations, *languages), encoding="utf-8")
    return translation, both
