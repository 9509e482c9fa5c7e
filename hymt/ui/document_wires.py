"""What the document tab's controls do."""

from __future__ import annotations

from contextlib import aclosing

import gradio as gr

from hymt.service.services import Services
from hymt.ui import document_plan, document_tab, scripts
from hymt.ui.asked import HIDDEN, JOBS, QUIET, UNCHANGED, stopper, targets_of, visit_of
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

    async def translate(request: gr.Request, name, files, source, target, *given):
        buttons, targets = Buttons(), targets_of(request, services, target)
        running = document_tab.run(services, visit_of(request, name), files, source, targets, *given)
        async with aclosing(running) as events:
            async for shown in events:
                yield *_parts(shown), *buttons.busy(shown.busy)

    async def resume(request: gr.Request, name, source, target, locale):
        buttons = Buttons()
        yield UNCHANGED * len(outputs)
        async with aclosing(document_tab.resume(services, visit_of(request, name), source, target, locale)) as events:
            async for shown in events:
                yield *_parts(shown), *buttons.busy(shown.busy)

    def ask(request: gr.Request, name, asked, locale):
        return _parts(document_tab.ask(services, visit_of(request, name), asked, locale))

    given = [tab.file, bar.source, bar.target, interface, *panel.decoding]
    buttons = [tab.translate, tab.stop]
    outputs = [*tab.shown, *buttons]
    began = tab.translate.click(translate, [visit, *given], outputs, **JOBS)
    resumed = gr.on(resuming, resume, [visit, bar.source, bar.target, interface], outputs, **JOBS)
    for running in (began, resumed):
        running.failure(idle, None, buttons, **QUIET)
    tab.stop.click(stopper(services, document_tab.PLACE), visit, **QUIET)
    asking = {"js": scripts.ASKED, "trigger_mode": "multiple", "concurrency_limit": None, **HIDDEN}
    tab.ask.click(ask, [visit, tab.asked, interface], tab.shown, **asking)
    _wire_plan(tab, services, given, panel)


def _wire_plan(tab: DocumentTab, services: Services, given: list, panel: ModelPanel) -> None:
    def preview(request: gr.Request, files, source, target, *given):
        return document_plan.preview(services, files, source, targets_of(request, services, target), *given)

    changing = *given[:4], panel.beams, panel.sample, panel.chunk_tokens, panel.precision, panel.status
    gr.on(
        [component.change for component in changing],
        preview,
        given,
        tab.plan,
        trigger_mode="always_last",
        concurrency_limit=2,
        show_progress="minimal",  # a large document takes seconds to count
        api_visibility="private",
    )


def _parts(shown: Shown) -> tuple:
    return tuple(gr.skip() if part is None else part for part in shown.parts)
