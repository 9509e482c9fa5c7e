"""What the text tab's controls do."""

from __future__ import annotations

from contextlib import aclosing

import gradio as gr

from hymt.service.services import Services
from hymt.translation.translator import Form
from hymt.ui import fragments, text_tab, translation_box
from hymt.ui.asked import JOBS, QUIET, UNCHANGED, stopper, targets_of, visit_of
from hymt.ui.buttons import Buttons, idle
from hymt.ui.languages_bar import LanguageBar
from hymt.ui.model_panel import ModelPanel
from hymt.ui.text_tab import TextTab


def wire(
    tab: TextTab,
    resuming: list,
    services: Services,
    bar: LanguageBar,
    interface: gr.Radio,
    panel: ModelPanel,
    visit: gr.Textbox,
) -> None:
    """`resuming` are the events at which work under way is found again; `visit` holds the name of the page's visit."""

    async def translate(request: gr.Request, name, text, source, target, marked, offered, *given):
        buttons, targets = Buttons(), targets_of(request, services, target)
        form: Form = "auto"  # pressed before it was offered
        if offered:
            form = "markdown" if marked else "text"
        running = text_tab.run(services, visit_of(request, name), text, source, targets, form, *given)
        async with aclosing(running) as events:
            async for shown in events:
                yield _outputs(buttons, *shown)

    async def resume(request: gr.Request, name, source, target, locale):
        yield UNCHANGED * len(outputs)
        buttons = Buttons()
        async with aclosing(text_tab.resume(services, visit_of(request, name), source, target, locale)) as events:
            async for shown in events:
                yield _outputs(buttons, *shown)

    stop = stopper(services, text_tab.PLACE)

    def clear(request: gr.Request, name):
        stop(request, name)
        return "", translation_box.NOTHING, fragments.line(""), fragments.line(""), *idle()

    offered = gr.State(False)
    inputs = [visit, tab.text, bar.source, bar.target, tab.markdown, offered, interface, *panel.decoding]
    buttons = [tab.translate, tab.stop]
    outputs = [tab.translation, tab.figures, *buttons]
    began = tab.translate.click(translate, inputs, outputs, **JOBS)
    resumed = gr.on(resuming, resume, [visit, bar.source, bar.target, interface], outputs, **JOBS)
    for running in (began, resumed):
        running.failure(idle, None, buttons, **QUIET)
    tab.stop.click(stop, visit, **QUIET)
    emptied = [tab.text, tab.translation, tab.counts, tab.figures, *buttons]
    tab.clear.click(clear, visit, emptied, cancels=[began, resumed], **QUIET)
    _wire_typing(tab, services, interface, offered)


def _wire_typing(tab: TextTab, services: Services, interface: gr.Radio, offered: gr.State) -> None:
    def typed(text, locale, offered):
        return text_tab.count(services, text, locale), *text_tab.offer_markdown(text, offered)

    tab.text.change(
        typed,
        [tab.text, interface, offered],
        [tab.counts, tab.markdown, offered],
        trigger_mode="always_last",
        **QUIET,
    )


def _outputs(buttons: Buttons, translation: dict | None, figures: str, busy: bool) -> tuple:
    return gr.skip() if translation is None else translation, figures, *buttons.busy(busy)
