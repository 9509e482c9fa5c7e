"""What the page's links download: a plain route that writes a file when it is asked for, with all that was changed.

Who knows the name of a visit, which its page has made up, may have what it has had translated.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hymt.errors import LOCALES, UserError
from hymt.service.refusals import refusal
from hymt.service.services import Services

PATH = "document"  # relative, as the page may be served below another address
ALL = "all"
PACKAGE = "translations.zip"


class Downloads:
    """The files of visits' batches."""

    def __init__(self, services: Services) -> None:
        self._batches = services.batches

    def route(self) -> Route:
        """GET with `visit`, and the number of a `file` and a `kind` of its files, or the kind “all”."""

        async def answer(request: Request) -> Response:
            try:
                name, data = await run_in_threadpool(self._written, **_asked(request))
            except Exception as error:
                accepted = request.headers.get("accept-language", "").lower()
                locale = "zh" if accepted.startswith("zh") else LOCALES[0]
                return PlainTextResponse(refusal(error).say(locale), 404, {"cache-control": "no-store"})
            headers = {
                "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
                "x-content-type-options": "nosniff",
                "cache-control": "no-store",
            }
            return Response(data, headers=headers, media_type="application/octet-stream")

        return Route(f"/{PATH}", answer)

    def _written(self, visit: str, kind: str, number: int) -> tuple[str, bytes]:
        """A file's name and content. Raises UserError for one that is not kept, or never was."""
        batch = self._batches.of(visit)
        if batch is None or number >= len(batch.entries):
            raise UserError("result_gone")
        return (PACKAGE, batch.packed()) if kind == ALL else batch.entries[number].written(kind)


def _asked(request: Request) -> dict:
    given = request.query_params
    number = given.get("file", "0")
    if not (number.isascii() and number.isdigit()):
        raise UserError("value_refused")
    return {"visit": given.get("visit", ""), "kind": given.get("kind", ""), "number": int(number)}
