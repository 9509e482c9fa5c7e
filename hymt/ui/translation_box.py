"""The box of the text tab's translation: it takes long texts as they grow, and tells what is not translated yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from hymt.text.languages import LANGUAGES
from hymt.translation.parts import Part, in_parts
from hymt.ui import scripts
from hymt.ui.words import say

TEMPLATE = """
<div class="hymt-output-head">
  <span class="name">${words.output}</span><span class="former" role="status">${words.former}</span>
  <button type="button" class="copy" disabled>${words.copy}</button>
  <button type="button" class="save" disabled>${words.save}</button>
</div>
<div class="hymt-output" role="region" tabindex="0" aria-label="${words.output}"
  data-placeholder="${words.output_first}"></div>
"""
WORDS = ("output", "output_first", "former", "copy", "save")
NOTHING: dict[str, Any] = {"parts": [], "lang": "", "dir": "auto"}


def build() -> gr.HTML:
    """Its value is what `shown` makes; its words change with `words`."""
    return gr.HTML(
        NOTHING,
        html_template=TEMPLATE,
        js_on_load=scripts.TRANSLATION,
        words=words("en"),
        elem_id="target-text",
    )


def words(locale: str) -> dict[str, str]:
    return {key: say(locale, key) for key in WORDS}


def shown(parts: Sequence[Part], code: str) -> dict[str, Any]:
    """What the box shows: a translation in the language with this code."""
    direction = "rtl" if LANGUAGES[code].rtl else "ltr"
    return {"parts": [[list(run) for run in part] for part in parts], "lang": code, "dir": direction}


def text_of(value: dict[str, Any]) -> str:
    """The text that a box shows."""
    return "".join(text for part in value["parts"] for text, _ in part)


def of_text(text: str, code: str) -> dict[str, Any]:
    """What the box shows for a text that is there as a whole."""
    return shown(in_parts(text), code)
