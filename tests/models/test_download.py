"""The download of a hub model, from a small hub of our own on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conftest import MINI

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAMES = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's protocol as a download of plain files needs, for one model: someone/mini."""

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/api/models/someone/mini"):
            files = [
                {"type": "file", "path": name, "size": (MINI / name).stat().st_size, "oid": etag(name)}
                for name in NAMES
            ]
            info = {"id": "someone/mini", "sha": COMMIT, "siblings": [{"rfilename": name} for name in NAMES]}
            self.send(json.dumps(files if "/tree/" in path else info).encode(), {}, body)
        elif path.startswith("/someone/mini/resolve/") and path.rsplit("/", 1)[1] in NAMES:
            name = path.rsplit("/", 1)[1]
            self.send((MINI / name).read_bytes(), {"ETag": f'"{etag(name)}"', "X-Repo-Commit": COMMIT}, body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def send(self, data: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(200)
        for key, value in (headers | {"Content-Length": str(len(data))}).items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *_) -> None: ...


def etag(name: str) -> str:
    return hashlib.sha1(name.encode()).hexdigest()


@pytest.fixture(scope="module")
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


SCRIPT = """
import json, sys
from hymt.models.manager import ModelManager, SwapFailed
manager = ModelManager()
manager.swap("hymt-mini", "fp16")
for model in sys.argv[1:]:
    heard = []
    try:
        report = manager.swap(model, "fp16", heard.append)
        print(json.dumps([report.model, [p.fraction for p in heard if p.stage == "downloading"]]))
    except SwapFailed as error:
        print(json.dumps([str(error), manager.loaded.model.name]))
"""


@pytest.fixture(scope="module")
def answers(hub, tmp_path_factory) -> list:
    """What comes of swaps to a model that the hub lacks, and to one that it has, in a process that knows this hub."""
    home = str(tmp_path_factory.mktemp("home"))
    environment = os.environ | {"HF_ENDPOINT": hub, "HF_HOME": home, "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-c", SCRIPT, "someone/nonesuch", "someone/mini"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()[-2:]]


def test_a_model_that_the_hub_lacks(answers):
    said, loaded = answers[0]
    assert "has no model someone/nonesuch" in said and loaded == "hymt-mini"


def test_a_hub_model_is_downloaded_with_progress(answers):
    model, fractions = answers[1]
    assert model == "mini" and len(fractions) > 3
    assert min(fractions) < 0.3 and max(fractions) == pytest.approx(0.6, abs=0.01)
