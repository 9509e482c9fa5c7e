"""Signing in and out, and the routes that are closed to who has not."""

from __future__ import annotations

import math

from gradio.routes import App
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hymt.errors import UserError
from hymt.service.limits import Limits
from hymt.web.rates import Failures, Recent
from hymt.web.refusals import refuse

SIGN_IN, SIGN_OUT = "/login", "/logout"
OPEN = ("/assets/", "/static/", "/svelte/")  # what the sign-in page is made of
OPEN_PAGES = (
    "",  # shows the sign-in to who has not
    SIGN_IN,
    SIGN_OUT,
    "/config",  # answers these two itself, as the sign-in page expects
    "/gradio_api/login_check",
    "/theme.css",
    "/gradio_api/theme.css",
    "/favicon.ico",
    "/robots.txt",
    "/manifest.json",
)


class SignedIn:
    """Closes every route of a page with a password, slows guessing, and lets each visitor sign out alone.

    Gradio by itself leaves some routes open, and signs out everybody who came with the same name. `page` is its app,
    which checks passwords and keeps the tokens. Failures count by address only: by name, a stranger could lock out
    those who know the password.
    """

    def __init__(self, app: ASGIApp, page: App, limits: Limits) -> None:
        self.app, self._page = app, page
        self._failures = Recent(
            lambda: Failures(limits.sign_in_failures, limits.sign_in_seconds),
            limits.addresses,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"].rstrip("/")
        if path == SIGN_OUT:
            response = self._sign_out(Request(scope))
            return await response(scope, receive, send)
        if path == SIGN_IN and scope["method"] == "POST":
            return await self._sign_in(scope, receive, send)
        if not (path in OPEN_PAGES or path.startswith(OPEN) or self._tokens_of(Request(scope))):
            return await refuse(UserError("sign_in_first"), scope, receive, send)
        await self.app(scope, receive, send)

    async def _sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        failures = self._failures[scope["client"][0]]
        wait = failures.wait()
        if wait:
            return await refuse(UserError("too_many_sign_ins", seconds=math.ceil(wait)), scope, receive, send)
        failures.add()  # before it is known: a hundred guesses at once are a hundred

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                failures.clear()
            await send(message)

        await self.app(scope, receive, watch)

    def _sign_out(self, request: Request) -> RedirectResponse:
        page = self._page
        for token in self._tokens_of(request):
            page.tokens.pop(token, None)
        response = RedirectResponse("/", 302)
        for name in _cookies(page):
            response.delete_cookie(name, path="/")
        return response

    def _tokens_of(self, request: Request) -> list[str]:
        page = self._page
        given = (request.cookies.get(name) for name in _cookies(page))
        return [token for token in given if token is not None and token in page.tokens]


def _cookies(page: App) -> tuple[str, str]:
    """What Gradio calls a visitor's token, over HTTPS and without."""
    return f"access-token-{page.cookie_id}", f"access-token-unsecure-{page.cookie_id}"
