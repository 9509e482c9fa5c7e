"""The compare tab: a text through each precision, a row as soon as it is measured, the translations side by side."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from hymt.compare import page, table
from hymt.compare.comparison import USUAL, Comparison, ComparisonEvent, Ended, Loading, Measured, Translating
from hymt.compare.report import ComparisonReport, ComparisonRow
from hymt.compare.samples import SAMPLES
from hymt.errors import UserError
from hymt.hardware.memory import show_bytes
from hymt.models.precision import PRECISIONS, find_precision
from hymt.service.refusals import not_written
from hymt.service.services import Services
from hymt.service.visits import TEXTS, Queued, Refused
from hymt.text.blocks import clean, split_lines
from hymt.text.languages import LANGUAGES
from hymt.ui import fragments
from hymt.ui.model_panel import read_options
from hymt.ui.words import Wording, say

PLACE = "compare"
EVENT_SECONDS = 0.5  # between two of them, at least
MAX_CHARACTERS = 20_000
HEADS = {
    "precision": "precision",
    "load": "compare_load",
    "weights": "weights",
    "peak": "peak",
    "first_token": "first_token",
    "speed": "speed",
    "chrf": "chrf",
    "bleu": "bleu",
    "identical": "identical",
    "reference_chrf": "reference_chrf",
    "reference_bleu": "reference_bleu",
    "note": "note",
}


@dataclass(frozen=True)
class CompareTab:
    notice: gr.Markdown
    text: gr.Textbox
    reference: gr.Textbox
    precisions: gr.CheckboxGroup
    limits: gr.HTML
    compare: gr.Button
    stop: gr.Button
    progress: gr.HTML
    figures: gr.HTML
    texts: gr.HTML
    download: gr.DownloadButton


def build(services: Services, wording: Wording) -> CompareTab:
    bind = wording.bind
    caution = gr.Markdown(notice("en", services, None), elem_id="compare-notice")
    text = gr.Textbox("\n".join(SAMPLES["zh"]), lines=6, max_lines=16, elem_id="compare-text")
    bind(text, label="compare_input")
    with gr.Accordion(open=False) as more:
        reference = gr.Textbox("", lines=4, max_lines=16, elem_id="reference")
        bind(reference, label="reference_input", placeholder="reference_placeholder")
    bind(more, label="reference")
    offered = [(precision.label, name) for name, precision in PRECISIONS.items()]
    chosen = gr.CheckboxGroup(offered, value=_runnable(services), elem_id="compare-precisions")
    bind(chosen, label="compare_precisions", info="compare_precisions_info")
    limits = gr.HTML(visible=False, elem_id="compare-limits")
    with gr.Row():
        usable: dict[str, Any] = {"interactive": services.permissions.refusal(None) is None}
        button = gr.Button(variant="primary", elem_id="compare", min_width=160, scale=3, **usable)
        compare = bind(button, value="compare")
        stop = gr.Button(variant="stop", elem_id="stop-compare", min_width=90, scale=1, interactive=False)
        bind(stop, value="stop")
    progress = gr.HTML(elem_id="compare-progress")
    figures = gr.HTML(elem_id="compare-figures")
    texts = gr.HTML(elem_id="compare-texts")
    download = bind(gr.DownloadButton(elem_id="compare-download", interactive=False), label="download_comparison")
    return CompareTab(caution, text, reference, chosen, limits, compare, stop, progress, figures, texts, download)


def notice(locale: str, services: Services, user: str | None) -> str:
    """What a comparison does to everybody, or why the user may not start one."""
    refusal = services.permissions.refusal(user)
    return refusal.say(locale) if refusal else say(locale, "compare_notice")


def _runnable(services: Services) -> list[str]:
    device = services.manager.device
    return [name for name in USUAL if find_precision(name).unavailable(device) is None]


def limits_here(locale: str, services: Services) -> str:
    """What the loaded model cannot be compared in on this machine, and why; nothing if all can run."""
    manager, loaded = services.manager, services.manager.loaded
    said = []
    for precision in PRECISIONS.values():
        if why := precision.unavailable(manager.device):
            said.append(say(locale, "unavailable_here", precision=precision.label, reason=why.say(locale)))
        elif loaded and loaded.model.shape and not (plan := manager.plan(loaded.model, precision)).fits:
            sizes = {"needed": show_bytes(plan.needed_bytes), "free": show_bytes(manager.free())}
            said.append(say(locale, "unfit_here", precision=precision.label, **sizes))
    return fragments.line(" ".join(said), "bad") if said else ""


@dataclass(frozen=True)
class Shown:
    """What the tab shows; None leaves what is there. `file` is the report to download."""

    progress: str
    figures: str | None = None
    texts: str | None = None
    file: str | None = None
    busy: bool = True


def run(
    services: Services,
    visit: Hashable,
    user: str | None,
    text: str,
    reference: str,
    chosen: Sequence[str],
    source: str,
    target: str,
    locale: str,
    *controls,
) -> AsyncGenerator[Shown]:
    """Compare; yields what to show as it goes."""

    def start() -> Comparison:
        services.permissions.check_control(user)
        return _comparison(services, text, reference, chosen, source, target, controls)

    def show(_: Comparison | None, event: ComparisonEvent | Queued | Refused) -> Shown:
        return _show(services, locale, event)

    return services.visits.run(visit, PLACE, TEXTS, start, show, EVENT_SECONDS)


def _comparison(services: Services, text: str, reference: str, chosen, source, target, controls) -> Comparison:
    if len(text) > MAX_CHARACTERS:
        raise UserError("too_long_to_compare", count=f"{len(text):,}", limit=f"{MAX_CHARACTERS:,}")
    lines, references = (
        [block.text for block in split_lines(clean(given)[0], "keep").blocks] for given in (text, reference)
    )
    ordered = [name for name in PRECISIONS if name in chosen]  # ticked in whatever order
    options = services.translator.options(**read_options(*controls))
    return Comparison(
        services.translator,
        lines,
        target,
        source,
        precisions=ordered,
        options=options,
        reference=references,
        turn=services.comparing,
    )


def _show(services: Services, locale: str, event: ComparisonEvent | Queued | Refused) -> Shown:
    match event:
        case Queued():
            return Shown(fragments.bar(0, fragments.turn(locale, event.place)), "", "")
        case Refused():
            return Shown(fragments.line(event.error.say(locale), "bad"), busy=False)
        case Loading():
            said = "comparing_restore" if event.restoring else "comparing_load"
            stage = say(locale, event.swap.stage)
            words = say(locale, said, precision=table.label(event.precision), stage=stage)
            return Shown(fragments.bar(event.fraction, words))
        case Translating():
            speed = f"{event.progress.figures.tokens_per_second:.0f}"
            words = say(locale, "comparing_text", precision=table.label(event.precision), speed=speed)
            return Shown(fragments.bar(event.fraction, words))
        case Measured(report=report):
            return Shown(
                fragments.bar(event.fraction, table.label(report.rows[-1].precision)), *results(locale, report)
            )
        case Ended(report=report):
            return _ended(services, locale, event, report)


def _ended(services: Services, locale: str, event: Ended, report: ComparisonReport) -> Shown:
    loaded = services.manager.loaded
    now = f"{loaded.model.name} {loaded.precision.label}" if loaded else say(locale, "no_model")
    if event.failure:
        reason = event.failure.say(locale)
        said = say(locale, "failed_comparison", reason=reason) if report.rows else reason
        progress = fragments.line(said, "bad")
    else:
        progress = fragments.line(
            say(locale, "stopped_comparison" if event.stopped else "compared", precision=now), "good"
        )
    if not report.rows:
        return Shown(progress, busy=False)
    try:
        file = _save(services, report)
    except OSError as error:
        progress += fragments.line(say(locale, "unsaved", reason=not_written(error).say(locale)), "bad")
        file = None
    return Shown(progress, *results(locale, report), file, busy=False)


def _save(services: Services, report: ComparisonReport) -> str:
    file = services.results.folder() / f"comparison.{report.source}-{report.target}.html"
    file.write_text(page.page(report), encoding="utf-8")
    return str(file)


def results(locale: str, report: ComparisonReport) -> tuple[str, str]:
    """The table of figures with what it means, and the texts side by side."""
    columns = table.columns(report)
    rows = [table.cells(row) | {"note": _note(locale, row)} for row in report.rows]
    numbers = page.figures([say(locale, HEADS[name]) for name in columns], columns, rows)
    figures = f'<div class="hymt-comparison figures">{numbers}</div>'
    if report.baseline is None:
        return figures, ""
    baseline = table.label(report.baseline.precision)
    meant = [say(locale, "against", tokenizer=report.bleu_tokenizer, precision=baseline)]
    if len(report.rows) > 1:
        meant.append(say(locale, "difference_marks", precision=baseline))
    most = fragments.SHOWN_ROWS
    side_by_side = page.texts(report, LANGUAGES[report.source].say(locale), say(locale, "reference"), most)
    texts = f'<div class="hymt-comparison texts">{side_by_side}</div>'
    if len(report.lines) > most:
        texts += fragments.line(say(locale, "row_limit", shown=f"{most:,}", total=f"{len(report.lines):,}"))
    return f'{figures}<div class="hymt-line">{escape(" ".join(meant))}</div>', texts


def _note(locale: str, row: ComparisonRow) -> str:
    if row.error:
        return say(locale, "not_measured", reason=row.error.say(locale))
    said = [say(locale, "loaded_already")] if row.load_seconds is None else []
    if row.truncated:
        said.append(say(locale, "truncated", chunks=fragments.amount(locale, "chunk", row.truncated)))
    return " ".join(said)
