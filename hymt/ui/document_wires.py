"""What the document tab's controls do."""

from __future__ import annotations

from contextlib import aclosing

import gradio as gr

from hymt.service.services import Services
from hymt.ui import document_tab
from hymt.ui.asked import JOBS, QUIET, targets_of, visit_of
from hymt.ui.buttons import Buttons, idle
from hymt.ui.document_tab import DocumentTab, Shown
from hymt.ui.languages_bar import LanguageBar
from hymt.ui.model_panel import ModelPanel


def wire(
    tab: DocumentTab,
    resuming: list,
    services: Services,
    bar: LanguageBar,
    interface: gr.Radio,
    panel: ModelPanel,
    visit: gr.Textbox,
) -> None:
    """`resuming` are the events at which work under way is found again; `visit` holds the name of the page's visit."""

    async def translate(request: gr.Request, name, begun, file, source, target, *given):
        buttons, targets = Buttons(), targets_of(request, services, target)
        running = document_tab.run(services, visit_of(request, name), file, source, targets, begun, *given)
        async with aclosing(running) as events:
            async for shown in events:
                yield _outputs(buttons, shown)

    async def resume(request: gr.Request, name, source, target, locale):
        buttons = Buttons()
        async with aclosing(document_tab.resume(services, visit_of(request, name), source, target, locale)) as events:
            async for shown in events:
                yield _outputs(buttons, shown)

    def stop(request: gr.Request, name):
        services.visits.stop(visit_of(request, name), document_tab.PLACE)

    def preview(request: gr.Request, file, source, target, *given):
        return document_tab.preview(services, file, source, targets_of(request, services, target), *given)

    given = [tab.file, bar.source, bar.target, interface, *panel.decoding]
    buttons = [tab.translate, tab.stop]
    left = gr.State(None)  # what a document that was stopped has done
    outputs = [tab.progress, tab.rows, tab.download, tab.bilingual, left, *buttons]
    began = tab.translate.click(translate, [visit, left, *given], outputs, **JOBS)
    resumed = gr.on(resuming, resume, [visit, bar.source, bar.target, interface], outputs, **JOBS)
    for running in (began, resumed):
        running.failure(idle, None, buttons, **QUIET)
    tab.stop.click(stop, visit, **QUIET)
    changing = (tab.file, bar.source, bar.target, panel.beams, panel.sample, panel.chunk_tokens, interface)
    gr.on(
        [component.change for component in (*changing, panel.precision, panel.status)],
        preview,
        given,
        tab.plan,
        trigger_mode="always_last",
        concurrency_limit=2,
        show_progress="minimal",  # a large document takes seconds to count
        api_visibility="private",
    )


def _outputs(buttons: Buttons, shown: Shown) -> tuple:
    parts = (gr.skip() if part is None else part for part in (shown.progress, shown.rows))
    if shown.files is None:
        links = [gr.skip()] * 2
    else:
        links = [gr.update(value=file, interactive=file is not None) for file in shown.files]
    left = gr.skip() if shown.begun is None else shown.begun
    return *parts, *links, left, *buttons.busy(shown.busy)
