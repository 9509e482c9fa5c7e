"""From the start of a process to its first token: what a command waits for before it translates.

As a program (`python -m hymt.bench.start FOLDER PRECISION`) this file is that process: it says a line once the token
is there.
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from hymt.bench.report import Timing
from hymt.bench.session import Session, best
from hymt.errors import UserError
from hymt.hardware.processes import command, environment

SECONDS = 600  # for a 7B from a slow disk
PROMPT = [5, 6, 7, 8]  # token ids that every vocabulary has


def measure_start(session: Session, folder: Path) -> None:
    """A process for each precision, its files and kernels in the machine's caches: the fastest of several."""
    for precision in session.settings.precisions:
        run = partial(best, partial(_start, folder, precision), lambda timing: timing.seconds)
        session.measure("start", "start of a process", precision, 1, run, elsewhere=True)


def _start(folder: Path, precision: str) -> Timing:
    process = [*command("hymt.bench.start"), str(folder), precision]
    began = time.perf_counter()
    with subprocess.Popen(
        process, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), text=True
    ) as started:
        try:
            said = started.stdout.readline() if started.stdout else ""
            seconds = time.perf_counter() - began
            started.communicate(timeout=SECONDS)
        except BaseException:
            started.kill()
            raise
    if not said:
        raise UserError("bench_start")
    return Timing(seconds, first_token=seconds)


def main(folder: str, precision: str) -> None:
    """Load, ask for a token, say that it came."""
    from hymt.bench.own import ask
    from hymt.models.manager import ModelManager

    manager = ModelManager()
    manager.swap(folder, precision)
    ask(manager.current().engine, [PROMPT], 1)
    print("There is a token.", flush=True)
    manager.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
