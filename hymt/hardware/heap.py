"""The C library's heap, where what a CPU computes with lies: kept in one piece, and trimmed."""

from __future__ import annotations

import ctypes
from contextlib import suppress

ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def keep_in_one_piece() -> None:
    """Let all threads take memory from one arena; those that are there already stay.

    glibc makes an arena for nearly every thread, and each swap has threads of its own that load and compute. What they
    leave in arenas that come into use by chance adds up to a MiB a swap; in one arena the next swap takes it again.
    """
    _call("mallopt", ARENA_MAX, 1)


def trim() -> None:
    """Give free memory back to the system."""
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    with suppress(OSError, AttributeError):  # not glibc: its allocator keeps its own counsel
        getattr(ctypes.CDLL("libc.so.6"), name)(*arguments)
