"""Processes of hymt's own, for work on what others sent: unlike a thread, a process can be ended at any time."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]


def command(module: str) -> list[str]:
    """What starts a module of hymt as a program, in this Python."""
    return [sys.executable, "-m", module]


def environment() -> dict[str, str]:
    """This process's environment, in which hymt is found from wherever it was imported here."""
    known = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{known}" if known else str(ROOT)}


def limit_memory(most: int) -> None:
    """Let this process have no more bytes than that."""
    with suppress(ImportError, ValueError, OSError):  # there is no such limit on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, most))
