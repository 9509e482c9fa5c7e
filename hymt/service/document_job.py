"""A document's translation, from the file that was given to the files that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hymt import documents
from hymt.errors import UserError
from hymt.service.refusals import not_written
from hymt.translation.asking import Options
from hymt.translation.begun import Begun
from hymt.translation.events import Event
from hymt.translation.files import FileJob, named_after
from hymt.translation.job import Job
from hymt.translation.translator import Translator


@dataclass(frozen=True)
class Saved:
    """The last event: the translation's file, and both languages side by side."""

    translation: Path
    bilingual: Path


@dataclass(frozen=True)
class Unsaved:
    """The last event where the files could not be written; the translation stands in the job."""

    error: UserError


@dataclass(frozen=True)
class DocumentJob:
    """A document's job, and where its results are written."""

    file: FileJob
    folder: Callable[[], Path]

    @property
    def job(self) -> Job:
        return self.file.job

    @classmethod
    def start(
        cls,
        translator: Translator,
        folder: Callable[[], Path],
        path: str | None,
        target: str | Sequence[str],
        source: str,
        options: Options | None = None,
        visit: Hashable = None,
        begun: Begun | None = None,
    ) -> DocumentJob:
        """`folder` makes one for the results; `begun` tells what a former job has done. Raises UserError."""
        if not path:
            raise UserError("no_file")
        document = documents.read(path)
        return cls(FileJob(document, translator.job(document.blocks, target, source, options, visit, begun)), folder)

    def cancel(self) -> None:
        self.job.cancel()

    def events(self) -> Generator[Event | Saved | Unsaved]:
        """The job's events; then, however it ended, Saved or Unsaved."""
        yield from self.job.events()
        try:
            yield Saved(*self._save())
        except OSError as error:
            yield Unsaved(not_written(error))

    def _save(self) -> tuple[Path, Path]:
        """Write the translation and the bilingual page; their names tell the languages."""
        job, folder, name = self.job, self.folder(), Path(self.file.document.name)
        translation = folder / named_after(name, job.target)
        translation.write_bytes(self.file.translation())
        both = folder / f"{name.stem}.{job.source}-{job.target}.html"
        both.write_bytes(self.file.bilingual("html"))
        return translation, both
