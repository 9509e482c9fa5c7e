"""What each visit has had translated last, for as long as it may be changed and downloaded."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable

from hymt.service.batch import Batch

KEPT = 200  # visits
CHARACTERS = 50_000_000  # of source texts; Python holds some ten bytes for each


class Batches:
    """One batch a visit; of too many, or too much text, those go that were begun longest ago."""

    def __init__(self, seconds: float = 86_400) -> None:
        self._seconds = seconds
        self._kept: dict[Hashable, tuple[float, Batch]] = {}  # by visit, with the time, in order of beginning
        self._lock = threading.Lock()

    def keep(self, visit: Hashable, batch: Batch) -> None:
        """In place of the visit's former one."""
        with self._lock:
            self._kept.pop(visit, None)
            self._kept[visit] = time.monotonic(), batch
            held = sum(one.characters for _, one in self._kept.values())
            for old, (moment, one) in list(self._kept.items())[:-1]:
                late = time.monotonic() - moment > self._seconds
                if late or held > CHARACTERS or len(self._kept) > KEPT:
                    held -= one.characters
                    del self._kept[old]

    def of(self, visit: Hashable) -> Batch | None:
        with self._lock:
            moment, batch = self._kept.get(visit, (0.0, None))
        return batch if time.monotonic() - moment < self._seconds else None
