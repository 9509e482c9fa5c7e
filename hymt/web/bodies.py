"""Requests' bodies: read whole and within limits before anything else sees them.

What is cut off on its way never reaches Gradio, which would leave its part of a file on the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import PurePath

from gradio.routes import file_upload_statuses
from starlette.datastructures import FormData, Headers, QueryParams, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hymt import documents
from hymt.errors import Listing, UserError
from hymt.service.limits import Limits
from hymt.web.rates import Seats
from hymt.web.refusals import refuse

UPLOAD, SIGN_IN = "/gradio_api/upload", "/login"
DISCARD_SECONDS = 5


class Disconnected(Exception):
    """The client went away before its request was complete."""


class Bodies:
    """Reads bodies before the app does, and refuses what is too large, too slow or no document."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app, self.limits = app, limits
        self._large = Seats(limits.large_bodies_by_address, limits.large_bodies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        with ExitStack() as seat:  # held for as long as the body is
            try:
                with _announced(scope):
                    body = await self._checked(scope, receive, seat)
            except Disconnected:
                return
            except UserError as error:
                if error.key == "request_too_large":
                    await _discard(receive, self.limits.discarded_bytes)
                return await refuse(error, scope, receive, send)
            await self.app(scope, _replayed(body, receive), send)

    async def _checked(self, scope: Scope, receive: Receive, seat: ExitStack) -> bytes:
        path, headers = scope["path"].rstrip("/"), Headers(scope=scope)
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                body = await self._read(scope, receive, self._limit(path), seat)
        except TimeoutError:
            raise UserError("request_too_slow") from None
        if headers.get("content-type", "").lower().startswith("multipart/") and path != SIGN_IN:
            if path != UPLOAD:
                raise UserError("upload_malformed")  # the page has no other use for files
            await self._check_files(headers, body)
        return body

    def _limit(self, path: str) -> int:
        sizes = {UPLOAD: self.limits.upload_bytes, SIGN_IN: self.limits.form_bytes}
        return sizes.get(path, self.limits.body_bytes)

    async def _read(self, scope: Scope, receive: Receive, limit: int, seat: ExitStack) -> bytes:
        declared = Headers(scope=scope).get("content-length", "")
        size = int(declared) if declared.isdecimal() else 0
        chunks: list[bytes] = []
        received, seated, more = 0, False, True
        while True:
            size = max(size, received)
            if size > limit:
                raise UserError("request_too_large", megabytes=f"{limit / 1e6:.3g}")
            if size > self.limits.large_bytes and not seated:
                seat.enter_context(self._large.taken(scope["client"][0], UserError("too_many_uploads")))
                seated = True
            if not more:
                return b"".join(chunks)
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            chunks.append(message.get("body", b""))
            received, more = received + len(chunks[-1]), message.get("more_body", False)

    async def _check_files(self, headers: Headers, body: bytes) -> None:
        form = await _form(headers, body)
        try:
            files = [value for name, value in form.multi_items() if name == "files" and isinstance(value, UploadFile)]
            if not files or len(files) != len(form.multi_items()):
                raise UserError("upload_malformed")
            if len(files) > self.limits.upload_files:
                raise UserError("upload_of_many_files", limit=self.limits.upload_files)
            if any(PurePath(file.filename or "").suffix.lower() not in documents.SUFFIXES for file in files):
                raise UserError("upload_of_another_kind", kinds=Listing(documents.SUFFIXES))
        finally:
            await form.close()


@contextmanager
def _announced(scope: Scope) -> Iterator[None]:
    """Let the page's progress bar find an upload while it arrives: it looks for three seconds, then complains."""
    upload = QueryParams(scope["query_string"]).get("upload_id") if scope["path"].rstrip("/") == UPLOAD else None
    if upload:
        file_upload_statuses.track(upload)
    try:
        yield
    except BaseException:
        if upload:
            file_upload_statuses.stop_tracking(upload)
        raise


async def _discard(receive: Receive, limit: int) -> None:
    """Let a little more of a body pass: a client that is still sending when the connection ends misses the answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while limit > 0:
                message = await receive()
                limit -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


async def _form(headers: Headers, body: bytes) -> FormData:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        return await MultiPartParser(headers, stream()).parse()
    except (MultiPartException, KeyError, LookupError, UnicodeError):
        raise UserError("upload_malformed") from None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read to who reads it next; then what comes after it, the client's going away."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
