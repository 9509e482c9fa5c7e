"""Folders for the files that translations become."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from pathlib import Path

from hymt.service.private_folder import private_folder


class Results:
    """New folders below one of its own; each is removed some minutes after it was made, as Gradio serves copies."""

    KEEP_SECONDS = 600

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="results-", dir=private_folder()))
        self._folders: list[tuple[float, Path]] = []
        self._lock = threading.Lock()

    def folder(self) -> Path:
        """A new, empty folder; old ones are removed."""
        with self._lock:
            now = time.monotonic()
            for moment, old in self._folders:
                if now - moment > self.KEEP_SECONDS:
                    shutil.rmtree(old, ignore_errors=True)
            self._folders = [(moment, path) for moment, path in self._folders if now - moment <= self.KEEP_SECONDS]
            folder = Path(tempfile.mkdtemp(dir=self._root))
            self._folders.append((now, folder))
            return folder

    def close(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)
