"""A document's job, and the files that its translation becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from hymt.documents import MAX_BYTES, Document, bilingual, suffix_of_translation
from hymt.documents.bilingual import Bitext
from hymt.documents.plain import TextDocument
from hymt.documents.whole import write_whole
from hymt.errors import Sentence
from hymt.text.blocks import Block, clean
from hymt.text.languages import LANGUAGES
from hymt.translation.events import Event, Figures, TranslationError
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

    def edit(self, index: int, text: str) -> None:
        """Put a reader's words in place of a block's translation, in one line if the block is; see `Job.edit`."""
        job, text = self.job, clean(text)[0].strip()
        if "\n" not in job.blocks[index].text:
            text = " ".join(text.splitlines())
        if sum(map(len, job.translations)) + len(text) > MAX_BYTES:
            raise TranslationError("too_long", limit=f"{MAX_BYTES:,}")
        job.edit(index, text)

    def save(self, out: Path, kind: str | None = None) -> TranslatedFile:
        """Write what is done, and beside it the bilingual file of a kind. Raises OSError."""
        both = bilingual.beside(kind, out) if kind else None
        files = {out: self.translation()} | ({both: self.bilingual(kind)} if kind and both else {})
        for path, data in files.items():
            write_whole(path, data)
        return TranslatedFile(out, both, self.job.figures())


def missing(block: Block, said: str) -> list[str]:
    """What must survive a translation of this block, and is not in this one as often as there."""
    marks = Counter(block.text[mark.start : mark.end] for mark in block.marks)
    return [mark for mark, count in marks.items() if said.count(mark) < count]


def named_after(path: Path, target: str) -> Path:
    """Where a file's translation lies if nobody says: beside it, with the language before its suffix."""
    return path.with_name(f"{path.stem}.{target}{suffix_of_translation(path)}")
