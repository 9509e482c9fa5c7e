"""`hymt serve` as a process: how it ends, what it leaves, what it logs, what it refuses to start with."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import product
from urllib.parse import urlsplit

import httpx
import pytest

from hymt.errors import UserError
from hymt.serving import Door, credentials, credentials_from
from tests.conftest import PRECISION
from tests.forks import Fork
from tests.waiting import eventually
from tests.web.conftest import form

PATIENCE = 300


PREPARED = """
import gc, json, sys
from hymt import serving

serving._prepare_interpreter()
from gradio import route_utils, utils
from hymt.service.private_folder import private_folder

folders = [route_utils.DEFAULT_TEMP_DIR, utils.get_upload_folder()]
private = all(folder.startswith(str(private_folder())) for folder in folders)
print(json.dumps([private, gc.get_freeze_count() > 100_000, sys.getswitchinterval() < 0.001]))
"""


def test_what_is_imported_is_no_garbage_and_gradio_keeps_its_files_in_private(tmp_path):
    """A process of its own: what Gradio keeps from its import cannot be seen where it was imported before."""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PREPARED], capture_output=True, text=True, env=environment, timeout=180
    )
    assert done.returncode == 0 and done.stdout == "[true, true, true]\n", done.stderr
    assert list(tmp_path.iterdir()) == []


class Served:
    """A running `hymt serve`, with what it wrote."""

    def __init__(self, process: Fork) -> None:
        self.process, self.said, self.logged = process, [], []
        for stream, lines in ((process.stdout, self.said), (process.stderr, self.logged)):
            threading.Thread(target=lambda s=stream, into=lines: into.extend(s), daemon=True).start()
        assert eventually(lambda: self.url or process.poll() is not None, PATIENCE), self.said
        assert self.url, self.logged

    @property
    def url(self) -> str | None:
        found = re.search(r"http://\S+", "".join(self.said))
        return found and found[0]

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def serve(directory, *, files: int | None = None, **environment):
    """`hymt serve` on a free port, with `directory` for its temporary files and at most `files` open files."""
    environment = os.environ | {"TMPDIR": str(directory)} | environment
    process = Fork(["serve", "--port", "0", "--precision", PRECISION], environment, files)
    try:
        yield Served(process)
    finally:
        process.kill()
        process.wait()


def private_files(directory) -> list:
    return [path for path in directory.rglob("*") if path.is_file() and "hymt-private" in str(path)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_nothing_stays(tmp_path, number):
    with serve(tmp_path) as server:
        with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
            client.post("/gradio_api/upload", files=form(b"A secret.")).raise_for_status()
            long = {"data": ["The weather is very nice today. " * 300, "en", "fr", 4]}
            client.post("/gradio_api/call/translate", json=long).raise_for_status()
            assert len(private_files(tmp_path)) == 1
        assert server.end(number) in (0, 128 + number)
        assert not list(tmp_path.glob("hymt*"))
        assert not server.logged


def test_what_a_visitor_writes_is_not_in_the_log(tmp_path):
    texts = ["my diary", {"diary": 1}, ["diary"], 7, None]
    with serve(tmp_path) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:

        def call(given: tuple[str, list]) -> None:
            api, data = given
            joined = client.post(f"/gradio_api/call/{api}", json={"data": data})
            if joined.status_code == 200:
                answer = client.get(f"/gradio_api/call/{api}/{joined.json()['event_id']}").text
                assert "event: error" not in answer or '"error": null' not in answer, (api, data)

        with ThreadPoolExecutor(12) as threads:
            for text in texts:
                given = ([text], [text, "en"], [text, "diary", "diary", "diary"], [text] * 9)
                list(threads.map(call, product(("translate", "translate_file", "swap"), given)))
        client.post("/gradio_api/call/translate", content=b'{"data": ["diary"')
        client.post("/gradio_api/run/memory", json={"data": ["diary"], "session_hash": ["diary"]})
        client.get("/gradio_api/file=/diary", headers={"x": "diary"})
        server.end()
        assert "process_api" in "".join(server.logged)  # the log tells where, so that it is not simply empty
        assert "diary" not in "".join(server.logged + server.said)


def test_half_open_connections_do_not_fill_the_log(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with serve(tmp_path, files=1024) as server, ExitStack() as opened:
        address = urlsplit(server.url)
        for number in range(1100):
            source = (f"127.0.0.{2 + number % 5}", 0)
            target = (address.hostname, address.port)
            opened.enter_context(socket.create_connection(target, PATIENCE, source_address=source))
        opened.close()

        def answers() -> bool:
            try:
                return httpx.get(server.url, timeout=PATIENCE).status_code == 200
            except httpx.TransportError:
                return False

        assert eventually(answers, PATIENCE)
        server.end()
        assert len("".join(server.logged)) < 5000, "".join(server.logged)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("command", [["-m", "hymt", "serve"], ["-m", "hymt", "serve", "--port", "0"], ["app.py"]])
@pytest.mark.parametrize("value", ["anna", ":secret", "anna:", ""])
def test_malformed_credentials_end_the_program(command, value):
    environment = os.environ | {"HYMT_AUTH": value}
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert "USER:PASSWORD" in done.stderr and "Traceback" not in done.stderr


def test_serve_reads_the_password_from_the_environment(tmp_path):
    with serve(tmp_path, HYMT_AUTH="anna:a:b") as server:
        assert httpx.get(f"{server.url}config", timeout=PATIENCE).status_code == 401
        right = {"username": "anna", "password": "a:b"}
        assert httpx.post(f"{server.url}login", data=right, timeout=PATIENCE).json() == {"success": True}


def test_credentials():
    assert credentials("anna:a:b") == ("anna", "a:b")
    assert credentials_from({}.get) is None
    with pytest.raises(UserError, match="USER:PASSWORD"):
        credentials_from({"HYMT_AUTH": "anna"}.get)


@pytest.mark.parametrize("port", ["70000", "-1", "80a"])
def test_a_port_that_cannot_be_is_refused_in_a_sentence(port):
    environment = os.environ | {"HYMT_PORT": port}
    done = subprocess.run([sys.executable, "app.py"], env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1 and "65535" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("door", "local"),
    [
        (Door(), True),
        (Door("localhost"), True),
        (Door("127.0.0.9"), True),
        (Door("::1"), True),
        (Door("0.0.0.0"), False),
        (Door("192.168.0.7"), False),
        (Door(share=True), False),
    ],
)
def test_only_a_loopback_address_without_a_link_is_local(door, local):
    assert door.local == local
    assert (door.names is not None) == local
