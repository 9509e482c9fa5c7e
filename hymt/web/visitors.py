"""Who asks, and from where: a visitor's address, the name that was asked for, the site that the request comes from."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from hymt.errors import UserError
from hymt.web.refusals import refuse

SAFE = ("GET", "HEAD", "OPTIONS")
CHANGING = ("/logout",)  # by GET all the same


class Visitors:
    """Gives every request its visitor's address as `client`, for whatever counts by address.

    Behind a proxy (`forwarded`) all connections have the proxy's: there it is the last public address that
    X-Forwarded-For names, the one that the proxy itself saw. What stands before it anybody can write.
    """

    def __init__(self, app: ASGIApp, forwarded: bool) -> None:
        self.app, self.forwarded = app, forwarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host, port = scope.get("client") or ("", 0)
            if self.forwarded:
                host = _forwarded_for(Headers(scope=scope)) or host
            scope = dict(scope, client=(_network(host), port))
        await self.app(scope, receive, send)


def _forwarded_for(headers: Headers) -> str | None:
    named = [part.strip() for value in headers.getlist("x-forwarded-for") for part in value.split(",")]
    for host in reversed(named):
        try:
            if ipaddress.ip_address(host).is_global:
                return host
        except ValueError:
            return None
    return None


def _network(host: str) -> str:
    """An address as it is counted: of IPv6 a visitor has 2**64, so the network stands for it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


class SameSite:
    """Refuses what a page of another site sends, and names that are not this server's.

    `hosts` are the names that it answers to, None for any. A browser on this machine can be made to take another
    site's name for 127.0.0.1, and then sends that name.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if self.hosts is not None and _name(headers.get("host", "")) not in self.hosts:
                return await refuse(UserError("unknown_host"), scope, receive, send)
            if _foreign(scope, headers):
                return await refuse(UserError("foreign_origin"), scope, receive, send)
        await self.app(scope, receive, send)


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _foreign(scope: Scope, headers: Headers) -> bool:
    """Whether a page of another site sends this. Browsers say so themselves; programs send neither header."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site in ("same-origin", "none"):
        return False
    if origin is not None:
        return origin.partition("://")[2].lower() != headers.get("host", "").lower()
    return site is not None and (scope["method"] not in SAFE or scope["path"].rstrip("/") in CHANGING)
