"""A visitor of the page, without a browser: what the page's own script sends, and what programs send to the API."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

REFUSALS = (429, 503)  # the second when Gradio's queue is full


class Refused(Exception):
    """The server is asked for too much at once, and says so."""


class Lost(Exception):
    """No answer comes."""


class Layout:
    """The page's components by their `elem_id`, and its events by what sets them off."""

    def __init__(self, config: dict) -> None:
        self._values = {one["id"]: one["props"].get("value") for one in config["components"]}
        self._names = {one["id"]: one["props"].get("elem_id") for one in config["components"]}
        self._events = config["dependencies"]

    def events(self, trigger: str, name: str | None = None) -> list[dict]:
        """Those that a trigger of a component, or of any, sets off."""
        return [
            event
            for event in self._events
            if any(by == trigger and name in (None, self._names.get(of)) for of, by in event["targets"])
        ]

    def body(self, event: dict, session: str, values: dict[str, Any]) -> dict:
        """What the browser sends for an event: values by name, all others as the page was opened with."""
        data = [values.get(self._names[number], self._values[number]) for number in event["inputs"]]
        return {"data": data, "fn_index": event["id"], "session_hash": session, "trigger_id": event["targets"][0][0]}

    def outputs(self, event: dict, data: list) -> dict[str, Any]:
        """What an event shows, by name."""
        return dict(zip((self._names[number] for number in event["outputs"]), data, strict=True))


class Visitor:
    """One user's requests, from one address, and the page that it may have open.

    `watched` is given what the open page asks each second, and awaits it.
    """

    def __init__(self, url: str, number: int, trust: ssl.SSLContext, watched: Callable[[Awaitable], Awaitable]) -> None:
        many = sys.platform == "linux" and urlsplit(url).hostname == "127.0.0.1"  # elsewhere this is the only one
        address = f"127.0.0.{2 + number % 250}" if many else None
        transport = httpx.AsyncHTTPTransport(verify=trust, local_address=address)
        self.http = httpx.AsyncClient(base_url=url, transport=transport, timeout=60)
        self.page: Page | None = None
        self._watched = watched

    async def __aenter__(self) -> Visitor:
        return self

    async def __aexit__(self, *ended) -> None:
        await self.close()
        await self.http.aclose()

    async def send(self, method: str, path: str, **given) -> httpx.Response:
        """The answer to a request. Raises Refused, or Lost for any other error."""
        said = await self.http.request(method, path, **given)
        _check(said)
        return said

    async def messages(self, path: str) -> AsyncIterator[tuple[str, Any]]:
        """A stream of server-sent events, as names and data. Raises Refused or Lost."""
        async with self.http.stream("GET", path) as said:
            _check(said)
            name = ""
            async for line in said.aiter_lines():
                key, _, value = line.partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    yield name, json.loads(value)

    async def call(self, name: str, *given) -> str:
        """Have a named endpoint begin; the path of its stream."""
        path = f"/gradio_api/call/{name}"
        return f"{path}/{(await self.send('POST', path, json={'data': given})).json()['event_id']}"

    async def live(self) -> dict[str, Any]:
        """What an open page asks for each second."""
        return (await self.send("GET", "/live", params={"locale": "en"})).json()

    async def open(self) -> None:
        """Open the page, anew if it is open."""
        await self.close()
        await self.send("GET", "/")
        self.page = Page(self, Layout((await self.send("GET", "/config")).json()), self._watched)

    async def close(self) -> None:
        if self.page:
            await self.page.close()
        self.page = None


def _check(said: httpx.Response) -> None:
    if said.status_code in REFUSALS:
        raise Refused
    if said.is_error:
        raise Lost(f"status {said.status_code}")


class Page:
    """An open page: a session with its sign of life, and a clock that asks for news every second."""

    def __init__(self, visitor: Visitor, layout: Layout, watched: Callable[[Awaitable], Awaitable]) -> None:
        self.visitor, self.layout, self.session = visitor, layout, uuid.uuid4().hex
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._tick(watched))]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def show(self, trigger: str, name: str | None = None, **values) -> dict[str, Any]:
        """Set off a trigger; what all of its events show in the end, by name. Raises Refused or Lost."""
        shown: dict[str, Any] = {}
        for event in self.layout.events(trigger, name):
            if event["queue"]:
                async with aclosing(self.stream(event, values)) as parts:
                    async for part in parts:
                        shown |= part
            else:
                body = self.layout.body(event, self.session, values)
                said = await self.visitor.send("POST", "/gradio_api/run/predict", json=body)
                shown |= self.layout.outputs(event, said.json()["data"])
        return shown

    async def stream(self, event: dict, values: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """What a queued event shows: nothing yet for each change on the way, and at the end all of it, by name."""
        body = self.layout.body(event, self.session, values)
        number = (await self.visitor.send("POST", "/gradio_api/queue/join", json=body)).json()["event_id"]
        path = f"/gradio_api/queue/data?session_hash={self.session}"
        async with aclosing(self.visitor.messages(path)) as messages:
            async for _, message in messages:
                match message["msg"]:
                    case "unexpected_error":
                        raise Lost(message["message"])
                    case "process_generating" if message["event_id"] == number:
                        yield {}
                    case "process_completed" if message["event_id"] == number:
                        if not message["success"]:
                            raise Lost(message["output"].get("error"))
                        yield self.layout.outputs(event, message["output"]["data"])
                        return
        raise Lost("the stream ended")

    async def _live(self) -> None:
        with suppress(httpx.HTTPError, Refused, Lost):
            async for _ in self.visitor.messages(f"/gradio_api/heartbeat/{self.session}"):
                pass

    async def _tick(self, watched: Callable[[Awaitable], Awaitable]) -> None:
        while True:
            await watched(self.visitor.live())
            await asyncio.sleep(1)
