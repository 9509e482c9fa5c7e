"""The text tab: two boxes side by side, streamed, with figures after each translation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import gradio as gr

from hymt.documents.markdown_signs import likeness
from hymt.models.catalogue import Model
from hymt.service.services import Services
from hymt.service.visits import TEXTS, Queued, Refused
from hymt.text.blocks import clean
from hymt.text.languages import LANGUAGES
from hymt.translation.events import Done, Event, Failed, Progress, Stopped
from hymt.translation.translator import AUTO, Form, TextJob
from hymt.ui import fragments, translation_box
from hymt.ui.model_panel import read_options
from hymt.ui.words import Wording, say

PLACE = "text"
EVENT_SECONDS = 0.2  # between two of them, at least
LONG_LINES = 5  # of a text whose progress is told
COUNTED_CHARACTERS = 20_000  # some 30 ms; the rest of a longer text is estimated
EXAMPLES = (
    ("zh", "en", "你好，请问附近有地铁站吗？\n我想去火车站，但是我不知道怎么走。"),
    ("en", "fr", "It was raining when we left the house. I would like a cup of coffee, please."),
    ("en", "de", "The weather is very nice today.\nWould you like to go for a walk in the park?"),
    ("ja", "en", "昨日、友達と映画を見に行きました。とても面白かったです。"),
    ("ru", "en", "Я не знаю, где мои ключи. Ты не видел их?"),
    ("en", "es", "She has lived in Madrid for ten years. Her brother works in a hospital."),
    ("fr", "zh", "Je suis très heureux de vous rencontrer."),
    ("ko", "en", "어제 도서관에서 이 책을 빌렸어요."),
    ("en", "ar", "Good morning. How are you today?"),
    ("de", "ko", "Vielen Dank für Ihre Hilfe."),
)


@dataclass(frozen=True)
class TextTab:
    text: gr.Textbox
    counts: gr.HTML
    markdown: gr.Checkbox  # shown for what looks like it
    translation: gr.HTML
    figures: gr.HTML
    translate: gr.Button
    stop: gr.Button
    clear: gr.Button


def build(wording: Wording) -> TextTab:
    bind = wording.bind
    with gr.Row():
        with gr.Column(min_width=280):
            text = gr.Textbox(lines=10, max_lines=10, elem_id="source-text", autofocus=True)
            bind(text, label="input", placeholder="input_placeholder")
            with gr.Row(elem_classes="hymt-actions"):
                translate = gr.Button(variant="primary", elem_id="translate", min_width=110, scale=3)
                stop = gr.Button(variant="stop", elem_id="stop", min_width=70, scale=1, interactive=False)
                clear = gr.Button(elem_id="clear", min_width=70, scale=1)
            with gr.Row(elem_id="about-text"):
                counts = gr.HTML(fragments.line(""), elem_id="counts", min_width=120)
                markdown = gr.Checkbox(False, elem_id="markdown", container=False, visible=False, min_width=120)
                bind(markdown, label="as_markdown")
        with gr.Column(min_width=280):
            translation = translation_box.build()
            figures = gr.HTML(fragments.line(""), elem_id="figures")
    for button, key in ((translate, "translate"), (stop, "stop"), (clear, "clear")):
        bind(button, value=key)
    return TextTab(text, counts, markdown, translation, figures, translate, stop, clear)


def examples_for(model: Model) -> list[list[str]]:
    """Texts to try, as rows of source, target and text: those that a model is offered for."""
    return [list(row) for row in EXAMPLES if row[0] in model.languages and row[1] in model.targets]


def example_labels(locale: str, model: Model) -> list[str]:
    pairs = ((LANGUAGES[source], LANGUAGES[target]) for source, target, _ in examples_for(model))
    return [f"{source.say(locale)} → {target.say(locale)}" for source, target in pairs]


def count(services: Services, text: str, locale: str) -> str:
    """Characters and tokens of what was typed; of a long text the tokens are estimated by its beginning."""
    if not text:
        return fragments.line("")
    characters = fragments.amount(locale, "character", len(text))
    if (loaded := services.manager.loaded) is None:
        return fragments.line(say(locale, "counts", characters=characters, tokens=say(locale, "no_model")))
    counted = _tokens(loaded, text[:COUNTED_CHARACTERS])
    if len(text) <= COUNTED_CHARACTERS:
        return fragments.line(
            say(locale, "counts", characters=characters, tokens=fragments.amount(locale, "token", counted))
        )
    about = fragments.amount(locale, "token", round(counted * len(text) // COUNTED_CHARACTERS, -3))
    return fragments.line(say(locale, "counts_about", characters=characters, tokens=about))


def offer_markdown(text: str, offered: bool) -> tuple:
    """The box that has a text treated as Markdown, ticked where it surely is, and whether it is offered.

    While it is offered, what its reader has chosen stays.
    """
    found = likeness(text)
    if (found != "none") == offered:
        return gr.skip(), gr.skip()
    return gr.update(visible=not offered, value=found == "sure"), not offered


def _tokens(loaded, text: str) -> int:
    """Line by line: a tokenizer's time may grow faster than its text."""
    return sum(loaded.tokenizer.count(line) for line in clean(text)[0].splitlines())


