"""The words of the page, in English and Chinese, and the bookkeeping that switches between them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hymt.ui.words.chinese import CHINESE
from hymt.ui.words.english import ENGLISH

WORDS = {"en": ENGLISH, "zh": CHINESE}


def say(locale: str, key: str, **values) -> str:
    """A sentence of the page in the interface's language ("en" or "zh")."""
    return WORDS[locale][key].format(**values)


class Wording:
    """Remembers which property of which component shows which words, to switch them all at once."""

    def __init__(self) -> None:
        self._bound: dict[gr.components.Component, dict[str, str]] = {}

    def bind(self, component, **keys: str):
        """`bind(button, value="translate")`: the button's value is the word "translate"."""
        self._bound[component] = keys
        for name, key in keys.items():
            setattr(component, name, WORDS["en"][key])
        return component

    @property
    def components(self) -> list:
        return list(self._bound)

    def updates(self, locale: str) -> list[dict]:
        said: list[dict[str, Any]] = [
            {name: WORDS[locale][key] for name, key in keys.items()} for keys in self._bound.values()
        ]
        return [gr.update(**words) for words in said]
