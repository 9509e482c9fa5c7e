"""What the page is built over, and who is using it."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hymt.engine.decoding import FUSED
from hymt.hardware.monitor import MemoryMonitor
from hymt.models.manager import ModelManager
from hymt.service.permissions import Permissions
from hymt.service.private_folder import private_folder
from hymt.translator import Translator


class Cancellable(Protocol):
    def cancel(self) -> None: ...


class RunningJobs:
    """The jobs of each browser session, so that its Stop button and its closing end them."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], Cancellable] = {}
        self._lock = threading.Lock()

    def start(self, session: str, place: str, job: Cancellable) -> None:
        """Remember a session's job at a place of the page; a job that runs there already is ended."""
        with self._lock:
            previous, self._jobs[session, place] = self._jobs.get((session, place)), job
        if previous:
            previous.cancel()

    def finish(self, session: str, place: str, job: Cancellable) -> None:
        with self._lock:
            if self._jobs.get((session, place)) is job:
                del self._jobs[session, place]

    def stop(self, session: str, place: str | None = None) -> None:
        """End a session's job at a place, or all its jobs."""
        with self._lock:
            jobs = [job for (who, where), job in self._jobs.items() if who == session and place in (None, where)]
        for job in jobs:
            job.cancel()


class Results:
    """Folders for the files that translations become.

    Gradio serves copies of its own, so a folder is removed some minutes after it was made.
    """

    KEEP_SECONDS = 600

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="results-", dir=private_folder()))
        self._made: list[tuple[float, Path]] = []
        self._lock = threading.Lock()

    def folder(self) -> Path:
        """A new, empty folder; old ones are removed."""
        with self._lock:
            now = time.monotonic()
            for moment, old in self._made:
                if now - moment > self.KEEP_SECONDS:
                    shutil.rmtree(old, ignore_errors=True)
            self._made = [(moment, path) for moment, path in self._made if now - moment <= self.KEEP_SECONDS]
            made = Path(tempfile.mkdtemp(dir=self._root))
            self._made.append((now, made))
            return made

    def close(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)


@dataclass(frozen=True)
class Services:
    """The translator that everybody shares, the jobs under way and their results.

    Who compares precisions holds `comparing`: one at a time, as it swaps the model.
    """

    translator: Translator
    jobs: RunningJobs = field(default_factory=RunningJobs)
    results: Results = field(default_factory=Results)
    comparing: threading.Lock = field(default_factory=threading.Lock)
    permissions: Permissions = field(default_factory=Permissions)

    @classmethod
    def start(
        cls,
        model: str | None = None,
        precision: str | None = None,
        gpu_memory: float | None = None,
        kernels: str = FUSED,
        permissions: Permissions | None = None,
    ) -> Services:
        """Load a model (the embedded one if not given) and watch the memory from before it is loaded.

        `gpu_memory` is the memory limit in GiB; `permissions` say what visitors may do then, all if not given.
        """
        manager = ModelManager(gpu_memory=gpu_memory, kernels=kernels)
        manager.monitor.start()
        try:
            manager.swap(model, precision)
        except BaseException:  # Ctrl+C in a download among them
            manager.close()
            raise
        started = (permissions or Permissions()).started_with(manager.loaded.model, manager.device.memory_limit)
        return cls(Translator(manager=manager), permissions=started)

    @property
    def manager(self) -> ModelManager:
        return self.translator.manager

    @property
    def monitor(self) -> MemoryMonitor:
        return self.manager.monitor

    def close(self) -> None:
        self.results.close()
        self.translator.close()
