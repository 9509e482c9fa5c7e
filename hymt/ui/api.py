"""Named endpoints for programs, with positional arguments (see the page's "Use via API")."""

from __future__ import annotations

import uuid

import gradio as gr

from hymt.service.document_job import DocumentJob
from hymt.service.services import Services
from hymt.service.swap_job import SwapJob
from hymt.service.visits import DOCUMENTS, SWAPS, TEXTS
from hymt.translation.translator import AUTO
from hymt.ui.model_panel import outcome


def build(services: Services) -> None:
    """Add /translate, /translate_file, /swap and /memory to the Blocks under construction.

    What they raise, the page's Blocks put into words.
    """
    endpoints = _Endpoints(services)
    gr.api(endpoints.translate, api_name="translate", concurrency_limit=None)
    gr.api(endpoints.swap, api_name="swap", concurrency_limit=None)
    gr.api(endpoints.memory, api_name="memory", queue=False)
    _offer_file(endpoints.translate_file)


class _Endpoints:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def translate(
        self, request: gr.Request, text: str, source: str = AUTO, target: str = "en", beams: int | None = None
    ) -> str:
        """Translate a text.

        Args:
            text: What to translate.
            source: Its language, a code such as zh; auto finds it out.
            target: The language wanted, a code such as en.
            beams: 1 to 8; what suits the loaded model if left out.
        """
        visit, translator = request.session_hash, self._services.translator

        def start():
            return translator.start(text, target, source, beams=beams, visit=visit)

        return (await self._services.visits.last(visit, _place(), TEXTS, start)).text

    async def translate_file(self, request: gr.Request, file: str, source: str = AUTO, target: str = "en") -> str:
        """Translate a file of a kind that the page takes; returns the translated file.

        Args:
            file: Any kind of document; see the page for the kinds.
            source: Its language, a code such as zh; auto finds it out.
            target: The language wanted, a code such as en.
        """
        visit, services = request.session_hash, self._services

        def start():
            given = services.translator, services.results.folder, file, target, source
            return DocumentJob.start(*given, visit=visit, journal=services.journal)

        return str((await services.visits.last(visit, _place(), DOCUMENTS, start)).translation)

    async def swap(self, request: gr.Request, model: str, precision: str, gpu_memory: float | None = None) -> str:
        """Load a model at a precision, for everybody who uses this server; returns what came of it in a sentence.

        Args:
            model: A name of the catalogue, a hub id or a folder; the loaded one if empty.
            precision: One of fp32, bf16, fp16, int8 and nf4; what is loaded or suits this machine if empty.
            gpu_memory: A new limit of the GPU's memory, in GiB, or 0 for the whole card; as it is if left out.
        """
        services, user = self._services, request.username

        def start():
            return SwapJob(services.manager, services.permissions, user, model, precision, gpu_memory)

        return outcome("en", await services.visits.last(request.session_hash, _place(), SWAPS, start))

    def memory(self) -> dict:
        """The memory of the device and of this process, in bytes, and what is loaded."""
        manager = self._services.manager
        loaded = manager.loaded
        return manager.reader.read().as_dict() | {
            "model": loaded.model.name if loaded else None,
            "precision": loaded.precision.name if loaded else None,
            "weights": loaded.weight_bytes if loaded else 0,
            "kv_cache": loaded.cache_bytes if loaded else 0,
        }


def _place() -> str:
    """Each call is by itself: a visit's next one does not end the one before, as a button's does."""
    return uuid.uuid4().hex


def _offer_file(translate_file) -> None:
    """A file's endpoint goes through hidden components, which take and give what a client uploads and downloads."""
    with gr.Row(visible=False):
        file, result, run = gr.File(label="file"), gr.File(label="translation"), gr.Button()
        source, target = gr.Textbox("auto", label="source"), gr.Textbox("en", label="target")
    run.click(translate_file, [file, source, target], result, api_name="translate_file", concurrency_limit=None)
