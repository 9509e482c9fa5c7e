"""The one folder where texts lie on the disk while a server runs: uploads, Gradio's copies, results."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing tells there whether a folder's process lives, so none is removed
    fcntl = None

PREFIX = "hymt-private-"


@cache
def private_folder() -> Path:
    """This process's folder, which only its owner may read; it is removed when the process ends.

    A process that was killed could not remove its own: the next one that asks for a folder does.
    """
    remove_leftovers()
    folder = PrivateFolder()
    atexit.register(folder.remove)
    return folder.path


class PrivateFolder:
    """A folder that is locked for as long as its process lives, however that ends."""

    def __init__(self) -> None:
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))  # mode 0700
            self._lock = _locked(self.path)
            if self.path.exists():  # else another process took it for a left-over before it was locked
                return
            self.remove()

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def remove_leftovers() -> None:
    """Remove the folders of processes that ended without removing them."""
    if fcntl is None:
        return
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = _locked(path)
        if lock is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)


def _locked(path: Path) -> int | None:
    """The descriptor that holds a folder's lock; None if another process holds it, or it is another user's."""
    if fcntl is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def sweep(folder: Path, older_than: float) -> None:
    """Remove files under a folder unwritten for `older_than` seconds, and the folders that this empties."""
    oldest = time.time() - older_than
    for where, _, files in os.walk(folder, topdown=False):
        for name in files:
            _remove_if_old(Path(where, name), oldest, Path.unlink)
        if Path(where) != folder:
            _remove_if_old(Path(where), oldest, Path.rmdir)


def _remove_if_old(path: Path, oldest: float, remove) -> None:
    try:
        if path.lstat().st_mtime < oldest:
            remove(path)
    except OSError:
        pass  # gone meanwhile, or a folder that is not empty
