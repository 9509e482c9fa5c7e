"""A document's job, and the files that its translation becomes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from hymt.documents import Document, bilingual, suffix_of_translation
from hymt.documents.bilingual import Bitext
from hymt.documents.plain import TextDocument
from hymt.documents.whole import write_whole
from hymt.errors import Sentence
from hymt.text.languages import LANGUAGES
from hymt.translation.events import Event, Figures
from hymt.translation.job import Job


@dataclass(frozen=True)
class TranslatedFile:
    """The file that a translation is in, the one with both languages if it was asked for, and what it took."""

    path: Path
    bilingual: Path | None
    figures: Figures


@dataclass(frozen=True)
class FileJob:
    """A document and the job over its blocks."""

    document: Document
    job: Job

    def cancel(self) -> None:
        self.job.cancel()

    def events(self) -> Generator[Event]:
        return self.job.events()

    def translation(self) -> bytes:
        """The document with what is done; the rest is in the source language."""
        return self.document.write(self.job.best(), self.job.target)

    def remarks(self) -> tuple[Sentence, ...]:
        """What a person should look at in the translation."""
        return self.document.remarks(self.job.best()) if isinstance(self.document, TextDocument) else ()

    def bilingual(self, kind: str) -> bytes:
        """The document in both languages; a block that is not finished has no translation there."""
        job = self.job
        done = [said if finished else "" for said, finished in zip(job.translations, job.finished, strict=True)]
        languages = LANGUAGES[job.source], LANGUAGES[job.target]
        return bilingual.write(kind, Bitext(self.document, done, *languages))

    def save(self, out: Path, kind: str | None = None) -> TranslatedFile:
        """Write what is done, and beside it the bilingual file of a kind. Raises OSError."""
        both = bilingual.beside(kind, out) if kind else None
        files = {out: self.translation()} | ({both: self.bilingual(kind)} if kind and both else {})
        for path, data in files.items():
            write_whole(path, data)
        return TranslatedFile(out, both, self.job.figures())


def named_after(path: Path, target: str) -> Path:
    """Where a file's translation lies if nobody says: beside it, with the language before its suffix."""
    return path.with_name(f"{path.stem}.{target}{suffix_of_translation(path)}")
