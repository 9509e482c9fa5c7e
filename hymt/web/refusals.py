"""Refusals as HTTP answers."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from hymt.errors import UserError

STATUS = {
    "sign_in_first": 401,
    "foreign_origin": 403,
    "unknown_host": 403,
    "request_too_slow": 408,
    "request_too_large": 413,
    "upload_of_many_files": 413,
    "upload_of_another_kind": 415,
    "too_many_requests": 429,
    "too_many_uploads": 429,
    "too_many_jobs": 429,
    "too_many_sign_ins": 429,
    "request_failed": 500,
}  # any other: 400


async def refuse(error: UserError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with a refusal, in the language that it asks for."""
    status = STATUS.get(error.key, 400)
    headers = {"cache-control": "no-store"}
    if status in (408, 413):
        headers["connection"] = "close"  # what is still under way is not read
    if status == 429:
        headers["retry-after"] = str(error.values.get("seconds", 5))
    response = JSONResponse(error.as_dict(_locale(scope)), status, headers)
    await response(scope, receive, send)


def _locale(scope: Scope) -> str:
    return "zh" if Headers(scope=scope).get("accept-language", "").lower().startswith("zh") else "en"
