"""What every open page asks for each second: the memory panel and strip, and which variant its controls show.

A plain route: through Gradio's events it was a large part of all that Python did on a busy server. What is shown is
drawn for all who ask, twice a second at most.
"""

from __future__ import annotations

from time import monotonic

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hymt.errors import LOCALES
from hymt.service.services import Services
from hymt.ui import memory_panel, memory_strip

PATH = "/live"
FRESH_SECONDS = 0.5


class Live:
    """The shared state of a server, as its pages show it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._drawn: dict[str, tuple[float, dict]] = {}  # by language of the interface, with the time

    def variant(self) -> tuple | None:
        """What a page's controls follow; None while nothing is loaded."""
        manager = self._services.manager
        loaded = manager.loaded
        if loaded is None:
            return None
        return *loaded.variant.named, manager.device.memory_limit, loaded.model.chunk_tokens

    def show(self, locale: str) -> dict:
        """The memory panel and strip as HTML, and the variant."""
        drawn, shown = self._drawn.get(locale, (0.0, None))
        if shown is None or monotonic() - drawn > FRESH_SECONDS:
            panel, strip = (part.render(locale, self._services) for part in (memory_panel, memory_strip))
            shown = {"panel": panel, "strip": strip, "variant": self.variant()}
            self._drawn[locale] = monotonic(), shown
        return shown

    def route(self) -> Route:
        """GET `PATH`, with `locale` as its only parameter: English if it is not one of the interface's."""

        async def answer(request: Request) -> JSONResponse:
            locale = request.query_params.get("locale")
            shown = self.show(locale if locale in LOCALES else LOCALES[0])
            return JSONResponse(shown, headers={"cache-control": "no-store"})

        return Route(PATH, answer)
