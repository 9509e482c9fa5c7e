"""The pair of buttons that all work has: one begins it, one stops it."""

from __future__ import annotations

import gradio as gr


class Buttons:
    """A pair while its work runs; updated only when it changes, as each update costs."""

    def __init__(self, usable: bool = True) -> None:
        self._usable = usable
        self._shown: bool | None = None

    def busy(self, busy: bool) -> tuple:
        changed, self._shown = busy != self._shown, busy
        return states(busy, self._usable) if changed else (gr.skip(), gr.skip())


def states(busy: bool, usable: bool = True) -> tuple:
    return gr.update(interactive=usable and not busy), gr.update(interactive=busy)


def idle() -> tuple:
    """A pair after an event that ended by an error."""
    return states(False)
