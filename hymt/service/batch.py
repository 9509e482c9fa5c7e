"""Files that a visitor has translated together, one after another, and what became of each.

They have one turn and one deadline. What is whole stays when one fails or all are stopped; it may be changed, and is
written whenever it is asked for.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hymt import documents
from hymt.documents import bilingual
from hymt.errors import UserError
from hymt.service.limits import Limits
from hymt.service.refusals import refusal
from hymt.translation.asking import Options
from hymt.translation.events import Done, Event, Failed, Progress, Stopped
from hymt.translation.files import FileJob, named_after
from hymt.translation.journal import Journal
from hymt.translation.translator import Translator

State = Literal["waiting", "running", "done", "stopped", "failed"]
TRANSLATION = "translation"  # a kind of file, beside those of `bilingual.KINDS`


@dataclass(frozen=True)
class BatchEnded:
    """The last event; `failure` is what ended all of them early."""

    failure: UserError | None = None


@dataclass
class Entry:
    """A file of a batch. `error` tells why it failed, `file` is there once it was read."""

    path: Path
    state: State = "waiting"
    fraction: float = 0.0
    file: FileJob | None = None
    error: UserError | None = None
    ended: Done | Stopped | Failed | None = None
    characters: int = 0

    @property
    def settled(self) -> bool:
        """Whether it is translated, or cannot be."""
        return self.state == "done" or (self.state == "failed" and self.file is None)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def kinds(self) -> list[str]:
        """The kinds of files that it can be written as; none before it has ended."""
        if self.file is None or self.ended is None:
            return []
        return [TRANSLATION, *(kind for kind in bilingual.KINDS if bilingual.fits(kind, self.name))]

    def written(self, kind: str) -> tuple[str, bytes]:
        """The name and content of a file of one of its kinds. Raises UserError for another."""
        if self.file is None or kind not in self.kinds:
            raise UserError("result_gone")
        job, name = self.file.job, self.path
        if kind == TRANSLATION:
            return named_after(name, job.target).name, self.file.translation()
        suffix = bilingual.KINDS[kind].suffix or name.suffix
        return f"{name.stem}.{job.source}-{job.target}{suffix}", self.file.bilingual(kind)


class Batch:
    """Iterate its `events()` to have its files translated."""

    def __init__(
        self,
        translator: Translator,
        paths: Sequence[str],
        target: str | Sequence[str],
        source: str,
        options: Options | None = None,
        visit: Hashable = None,
        former: Batch | None = None,
        limits: Limits | None = None,
        journal: Journal | None = None,
    ) -> None:
        """It goes on where the visit's `former` batch was ended early, in files that are the same; what `journal` knows
        is not computed again.

        Raises UserError for no files, or too many or too large ones.
        """
        limits = limits or Limits()
        if not paths:
            raise UserError("no_file")
        if len(paths) > limits.upload_files:
            raise UserError("upload_of_many_files", limit=limits.upload_files)
        if sum(Path(path).stat().st_size for path in paths) > limits.upload_bytes:
            raise UserError("request_too_large", megabytes=f"{limits.upload_bytes / 1e6:.3g}")
        self.entries = [Entry(Path(path)) for path in paths]
        self.looked_at: tuple[int, int] | None = None  # which file, and from which block on, if its reader has chosen
        self._translator, self._asked = translator, (target, source, options, visit)
        self._former = former.entries if former and not former.whole else []
        self._journal, self._stopping = journal, False

    @property
    def whole(self) -> bool:
        """Whether there is nothing to go on with."""
        return all(entry.settled for entry in self.entries)

    @property
    def current(self) -> int:
        """The number of the file that is translated, or was last."""
        begun = [number for number, entry in enumerate(self.entries) if entry.state != "waiting"]
        return begun[-1] if begun else 0

    @property
    def characters(self) -> int:
        """How much it holds of texts."""
        return sum(entry.characters for entry in self.entries)

    def cancel(self) -> None:
        """End it, from any thread. Returns at once."""
        self._stopping = True
        if file := self.entries[self.current].file:
            file.cancel()

    def events(self) -> Generator[Event | BatchEnded]:
        for entry in self.entries:
            if self._stopping:
                break
            entry.state = "running"
            try:
                entry.file = self._start(entry)
            except Exception as error:
                entry.state, entry.error = "failed", refusal(error)
                continue
            yield from self._translate(entry, entry.file)
        self._former = []
        yield BatchEnded()

    def packed(self) -> bytes:
        """All translations that there are, in a ZIP file. Raises UserError if there are none."""
        content, names = io.BytesIO(), set[str]()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
            for number, entry in enumerate(self.entries, 1):
                if not entry.kinds:
                    continue
                name, data = entry.written(TRANSLATION)
                package.writestr(f"{number}.{name}" if name in names else name, data)
                names.add(name)
        if not names:
            raise UserError("result_gone")
        return content.getvalue()

    def _start(self, entry: Entry) -> FileJob:
        target, source, options, visit = self._asked
        document = documents.read(entry.path)
        same = (former.file for former in self._former if former.path == entry.path and former.file)
        before = next((file.job for file in same), None)
        begun = before.begun() if before else None
        entry.characters = sum(len(block.text) for block in document.blocks)
        job = self._translator.job(document.blocks, target, source, options, visit, begun, self._journal)
        if before and any(job.finished):  # it is asked for the same
            job.edited.update(before.edited)
        return FileJob(document, job)

    def _translate(self, entry: Entry, file: FileJob) -> Generator[Event]:
        if self._stopping:
            file.cancel()
        for event in file.events():
            match event:
                case Progress():
                    entry.fraction = event.fraction
                case Done():
                    entry.state, entry.fraction, entry.ended = "done", 1.0, event
                case Stopped():
                    entry.state, entry.ended = "stopped", event
                case Failed():
                    entry.state, entry.ended, entry.error = "failed", event, event.error
            yield event
