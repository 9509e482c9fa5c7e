"""The two language drop-downs and what they offer for the loaded model."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from hymt.models.catalogue import Model
from hymt.text.languages import LANGUAGES
from hymt.translation.translator import AUTO
from hymt.ui import translation_box
from hymt.ui.words import Wording, say


@dataclass(frozen=True)
class LanguageBar:
    source: gr.Dropdown
    target: gr.Dropdown
    swap: gr.Button


def choices(model: Model, locale: str, detect: bool) -> list[tuple[str, str]]:
    """(label, code) pairs: the label holds all names and the code, so each finds it in the search."""
    if not detect:
        return [(LANGUAGES[code].label, code) for code in model.targets]
    return [(say(locale, "detect"), AUTO), *((LANGUAGES[code].label, code) for code in model.languages)]


def build(model: Model, wording: Wording) -> LanguageBar:
    with gr.Row(elem_id="languages"):
        source = gr.Dropdown(choices(model, "en", True), value=AUTO, elem_id="source", min_width=200, scale=4)
        swap = wording.bind(gr.Button(elem_id="swap-languages", min_width=40, scale=0), value="swap")  # drawn as ⇄
        target = gr.Dropdown(choices(model, "en", False), value="en", elem_id="target", min_width=200, scale=4)
    wording.bind(source, label="source")
    wording.bind(target, label="target")
    return LanguageBar(source, target, swap)


def offer(model: Model, locale: str, source: str, target: str) -> tuple[dict, dict]:
    """Updates that offer a model's languages; what is chosen stays, if the model knows it."""
    kept_source = source if source == AUTO or source in model.languages else AUTO
    kept_target = target if target in model.targets else "en"
    return (
        gr.update(choices=choices(model, locale, True), value=kept_source),
        gr.update(choices=choices(model, locale, False), value=kept_target),
    )


def targets(model: Model, chosen: str, accepted: str) -> list[str]:
    """What to translate into: the chosen language; for a text that is in it, another that the visitor may want.

    `accepted` is the browser's Accept-Language (RFC 9110, 12.5.4), which has what is liked best first.
    """
    liked = (part.partition(";")[0].partition("-")[0].strip().lower() for part in accepted.split(","))
    others = [code for code in (*liked, "en", "zh") if code in model.targets]
    return list(dict.fromkeys([chosen, *others]))


def exchange(
    model: Model, locale: str, source: str, target: str, text: str, translation: dict
) -> tuple[str, str, str, dict]:
    """Swap the languages, and the texts with them if there is a translation. "Detect" has nothing to swap with.

    A source that the model is not offered to translate into stays where it is, and a note says so.
    """
    if source in model.not_offered:
        gr.Info(say(locale, "not_offered", model=model.name, language=LANGUAGES[source].say(locale)))
        return source, target, text, translation
    if source == AUTO:
        source = "en" if target != "en" else "zh"
    if (translated := translation_box.text_of(translation)).strip():
        return target, source, translated, translation_box.of_text(text, source)
    return target, source, text, translation


def direction(code: str | None) -> dict:
    """An update that writes a text box in its language's direction."""
    return gr.update(rtl=bool(code in LANGUAGES and LANGUAGES[code].rtl))
