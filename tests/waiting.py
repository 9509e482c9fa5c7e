"""Waiting for what other threads do."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep


def eventually(holds: Callable[[], bool], patience: float = 60) -> bool:
    """Whether a condition comes true; `patience` only ends a test that would hang."""
    end = monotonic() + patience
    while not (held := holds()) and monotonic() < end:
        sleep(0.02)
    return held
