"""The page as a whole: its parts, and the wires between them."""

from __future__ import annotations

from contextlib import aclosing

import gradio as gr

from hymt.errors import LOCALES
from hymt.service.services import Services
from hymt.ui import (
    api,
    compare_tab,
    document_files,
    document_tab,
    document_wires,
    fragments,
    languages_bar,
    memory_panel,
    memory_strip,
    model_panel,
    scripts,
    text_tab,
    text_wires,
    translation_box,
)
from hymt.ui.asked import HIDDEN, JOBS, QUIET
from hymt.ui.buttons import Buttons, states
from hymt.ui.live import Live
from hymt.ui.page import Page
from hymt.ui.words import Wording, say

INTERFACES = [("English", "en"), ("中文", "zh")]
KEYS = {
    "translate_key": "about_translate_key",
    "search_key": "about_search_key",
    "press_key": "about_press_key",
    "close_key": "about_close_key",
    "drop_key": "about_drop_key",
}


def build_demo(services: Services, live: Live) -> Page:
    """The Blocks app over running services; `hymt.serving` serves it, and `live` beside it."""
    return _Page(services, live).demo.bounded(services.visits.limits)


class _Page:
    """Builds the page's parts in reading order, then wires their events."""

    def __init__(self, services: Services, live: Live) -> None:
        self.services, self.wording, self.live = services, Wording(), live
        loaded = services.manager.current()
        with Page(title="hymt", analytics_enabled=False, fill_width=True) as self.demo:
            self._header(loaded)
            with gr.Row():
                with gr.Column(scale=7, min_width=320, elem_id="work"):
                    self.bar = languages_bar.build(loaded.model, self.wording)
                    self._tabs(loaded)
                with gr.Column(scale=3, min_width=280, elem_id="side"):
                    self.model = model_panel.build(services, self.wording)
            self._memory()
            api.build(services)  # first, for its names: the page's own events must not take them
            self._wire()

    # -- parts -----------------------------------------------------------------------------------------

    def _header(self, loaded) -> None:
        with gr.Row(elem_id="header"):
            with gr.Column(scale=6, min_width=240):
                self.tagline = gr.HTML(_title("en"))
            self.interface = gr.Radio(
                INTERFACES, value="en", show_label=False, container=False, elem_id="interface", scale=0
            )
            self.demo.interface = self.interface
        notice = fragments.notice(say("en", "demo_notice"))
        self.notice = gr.HTML(notice, visible=loaded.model.demonstration)
        self.seen = gr.State(self.live.variant())
        self.visit = gr.Textbox(visible="hidden", elem_id="visit", container=False)  # its name, from the page's script

    def _tabs(self, loaded) -> None:
        with gr.Tabs():
            with gr.Tab(elem_id="text-tab") as tab:
                self.text = text_tab.build(self.wording)
                self.examples = gr.Examples(
                    text_tab.examples_for(loaded.model),
                    [self.bar.source, self.bar.target, self.text.text],
                    cache_examples=False,
                    example_labels=text_tab.example_labels("en", loaded.model),
                    elem_id="examples",
                )
                self.example_labels = {locale: text_tab.example_labels(locale, loaded.model) for locale in LOCALES}
            self.wording.bind(tab, label="text_tab")
            with gr.Tab(elem_id="document-tab") as tab:
                self.document = document_tab.build(self.wording)
            self.wording.bind(tab, label="document_tab")
            with gr.Tab(elem_id="compare-tab") as tab:
                self.compare = compare_tab.build(self.services, self.wording)
            self.wording.bind(tab, label="compare_tab")
            self.compare_opened = tab.select

    def _memory(self) -> None:
        self.memory_heading = gr.HTML(memory_panel.heading("en", self.services), elem_id="memory-heading")
        # both are filled by the page's script, from `Live`; Gradio must not draw them anew
        panel = fragments.to_come(memory_panel.render("en", self.services))
        gr.HTML(f'<div id="live">{panel}</div>', elem_id="memory")
        strip = fragments.to_come(memory_strip.render("en", self.services))
        gr.HTML(f'<button type="button" id="strip">{strip}</button>', elem_id="memory-strip")
        # pressed by the page's script
        self.follow_button, self.resume_text, self.resume_document = (
            gr.Button(elem_id=name, elem_classes="hymt-hidden") for name in ("follow", "resume-text", "resume-document")
        )

    # -- wires -----------------------------------------------------------------------------------------

    def _wire(self) -> None:
        shared = self.services, self.bar, self.interface, self.model, self.visit
        # after a reload; and in another language of the interface, in which it is told from then on
        text_wires.wire(self.text, [self.resume_text.click, self.interface.change], *shared)
        document_wires.wire(self.document, [self.resume_document.click, self.interface.change], *shared)
        self._wire_compare()
        self._wire_languages()
        self._wire_loading()
        self._wire_model()
        self._wire_page()

    def _wire_compare(self) -> None:
        tab, services = self.compare, self.services

        async def compare(request: gr.Request, *given):
            buttons = Buttons(self._may(request))
            async with aclosing(compare_tab.run(services, request.session_hash, request.username, *given)) as events:
                async for shown in events:
                    kept = (gr.skip() if part is None else part for part in (shown.figures, shown.texts))
                    file = gr.update(value=shown.file, interactive=shown.file is not None)
                    yield shown.progress, *kept, file, *buttons.busy(shown.busy)

        def stop(request: gr.Request):
            services.visits.stop(request.session_hash, compare_tab.PLACE)

        def limits(locale):
            said = compare_tab.limits_here(locale, services)
            return gr.update(value=said, visible=bool(said))

        texts = [tab.text, tab.reference, tab.precisions]
        inputs = [*texts, self.bar.source, self.bar.target, self.interface, *self.model.decoding]
        buttons = [tab.compare, tab.stop]
        outputs = [tab.progress, tab.figures, tab.texts, tab.download, *buttons]
        tab.compare.click(compare, inputs, outputs, **JOBS).failure(self._settled, None, buttons, **QUIET)
        tab.stop.click(stop, **QUIET)
        gr.on(
            [self.compare_opened, self.interface.change],
            limits,
            self.interface,
            tab.limits,
            **QUIET,
        )

    def _wire_languages(self) -> None:
        bar, tab = self.bar, self.text
        texts = [bar.source, bar.target, tab.text, tab.translation]

        def exchange(locale, *shown):
            loaded = self.services.manager.loaded
            return languages_bar.exchange(loaded.model, locale, *shown) if loaded else shown

        # through the queue: outside it Gradio prints a note to the log instead of showing it
        bar.swap.click(exchange, [self.interface, *texts], texts, concurrency_limit=None, **HIDDEN)
        bar.source.change(languages_bar.direction, bar.source, tab.text, **QUIET)
        gr.on([bar.source.change, bar.target.change], None, None, js=scripts.CHOSEN, **HIDDEN)

    def _wire_loading(self) -> None:
        panel, services = self.model, self.services

        async def load(request: gr.Request, model, precision, locale, gpu_memory):
            limit, who = model_panel.wanted_limit(services, gpu_memory), (request.session_hash, request.username)
            buttons = Buttons(self._may(request))
            async with aclosing(model_panel.swap(services, *who, model, precision, locale, limit)) as events:
                async for status, busy in events:
                    begin, end = buttons.busy(busy)
                    yield status, begin, begin, end

        def stop(request: gr.Request):
            services.visits.stop(request.session_hash, model_panel.PLACE)

        def recommended():
            plan = services.manager.recommendation()
            return plan.model, plan.precision

        def in_force():
            """What is loaded: after a load that failed, too."""
            if (loaded := services.manager.loaded) is None:
                return [gr.skip()] * 3
            return services.permissions.shown(loaded.model), loaded.precision.name, model_panel.shown_limit(services)

        def idle(request: gr.Request):
            begin, end = self._settled(request)
            return begin, begin, end

        chosen = [panel.model, panel.precision, self.interface, panel.gpu_memory]
        buttons = [panel.load, panel.apply, panel.stop]
        outputs = [panel.status, *buttons]
        loading = panel.load.click(load, chosen, outputs, **JOBS)
        panel.stop.click(stop, **QUIET)
        applied = panel.apply.click(recommended, None, [panel.model, panel.precision], **QUIET)
        for began in (loading, applied.then(load, chosen, outputs, **JOBS)):
            began.failure(idle, None, buttons, **QUIET)
            began.then(**self._follow()).then(in_force, None, [panel.model, panel.precision, panel.gpu_memory], **QUIET)

    def _wire_model(self) -> None:
        panel, services = self.model, self.services

        def describe(request: gr.Request, model, precision, locale, gpu_memory):
            limit = model_panel.wanted_limit(services, gpu_memory)
            return model_panel.describe(locale, services, model, precision, limit, request.username)

        def precision_for(request: gr.Request, model, precision):
            return model_panel.precision_for(services, model, precision, request.username)

        gr.on(
            [panel.model.change, panel.precision.change, panel.gpu_memory.change],
            describe,
            [panel.model, panel.precision, self.interface, panel.gpu_memory],
            panel.about,
            **QUIET,
        )
        panel.model.change(precision_for, [panel.model, panel.precision], panel.precision, **QUIET)
        drawn = [panel.temperature, panel.top_k, panel.top_p, panel.seed]
        panel.sample.change(
            lambda sample: [gr.update(interactive=not sample), *[gr.update(interactive=sample)] * len(drawn)],
            panel.sample,
            [panel.beams, *drawn],
            **QUIET,
        )

    def _wire_page(self) -> None:
        services = self.services

        def switch(request: gr.Request, locale, model, precision, gpu_memory):
            plan, limit = services.manager.recommendation(), model_panel.wanted_limit(services, gpu_memory)
            return (
                *self.wording.updates(locale),
                _title(locale),
                fragments.notice(say(locale, "demo_notice")),
                model_panel.recommended(locale, services, plan),
                model_panel.describe(locale, services, model, precision, limit, request.username),
                model_panel.refused_line(locale, services, request.username),
                compare_tab.notice(locale, services, request.username),
                memory_panel.heading(locale, services),
                gr.update(words=translation_box.words(locale)),
                document_files.editor(locale),
                gr.update(sample_labels=self.example_labels[locale], label=say(locale, "examples")),
            )

        outputs = [
            *self.wording.components,
            self.tagline,
            self.notice,
            self.model.recommendation,
            self.model.about,
            self.model.refusal,
            self.compare.notice,
            self.memory_heading,
            self.text.translation,
            self.document.editor,
            self.examples.dataset,
        ]
        chosen = [self.interface, self.model.model, self.model.precision, self.model.gpu_memory]
        self.interface.change(switch, chosen, outputs, **QUIET)
        fields = [self.text.text, self.bar.source, self.bar.target, self.text.translation]
        begun = [self.visit, self.interface, *fields]
        admitted = [*self.model.controls, self.compare.compare, *self._reasons()]
        advised = [self.model.about, self.model.recommendation, self.model.apply]
        opened = self.demo.load(None, None, begun, js=scripts.BEGIN, **QUIET)
        opened.then(self._admit, self.interface, admitted, **QUIET)  # by now in the browser's language
        opened.then(self._advise, self.interface, advised, **QUIET)
        self.demo.unload(_ender(services))
        self.follow_button.click(trigger_mode="always_last", **self._follow())

    def _may(self, request: gr.Request) -> bool:
        """Whether the page's user may change the model that all share."""
        return self.services.permissions.refusal(request.username) is None

    def _settled(self, request: gr.Request) -> tuple:
        """As `idle`, of what changes the model that all share."""
        return states(False, self._may(request))

    def _reasons(self) -> list:
        """Where the page says why its user may not change the model."""
        return [self.model.refusal, self.compare.notice]

    def _admit(self, request: gr.Request, locale):
        """The controls of the shared model for the page's user: usable, or with the reason why not."""
        services, user = self.services, request.username
        refused = not self._may(request)
        usable = [gr.update(interactive=not refused)] * (len(self.model.controls) + 1)
        reason = gr.update(value=model_panel.refused_line(locale, services, user), visible=refused)
        return *usable, reason, compare_tab.notice(locale, services, user)

    def _advise(self, request: gr.Request, locale):
        """What the loaded variant takes and what this machine should run, by the memory that is free now."""
        services = self.services
        if (loaded := services.manager.loaded) is None:
            return [gr.skip()] * 3
        plan, shown = services.manager.recommendation(), services.permissions.shown(loaded.model)
        about = model_panel.describe(locale, services, shown, loaded.precision.name, user=request.username)
        differs = loaded.variant.named != (plan.model, plan.precision)
        return about, model_panel.recommended(locale, services, plan), gr.update(visible=differs)

    def _follow(self) -> dict:
        """The event that lets the controls follow the shared model: another user may have swapped it.

        What need not change is left alone: a drop-down that is open, beams that a user chose.
        """
        panel, bar, services = self.model, self.bar, self.services

        def follow(seen, locale, source, target):
            loaded = services.manager.loaded
            variant = self.live.variant()
            if loaded is None or variant is None or tuple(seen) == variant:
                return [gr.skip()] * 11
            plan, model = services.manager.recommendation(), loaded.model
            shown = (
                variant,
                gr.update(value=services.permissions.shown(model)),
                gr.update(value=loaded.precision.name),
                gr.skip() if seen[2] == variant[2] else gr.update(value=model_panel.shown_limit(services)),
                model_panel.recommended(locale, services, plan),
                gr.update(visible=loaded.variant.named != (plan.model, plan.precision)),
            )
            chunks = gr.update(value=model.chunk_tokens, maximum=model.max_chunk_tokens)
            if seen[0] == model.name:
                return *shown, *[gr.skip()] * 4, gr.skip() if seen[-1] == model.chunk_tokens else chunks
            return (
                *shown,
                *languages_bar.offer(model, locale, source, target),
                gr.update(visible=model.demonstration),
                gr.update(value=model.beams),
                chunks,
            )

        shown = [panel.model, panel.precision, panel.gpu_memory, panel.recommendation, panel.apply]
        outputs = [self.seen, *shown, bar.source, bar.target, self.notice, panel.beams, panel.chunk_tokens]
        return {"fn": follow, "inputs": [self.seen, self.interface, bar.source, bar.target], "outputs": outputs} | QUIET


def _ender(services: Services):
    def end(request: gr.Request) -> None:
        services.visits.stop(request.session_hash)

    return end


def _title(locale: str) -> str:
    explained = fragments.tip(locale, "keys", "?", "keys", KEYS)
    return f'<div class="hymt-title"><h1>hymt</h1>{explained}<p>{say(locale, "tagline")}</p></div>'