def run(
    services: Services,
    visit: Hashable,
    text: str,
    source: str,
    targets: Sequence[str],
    form: Form,
    locale: str,
    *controls,
) -> AsyncGenerator[tuple]:
    """Translate into the first of `targets` that the text is not in; yields (translation, figures, busy) as it goes.

    None leaves the translation that is shown.
    """

    def start() -> TextJob:
        return services.translator.start(text, targets, source, form=form, visit=visit, **read_options(*controls))

    show = partial(_show, locale, source == AUTO, targets[0])
    return services.visits.run(visit, PLACE, TEXTS, start, show, EVENT_SECONDS, linger=True)


def resume(services: Services, visit: Hashable, source: str, target: str, locale: str) -> AsyncGenerator[tuple]:
    """As `run`, of what the visit has under way from before a reload of its page."""
    return services.visits.resume(visit, PLACE, partial(_show, locale, source == AUTO, target), EVENT_SECONDS)


def _show(locale: str, detected: bool, wanted: str, job: TextJob | None, event: Queued | Refused | Event) -> tuple:
    dropped = job.dropped if job else 0
    said = partial(fragments.figures, locale, detected=detected, dropped=dropped, wanted=wanted)
    match event:
        case Queued():
            return None, fragments.line(fragments.turn(locale, event.place)), True
        case Refused():
            return None, fragments.refused(locale, event.error), False
    shown = translation_box.shown(event.parts, event.figures.target)
    match event:
        case Progress():
            return shown, _progress(locale, event, job), True
        case Done() if job and not job.job.blocks:
            return shown, fragments.line(say(locale, "no_words"), "good"), False
        case Done():
            return shown, said(event.figures), False
        case Stopped():
            sentence = say(locale, "stopped" if event.parts else "stopped_early")
            return shown, _line(locale, sentence, event) + said(event.figures), False
        case Failed():
            return shown, _line(locale, event.error.say(locale), event, "bad"), False


def _progress(locale: str, event: Progress, work: TextJob | None) -> str:
    """How far a text is; of a few lines what it takes so far says more."""
    if work is None or (len(work.job.blocks) < LONG_LINES and not event.waiting):
        return fragments.figures(locale, event.figures)
    return fragments.progress(locale, event, work.job)


def _line(locale: str, sentence: str, event: Stopped | Failed, kind: str = "") -> str:
    """What is said of a text that was ended, and if there are any, of its gaps."""
    gaps = any(run.untranslated for part in event.parts for run in part)
    return fragments.line(f"{sentence} {say(locale, 'gaps')}" if gaps else sentence, kind)
