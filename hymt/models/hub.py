"""The Hugging Face hub: what of a model is fetched, in which order, and how it is stopped.

The hub's client works in a process of its own (`hub_client.py`). A thread that waits for a slow hub cannot be ended; a
process can, at any moment, and takes its half files with it.
"""

from __future__ import annotations

import json
import logging
import queue
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from hymt.errors import UserError
from hymt.hardware.processes import command, environment

log = logging.getLogger(__name__)

OnFraction = Callable[[float], None]
POLL_SECONDS = 0.2  # how often a fetch looks whether it is to stop
GRACE_SECONDS = 5  # for the client to remove its half files


class DownloadFailed(UserError):
    """The hub could not be reached, does not hand out the model, or there is no room for it."""


class Hub:
    """Fetches from the hub, or from this machine's cache where the hub cannot be reached.

    With `login` the hub sees who is logged in on this machine. `check` is called all the while; what it raises stops
    a fetch. It takes one of the `places` with the first fetch. Close it, or use it as a context manager: that ends its
    process.
    """

    def __init__(
        self,
        login: bool = True,
        check: Callable[[], None] = lambda: None,
        places: threading.BoundedSemaphore | None = None,
    ) -> None:
        self._login, self._check, self._places = login, check, places
        self._process: subprocess.Popen | None = None
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def __enter__(self) -> Hub:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def small_file(self, origin: str, name: str) -> Path | None:
        """The folder with one small file of a repository; None if it has none of this name. Raises DownloadFailed."""
        return self._ask({"ask": "file", "origin": origin, "name": name}, _nothing)

    def model(self, origin: str, on_fraction: OnFraction) -> Path:
        """The folder with all of a model that is needed to run it. Raises DownloadFailed."""
        return self._ask_folder({"ask": "model", "origin": origin}, on_fraction)

    def files(self, origin: str, names: list[str]) -> Path:
        """The folder with the files of these names. Raises DownloadFailed."""
        return self._ask_folder({"ask": "files", "origin": origin, "names": names}, _nothing)

    def close(self) -> None:
        """End what is being fetched."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            with suppress(OSError):  # it is gone, with a request that was not sent
                _pipe(process.stdin).close()  # the client ends with it
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            if self._places:
                self._places.release()

    def _ask_folder(self, request: dict, on_fraction: OnFraction) -> Path:
        folder = self._ask(request, on_fraction)
        if folder is None:
            raise _unreachable(request["origin"])
        return folder

    def _ask(self, request: dict, on_fraction: OnFraction) -> Path | None:
        process = self._start()
        try:
            _pipe(process.stdin).write(json.dumps(request | {"login": self._login}) + "\n")
            _pipe(process.stdin).flush()
        except OSError as error:
            raise _unreachable(request["origin"]) from error
        while True:
            answer = self._hear(request["origin"])
            if "fraction" in answer:
                on_fraction(answer["fraction"])
            elif "error" in answer:
                raise DownloadFailed(answer["error"], **answer["values"])
            else:
                return Path(answer["folder"]) if answer["folder"] else None

    def _hear(self, origin: str) -> dict:
        while True:
            self._check()
            try:
                line = self._answers.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                raise _unreachable(origin)
            return json.loads(line)

    def _start(self) -> subprocess.Popen:
        if self._process is None:
            if self._places and not self._places.acquire(blocking=False):
                raise DownloadFailed("downloads_busy")
            process = subprocess.Popen(
                command("hymt.models.hub_client"),
                env=environment(),
                text=True,
                encoding="utf-8",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            self._process = process
            for work in (self._listen, self._log):
                threading.Thread(target=work, args=(process,), name="hymt-hub", daemon=True).start()
        return self._process

    def _listen(self, process: subprocess.Popen) -> None:
        for line in _pipe(process.stdout):
            self._answers.put(line)
        self._answers.put(None)

    def _log(self, process: subprocess.Popen) -> None:
        for line in _pipe(process.stderr):
            log.debug("The hub's client: %s", line.rstrip())


def _pipe(pipe: IO[str] | None) -> IO[str]:
    """One of the pipes that the process was started with."""
    assert pipe is not None
    return pipe


def _unreachable(origin: str) -> DownloadFailed:
    return DownloadFailed("hub_unreachable", name=origin.rpartition("/")[2], origin=origin)


def _nothing(fraction: float) -> None: ...
