"""`python -m hymt` without its imports: forks of a process that has them, each with an end and a status of its own."""

from __future__ import annotations

import atexit
import gc
import json
import os
import resource
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO

ROOT = Path(__file__).parent.parent
LONGEST = 100_000  # bytes of a request


class Fork:
    """A running program, as subprocess.Popen has it."""

    def __init__(
        self,
        arguments: list[str],
        environment: dict[str, str],
        files: int | None = None,
        folder: Path | None = None,
        given: IO | None = None,
    ) -> None:
        """Start `python -m hymt` with these arguments in a folder, and at most `files` open files.

        `given` is its standard input, empty if there is none.
        """
        (out, its_out), (errors, its_errors), (self._reports, its_reports) = os.pipe(), os.pipe(), socket.socketpair()
        its_input = os.dup(given.fileno()) if given else os.open(os.devnull, os.O_RDONLY)
        theirs = [its_input, its_out, its_errors, its_reports.detach()]
        request = json.dumps([arguments, environment, files, os.fspath(folder or Path.cwd())]).encode()
        socket.send_fds(_template(), [request], theirs)
        for end in theirs:
            os.close(end)
        self.stdout, self.stderr = os.fdopen(out, encoding="utf-8"), os.fdopen(errors, encoding="utf-8")
        self.pid, self._status = int(self._reports.recv(20)), None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        try:
            return self.wait(0.001)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, minus a signal's number if one ended it. Raises subprocess.TimeoutExpired."""
        if self._status is None:
            self._reports.settimeout(timeout)
            try:
                self._status = int(self._reports.recv(20))
            except TimeoutError:
                raise subprocess.TimeoutExpired("hymt", timeout) from None
        return self._status


def run(*arguments, given: str | bytes = b"", folder: Path | None = None) -> subprocess.CompletedProcess:
    """`python -m hymt` in a folder, with this on its standard input, from its start to its end."""
    with TemporaryFile() as file, ThreadPoolExecutor(1) as thread:
        file.write(given.encode() if isinstance(given, str) else given)
        file.seek(0)
        process = Fork([*map(str, arguments)], dict(os.environ), folder=folder, given=file)
        limit = Timer(180, process.kill)
        limit.start()
        with process.stdout, process.stderr:
            errors = thread.submit(process.stderr.read)
            said = process.stdout.read()
            status = process.wait()
        limit.cancel()
        return subprocess.CompletedProcess(arguments, status, said, errors.result())


@cache
def _template() -> socket.socket:
    """Where a process that has imported all takes requests; it ends when this one does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen([sys.executable, "-m", "tests.forks"], cwd=ROOT, stdin=theirs)
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


# -- the template --------------------------------------------------------------------------------------


def main() -> None:
    _import_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks after those that wait for a program
    requests = socket.socket(fileno=os.dup(0))
    while True:
        request, fds, *_ = socket.recv_fds(requests, LONGEST, 4)
        if not request:
            return
        if os.fork():
            for end in fds:
                os.close(end)
            continue
        requests.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        *ends, reports = fds
        if (pid := os.fork()) == 0:
            os.close(reports)
            return _become(*json.loads(request), ends)
        _report(pid, ends, reports)


def _import_all() -> None:
    """What a server imports until it answers. No thread may stay: a fork has the one that forks alone."""
    import transformers.masking_utils  # of it all the longest
    import transformers.models.auto.modeling_auto
    import transformers.models.auto.tokenization_auto
    import transformers.models.hunyuan_v1_dense.modeling_hunyuan_v1_dense  # noqa: F401

    import hymt.commands.serve
    import hymt.engine.local
    import hymt.models.weights
    import hymt.serving
    import hymt.ui.demo  # noqa: F401
    from hymt.models.catalogue import MINI_FOLDER
    from hymt.models.tokenizer import ChatTokenizer

    ChatTokenizer(MINI_FOLDER)
    gc.collect()
    gc.freeze()  # else the end of every fork looks through it all, and copies it by that


def _report(pid: int, ends: list[int], reports: int) -> None:
    """Tell a program's process id, and its status when it has ended."""
    for end in ends:
        os.close(end)
    os.write(reports, str(pid).encode())
    _, status = os.waitpid(pid, 0)
    os.write(reports, str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(arguments: list[str], environment: dict[str, str], files: int | None, folder: str, ends: list[int]) -> None:
    """Go on as `python -m hymt`; `ends` are its standard input, output and errors."""
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # it is the template's
    os.chdir(folder)
    for number, end in enumerate(ends):
        os.dup2(end, number)
        os.close(end)
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in a shell's background
    sys.argv[1:] = arguments
    runpy.run_module("hymt", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
