"""What a page's event tells of its visitor besides its fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from hymt.service.services import Services
from hymt.ui import languages_bar

UNCHANGED = (gr.skip(),)  # for each output of an event that may have nothing to tell: Gradio would empty it
VISIT_CHARACTERS = 64  # of the name that a page gives its visit
HIDDEN: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
QUIET: dict[str, Any] = {"queue": False} | HIDDEN  # for what answers at once
JOBS: dict[str, Any] = {"concurrency_limit": None} | HIDDEN  # how many run at once is for the door of `visits`


def visit_of(request: gr.Request, name: str | None) -> str:
    """The visit that an event belongs to: by its name it is found again after a reload, which has another session."""
    return (name or "")[:VISIT_CHARACTERS] or str(request.session_hash)


def stopper(services: Services, place: str) -> Callable:
    """What a Stop button does: it ends what the page's visit has under way at a place."""

    def stop(request: gr.Request, name):
        services.visits.stop(visit_of(request, name), place)

    return stop


def targets_of(request: gr.Request, services: Services, chosen: str) -> list[str]:
    """The chosen target language, then others for a text that is in it already."""
    loaded = services.manager.loaded
    accepted = request.headers.get("accept-language", "")
    return languages_bar.targets(loaded.model, chosen, accepted) if loaded else [chosen]
