"""Memory over time: a monitor samples a reader in the background, and marks say what happened when."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Protocol

from hymt.hardware.marks import KINDS, Mark
from hymt.hardware.memory import MemoryReading, figures
from hymt.hardware.record import draw, write_csv

log = logging.getLogger(__name__)


class Reader(Protocol):
    def read(self) -> MemoryReading: ...


@dataclass(frozen=True)
class MemoryReport:
    """What a watch of `duration` seconds found: bytes by the name of the figure, those that the machine has.

    `mean` is over the samples; `p95` the nearest rank: the smallest sample that 95% of them do not exceed.
    """

    duration: float
    samples: int
    peak: dict[str, int]
    mean: dict[str, int]
    p95: dict[str, int]

    def as_dict(self) -> dict:
        return asdict(self)


class MemoryMonitor:
    """Samples a reader every `interval` seconds in a thread, once for all who watch; keeps the last `keep` readings.

    >>> with MemoryMonitor(reader, interval=0.1) as monitor:  # doctest: +SKIP
    ...     work()
    >>> monitor.report().peak["process_ram"]  # doctest: +SKIP

    What was sampled and marked stays after `stop`; `start` begins anew. `interval` may be changed at any time.
    Raises ValueError for an interval or a number that cannot be.
    """

    def __init__(self, reader: Reader, interval: float = 1.0, keep: int = 300) -> None:
        if not interval > 0 or keep < 1:
            raise ValueError("A monitor's interval is a number of seconds above 0, and it keeps at least one reading.")
        self.reader, self.interval = reader, interval
        self._history: deque[MemoryReading] = deque(maxlen=keep)
        self._marks: deque[Mark] = deque(maxlen=keep)
        self._lock = threading.Lock()  # of the two above, and of reading: so they are in the order of their times
        self._switch = threading.Lock()  # of the two below
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._failing = False

    # -- sampling --------------------------------------------------------------------------------------

    def start(self) -> MemoryMonitor:
        """Begin to sample, with a reading at once. Raises RuntimeError if it runs already."""
        with self._switch:
            if self._thread is not None:
                raise RuntimeError("This monitor runs already: stop it first, or start one of your own.")
            with self._lock:
                self._history.clear()
                self._marks.clear()
            self.sample()
            self._ended = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._ended,), name="hymt-memory", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread and take a last reading; nothing happens if it does not run."""
        with self._switch:
            if self._thread is None:
                return
            self._ended.set()
            self._thread.join()
            self.sample()
            self._thread = None

    def __enter__(self) -> MemoryMonitor:
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._thread is not None

    def _run(self, ended: threading.Event) -> None:
        while not ended.wait(self.interval):
            self.sample()

    def sample(self) -> MemoryReading | None:
        """Read now and keep the reading; None, and a line in the log, if the memory cannot be read at the moment."""
        with self._lock:
            try:
                reading = self.reader.read()
            except Exception:  # a driver's hiccup must not end a watch
                if not self._failing:
                    log.warning("The memory cannot be read at the moment.", exc_info=True)
                self._failing = True
                return None
            self._failing = False
            self._history.append(reading)
            while self._marks and self._marks[0].time < self._history[0].time:
                self._marks.popleft()
            return reading

    def mark(self, kind: str, label: str, chunks: int = 0) -> None:
        """Remember what was finished now; a monitor that does not run forgets it. Raises ValueError for another kind.

        Jobs that end between the same two readings become one mark, so that many small ones drive out nothing else.
        """
        if kind not in KINDS:
            raise ValueError(f"A mark's kind is one of {', '.join(KINDS)}, not “{kind}”.")
        with self._lock:
            if not (self.running and self._history):
                return
            mark = Mark(time.time(), kind, label, chunks)
            last = self._marks[-1] if self._marks else None
            if last and last.kind == kind == "job" and last.time >= self._history[-1].time:
                self._marks[-1] = last.joined(mark)
            else:
                self._marks.append(mark)

    # -- what it has seen ------------------------------------------------------------------------------

    def history(self) -> list[MemoryReading]:
        """The readings kept, oldest first."""
        with self._lock:
            return list(self._history)

    def marks(self) -> list[Mark]:
        """The marks since the oldest reading, oldest first."""
        with self._lock:
            return list(self._marks)

    def latest(self) -> MemoryReading:
        """The last reading kept; a fresh one if there is none."""
        with self._lock:
            return self._history[-1] if self._history else self.reader.read()

    def report(self) -> MemoryReport:
        """Peak, mean and 95th percentile of the readings kept. Raises ValueError if there are none.

        On a GPU the peak of `torch_allocated` comes from torch's own counter, so nothing between two samples is
        missed (see `_torch_peak`); the other peaks are the highest samples.
        """
        history = self.history()
        if not history:
            raise ValueError("There is no reading to report: start the monitor first.")
        values = figures(history)
        peak = {name: max(counts) for name, counts in values.items()}
        if "torch_allocated" in peak:
            peak["torch_allocated"] = _torch_peak(history)
        mean = {name: round(sum(counts) / len(counts)) for name, counts in values.items()}
        p95 = {name: sorted(counts)[ceil(0.95 * len(counts)) - 1] for name, counts in values.items()}
        return MemoryReport(history[-1].time - history[0].time, len(history), peak, mean, p95)

    def to_csv(self, path: str | Path) -> None:
        """Write one row a reading: time, bytes, and what was marked since the row before. Raises OSError."""
        write_csv(Path(path), self.history(), self.marks())

    def to_png(self, path: str | Path) -> None:
        """Draw the figures and the marks over time. Raises ImportError without matplotlib; ValueError, OSError."""
        draw(Path(path), self.history(), self.marks())


def _torch_peak(history: Sequence[MemoryReading]) -> int:
    """The most bytes that torch had allocated, between the samples too.

    Torch counts the most since its counter was reset, which may have been long before the first reading, and happens
    again whenever the manager gives memory back (it lets the monitor sample just before). So the counter's value
    belongs to this history only where it has moved since the reading before: up, or back and up again.
    """
    moved = [after.torch_peak for before, after in pairwise(history) if after.torch_peak != before.torch_peak]
    allocated = [reading.torch_allocated for reading in history]
    return max(count or 0 for count in (*allocated, *moved))
