"""Gradio's Blocks, with errors that tell their sentence to the visitor and only their place to the log."""

from __future__ import annotations

import logging

import gradio as gr

from hymt.errors import UserError
from hymt.web.logs import places

log = logging.getLogger(__name__)


class Page(gr.Blocks):
    """Blocks whose events never print what a visitor gave them.

    Gradio prints the traceback of every error of an event, and some messages quote all inputs: too few of them is
    enough. Here the log tells its kind and where it arose, and the visitor gets a sentence instead of nothing.
    """

    async def process_api(self, *given, **named):
        try:
            return await super().process_api(*given, **named)
        except gr.Error as error:
            error.print_exception = False
            raise
        except Exception as error:
            log.error("An event of the page failed: %s", places(error))
            raise gr.Error(UserError("request_failed").say(), print_exception=False) from None
