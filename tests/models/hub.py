"""A small hub of our own: as much of the hub's protocol as downloads of plain files need."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.conftest import MINI

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAMES = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


def mini() -> dict[str, bytes]:
    """The embedded model's files."""
    return {name: (MINI / name).read_bytes() for name in NAMES}


@dataclass
class FakeHub:
    """`repositories` by their ids: files by name. Of files in `stuck` the first half comes, then nothing more until
    `released`; `claimed` are sizes other than the true ones. What was asked for is in `requests`, with its token.
    """

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    claimed: dict[str, int] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    stalled: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def asked_for(self, name: str) -> bool:
        """Whether a file was fetched, not only listed."""
        return any(path.endswith(f"/{name}") for path, _ in self.requests)


@contextmanager
def running(hub: FakeHub) -> Iterator[FakeHub]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.split("?")[0]
        if path.startswith(("/api/models/", "/someone/")):  # the client asks for other things now and then
            self.hub.requests.append((path, self.headers.get("Authorization")))
        for origin, files in self.hub.repositories.items():
            if path.startswith(f"/api/models/{origin}"):
                self._send(json.dumps(self._listing(origin, files, "/tree/" in path)).encode(), {}, body)
                return
            if path.startswith(f"/{origin}/resolve/") and (name := path.split("/", 5)[5]) in files:
                headers = {"ETag": f'"{_etag(origin, name)}"', "X-Repo-Commit": COMMIT}
                self._send(files[name], headers, body, stuck=name in self.hub.stuck)
                return
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _listing(self, origin: str, files: dict[str, bytes], tree: bool):
        sizes = {name: self.hub.claimed.get(name, len(data)) for name, data in files.items()}
        if tree:
            return [
                {"type": "file", "path": name, "size": size, "oid": _etag(origin, name)} for name, size in sizes.items()
            ]
        return {"id": origin, "sha": COMMIT, "siblings": [{"rfilename": n, "size": size} for n, size in sizes.items()]}

    def _send(self, data: bytes, headers: dict[str, str], body: bool, stuck: bool = False) -> None:
        self.send_response(200)
        for key, value in (headers | {"Content-Length": str(len(data))}).items():
            self.send_header(key, value)
        self.end_headers()
        if body and stuck:
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            self.hub.stalled.set()
            self._drip(data[len(data) // 2 :])
        elif body:
            self.wfile.write(data)

    def _drip(self, data: bytes) -> None:
        """A byte now and then: no time-out of a client's between two bytes would end this."""
        for byte in data:
            if self.hub.released.wait(0.5):
                return
            try:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, *_) -> None: ...


def _etag(origin: str, name: str) -> str:
    return hashlib.sha1(f"{origin} {name}".encode()).hexdigest()
