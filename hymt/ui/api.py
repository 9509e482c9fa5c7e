"""Named endpoints for programs, with positional arguments (see the page's "Use via API")."""

from __future__ import annotations

import gradio as gr

from hymt import documents
from hymt.documents import DocumentError
from hymt.errors import UserError
from hymt.events import Failed, TranslationError
from hymt.models.manager import SwapFailed
from hymt.ui.document_tab import save
from hymt.ui.model_panel import outcome
from hymt.ui.services import Services

USERS_ERRORS = (TranslationError, SwapFailed, DocumentError)


def build(services: Services) -> None:
    """Add /translate, /translate_file, /swap and /memory to the Blocks under construction."""

    def translate(text: str, source: str = "auto", target: str = "en", beams: int | None = None) -> str:
        """Translate a text.

        Args:
            text: what to translate.
            source: its language: a code such as zh, or auto.
            target: the language wanted: a code such as en.
            beams: 1 to 8; what suits the loaded model if left out.
        """
        try:
            return services.translator.translate(text, target, source, beams=beams)
        except USERS_ERRORS as error:
            raise gr.Error(str(error), print_exception=False) from None

    def translate_file(file: str, source: str = "auto", target: str = "en") -> str:
        """Translate a text file (.txt, .md); returns the translated file."""
        if not file:
            raise gr.Error("Give a file to translate.", print_exception=False)
        try:
            document = documents.read(file)
            job = services.translator.job(document.blocks, target, source)
            *_, last = job.events()
        except USERS_ERRORS as error:
            raise gr.Error(str(error), print_exception=False) from None
        if isinstance(last, Failed):
            raise gr.Error(last.reason, print_exception=False)
        return str(save(document, job, services.results.folder())[0])

    def swap(model: str, precision: str, gpu_memory: float | None = None, request: gr.Request | None = None) -> str:
        """Load a model (catalogue name, hub id or path) at a precision (fp32, bf16, fp16, int8, nf4).

        Args:
            model: the loaded one if empty.
            precision: what is loaded or suits this machine if empty.
            gpu_memory: a new limit of the GPU's memory, in GiB; 0 for the whole card, where the operator has set no
                limit; as it is if left out.
        """
        user, permissions = request and request.username, services.permissions
        try:
            permissions.check_control(user)
            wanted, limit = permissions.model(model, user), permissions.limit(gpu_memory)
            order = permissions.order(wanted)
            return outcome("en", services.manager.swap(wanted, precision or None, None, limit, order))
        except (SwapFailed, UserError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    def memory() -> dict:
        """The memory of the device and of this process, in bytes, and what is loaded."""
        loaded = services.manager.loaded
        reading = services.manager.reader.read().as_dict()
        return reading | {
            "model": loaded.model.name if loaded else None,
            "precision": loaded.precision.name if loaded else None,
            "weights": loaded.weight_bytes if loaded else 0,
            "kv_cache": loaded.cache_bytes if loaded else 0,
        }

    gr.api(translate, api_name="translate", concurrency_limit=None)
    gr.api(swap, api_name="swap", concurrency_limit=8, concurrency_id="swap")
    gr.api(memory, api_name="memory", queue=False)
    _offer_file(translate_file)


def _offer_file(translate_file) -> None:
    """A file's endpoint goes through hidden components, which take and give what a client uploads and downloads."""
    with gr.Row(visible=False):
        file, result, run = gr.File(label="file"), gr.File(label="translation"), gr.Button()
        source, target = gr.Textbox("auto", label="source"), gr.Textbox("en", label="target")
    run.click(translate_file, [file, source, target], result, api_name="translate_file", concurrency_limit=None)
