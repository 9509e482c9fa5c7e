"""The journal: what engines have answered, on the disk, so that a job that was killed goes on where it was.

An answer is found by all that it hangs on: what was asked, how, and of which weights. One file of SQLite holds them,
for all processes of a user; what was used the longest ago goes when it is full. Answers are in it as soon as they are
there, so that a kill at any moment loses none. Whatever is wrong with the file, no translation fails by it.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hymt.errors import UserError, system_reason

log = logging.getLogger(__name__)

NAME = "answers.sqlite3"
OFF = "off"  # as HYMT_CACHE: no journal is kept
MAX_BYTES = 500 * 2**20
FULL = 0.9  # of its size is left where the oldest had to go
FORMAT = 1  # of the file; one of another format is begun anew
WAIT_SECONDS = 5  # for other processes, each of which holds the file for less than a millisecond
USED_SECONDS = 3600  # how exactly it is known when an answer was used
TABLE = (
    "DROP TABLE IF EXISTS answers",
    "CREATE TABLE answers (key BLOB PRIMARY KEY, answer BLOB NOT NULL, used INTEGER NOT NULL)",
    "CREATE INDEX by_use ON answers (used)",
    f"PRAGMA user_version = {FORMAT}",
)


def journal_path() -> Path | None:
    """Where a user's journal lies: in the folder HYMT_CACHE, or theirs for such things; None if they want none."""
    said = os.environ.get("HYMT_CACHE")
    if said == OFF:
        return None
    folder = said or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache"), "hymt")
    found = Path(os.path.expanduser(folder), NAME)
    return None if found.parts[0] == "~" else found  # nobody's home


@dataclass(frozen=True)
class Contents:
    """How many answers a journal holds, the bytes that they take, and when the oldest of them was used last."""

    answers: int
    nbytes: int
    oldest: float | None


class Journal:
    """Answers by their keys. Many threads and processes may use one file.

    `told` hears once why it cannot be used; from then on it knows nothing and keeps nothing.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, told: Callable[[UserError], None] | None = None) -> None:
        self.path, self.max_bytes, self._told = path, max_bytes, told or _log
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        self._usable = True

    @classmethod
    def of_user(cls, told: Callable[[UserError], None] | None = None) -> Journal | None:
        """A user's own, None if they want none."""
        path = journal_path()
        return cls(path, told=told) if path else None

    def get(self, key: bytes) -> bytes | None:
        """The answer to a key, None if there is none."""
        return self._attempt(lambda file: self._get(file, key))

    def put(self, key: bytes, answer: bytes) -> None:
        """Keep an answer; the oldest go, if there is no room."""
        self._attempt(lambda file: self._put(file, key, answer))

    def contents(self) -> Contents:
        """What is in it. Raises sqlite3.Error, OSError."""
        with self._lock:
            file = self._opened()
            count, oldest = file.execute("SELECT count(*), min(used) FROM answers").fetchone()
            return Contents(count, _held(file) if count else 0, oldest)

    def clear(self) -> None:
        """Forget everything, and overwrite it; a file that is damaged is removed. Raises sqlite3.Error, OSError."""
        with self._lock:
            try:
                file = self._opened()
                file.execute("PRAGMA secure_delete = ON")
                file.execute("DELETE FROM answers")
                file.execute("VACUUM")
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.OperationalError:  # locked, or not to be written
                raise
            except sqlite3.DatabaseError:
                self._close()
                for path in (self.path, *(self.path.with_name(f"{self.path.name}-{part}") for part in ("wal", "shm"))):
                    path.unlink(missing_ok=True)

    def close(self) -> None:
        with self._lock:
            self._close()

    # -- with the lock held ------------------------------------------------------------------------------

    def _attempt(self, work: Callable[[sqlite3.Connection], bytes | None]) -> bytes | None:
        with self._lock:
            if not self._usable:
                return None
            try:
                return work(self._opened())
            except (sqlite3.Error, OSError) as error:
                reason = system_reason(error) if isinstance(error, OSError) else str(error)
                self._usable = False
                self._close()
        self._told(UserError("journal_unusable", reason=reason))
        return None

    def _opened(self) -> sqlite3.Connection:
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's own files beside it get its mode
            # each statement is a transaction of its own
            file = sqlite3.connect(self.path, WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                _prepare(file)
            except sqlite3.Error:
                file.close()
                raise
            self._file = file
        return self._file

    def _close(self) -> None:
        if self._file is not None:
            with suppress(sqlite3.Error):
                self._file.close()
            self._file = None

    def _get(self, file: sqlite3.Connection, key: bytes) -> bytes | None:
        found = file.execute("SELECT answer, used FROM answers WHERE key = ?", (key,)).fetchone()
        if found is None:
            return None
        answer, used = found
        if time.time() - used > USED_SECONDS:
            file.execute("UPDATE answers SET used = ? WHERE key = ?", (int(time.time()), key))
        return answer

    def _put(self, file: sqlite3.Connection, key: bytes, answer: bytes) -> None:
        file.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (key, answer, int(time.time())))
        while _held(file) > self.max_bytes:
            (count,) = file.execute("SELECT count(*) FROM answers").fetchone()
            going = max(1, int(count * (1 - FULL)))
            file.execute(
                "DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY used, rowid LIMIT ?)", (going,)
            )
            if count <= 1:
                return


def _log(error: UserError) -> None:
    log.warning("%s", error)


def _prepare(file: sqlite3.Connection) -> None:
    """Let writers and readers not wait for one another, and no commit wait for the disk: a kill loses none of them."""
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("PRAGMA synchronous = NORMAL")
    if _format(file) != FORMAT:
        file.execute("BEGIN IMMEDIATE")
        if _format(file) != FORMAT:  # else another process was faster
            for statement in TABLE:
                file.execute(statement)
        file.execute("COMMIT")


def _format(file: sqlite3.Connection) -> int:
    return file.execute("PRAGMA user_version").fetchone()[0]


def _held(file: sqlite3.Connection) -> int:
    """Bytes of the file that hold something: what was freed is used again before it grows."""
    (size,), (pages,), (free,) = (
        file.execute(f"PRAGMA {name}").fetchone() for name in ("page_size", "page_count", "freelist_count")
    )
    return size * (pages - free)
