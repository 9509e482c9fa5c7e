"""A document's translation, from the file that was given to the file that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass
from pathlib import Path

from hymt.errors import UserError
from hymt.service.refusals import not_written
from hymt.translation.events import Event
from hymt.translation.files import FileJob, named_after
from hymt.translation.journal import Journal
from hymt.translation.translator import Translator


@dataclass(frozen=True)
class Saved:
    """The last event: the translation's file."""

    translation: Path


@dataclass(frozen=True)
class Unsaved:
    """The last event where the file could not be written."""

    error: UserError


@dataclass(frozen=True)
class DocumentJob:
    """A document's job, and where its result is written."""

    file: FileJob
    folder: Callable[[], Path]

    @classmethod
    def start(
        cls,
        translator: Translator,
        folder: Callable[[], Path],
        path: str | None,
        target: str,
        source: str,
        visit: Hashable = None,
        journal: Journal | None = None,
    ) -> DocumentJob:
        """`folder` makes one for the result; `journal` tells what is done. Raises UserError."""
        if not path:
            raise UserError("no_file")
        return cls(translator.start_file(path, target, source, visit=visit, journal=journal), folder)

    def cancel(self) -> None:
        self.file.cancel()

    def events(self) -> Generator[Event | Saved | Unsaved]:
        """The job's events; then, however it ended, Saved or Unsaved."""
        yield from self.file.events()
        try:
            translation = self.folder() / named_after(Path(self.file.document.name), self.file.job.target)
            translation.write_bytes(self.file.translation())
            yield Saved(translation)
        except OSError as error:
            yield Unsaved(not_written(error))
