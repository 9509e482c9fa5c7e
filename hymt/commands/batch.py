"""Many files with one engine: what is not up to date is translated, a few at once, and no failure stops the others."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hymt.commands.progress import Line, cut, lost, took
from hymt.commands.refusals import locale, told
from hymt.commands.results import make_folder
from hymt.commands.sources import Task
from hymt.errors import Listing, Sentence, UserError, as_user_error

if TYPE_CHECKING:
    from hymt.documents import Document
    from hymt.text.glossary import Glossary
    from hymt.translation.events import Figures
    from hymt.translation.files import FileJob
    from hymt.translation.journal import Journal
    from hymt.translation.translator import Translator

log = logging.getLogger(__name__)

AT_ONCE = 4  # files: the end of one leaves slots empty, and small ones never fill them
SHOW_SECONDS = 0.2

State = Literal["translated", "copied", "skipped", "failed", "stopped"]


@dataclass(frozen=True)
class Asked:
    """What holds for all files."""

    to: str
    source: str
    lines: Literal["auto", "join", "keep"] = "auto"
    beams: int | None = None
    bilingual: str | None = None
    glossary: Glossary | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a file."""

    task: Task
    state: State
    figures: Figures | None = None
    error: UserError | None = None
    notes: Sequence[Sentence] = ()

    def as_dict(self) -> dict:
        results = {"out": str(self.task.out)} | ({"bilingual": str(self.task.bilingual)} if self.task.bilingual else {})
        more = self.figures.as_dict() if self.figures else self.error.as_dict(locale()) if self.error else {}
        return {"file": str(self.task.source), **results, "state": self.state, **more}


class Batch:
    """Files on their way. `load` gives the translator; it is not called where none is to be translated."""

    def __init__(
        self, load: Callable[[], Translator], asked: Asked, show: Line, journal: Journal | None = None
    ) -> None:
        self._load, self._asked, self._show, self._journal = load, asked, show, journal
        self._outcomes: dict[Task, Outcome] = {}
        self._jobs: dict[Task, FileJob] = {}  # under way
        self._fractions: dict[Task, float] = {}
        self._stopped = threading.Event()

    def run(self, tasks: Sequence[Task], force: bool = False) -> list[Outcome]:
        """What became of each file, in order. At Ctrl+C those under way are given up: "stopped", as is the rest."""
        self._outcomes = {
            task: Outcome(task, "skipped" if task.is_done() and not force else "stopped") for task in tasks
        }
        left = [task for task, outcome in self._outcomes.items() if outcome.state == "stopped"]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                self._translate_all(left, pool)
            except KeyboardInterrupt:
                self._stopped.set()
                for job in list(self._jobs.values()):
                    job.cancel()
        return list(self._outcomes.values())

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def _translate_all(self, left: Sequence[Task], pool: ThreadPoolExecutor) -> None:
        translator = None
        running: set[Future[Outcome]] = set()
        for task in left:
            if (document := self._read(task)) is None:
                continue
            translator = translator or self._load()
            running.add(pool.submit(self._run, translator, task, document))
            while len(running) == AT_ONCE:
                running = self._follow(running)
        while running:
            running = self._follow(running)

    def _read(self, task: Task) -> Document | None:
        """A file's document; None if there is an outcome already."""
        from hymt import documents

        try:
            if self._asked.bilingual:
                documents.bilingual.check(self._asked.bilingual, task.source.name)
            return documents.read(task.source, lines=self._asked.lines)
        except Exception as error:
            same_kind = task.out.suffix.lower() == task.source.suffix.lower()
            without_words = isinstance(error, UserError) and error.key == "no_words" and same_kind
            self._outcomes[task] = outcome = self._copied(task) if without_words else _failed(task, error)
            self._tell(outcome)
            return None

    def _copied(self, task: Task) -> Outcome:
        """A file without words has its place among the translated ones as it is."""
        from hymt.documents.whole import write_whole

        try:
            make_folder(task.out.parent)
            write_whole(task.out, task.source.read_bytes())
        except Exception as error:
            return _failed(task, error)
        return Outcome(task, "copied")

    def _follow(self, running: set[Future[Outcome]]) -> set[Future[Outcome]]:
        """Show for a moment how files go; returns those that still do."""
        ended, still = wait(running, SHOW_SECONDS, FIRST_COMPLETED)
        for future in ended:
            self._tell(future.result())
        under_way = [f"{task.source.name} {part:.0%}" for task, part in list(self._fractions.items())]
        done = sum(outcome.state != "stopped" for outcome in self._outcomes.values())
        self._show.say(f"{done} of {len(self._outcomes)} files; {', '.join(under_way)}")
        return still

    def _tell(self, outcome: Outcome) -> None:
        source, figures = outcome.task.source, outcome.figures
        if outcome.state == "copied":
            self._show.note(f"{source}: {Sentence('copied_unchanged').say(locale())}")
        if figures:
            self._show.note(f"{source} → {outcome.task.out}: {took(figures)}")
            for note in outcome.notes:
                self._show.note(f"{source}: {note.say(locale())}")
            if figures.truncated:
                self._show.note(f"{source}: {cut(figures)}")
            if figures.terms:
                self._show.note(f"{source}: {figures.terms.sentence().say(locale())}")
            if figures.lost_numbers:
                self._show.note(f"{source}: {lost(figures)}")

    # -- in a thread of its own ----------------------------------------------------------------------------

    def _run(self, translator: Translator, task: Task, document: Document) -> Outcome:
        try:
            outcome = self._translate(translator, task, document)
        except Exception as error:
            outcome = _failed(task, error)
        self._jobs.pop(task, None)
        self._fractions.pop(task, None)
        self._outcomes[task] = outcome
        return outcome

    def _translate(self, translator: Translator, task: Task, document: Document) -> Outcome:
        from hymt.translation.events import Done, Failed, Progress
        from hymt.translation.files import FileJob

        asked, options = self._asked, translator.options(beams=self._asked.beams, glossary=self._asked.glossary)
        job = translator.job(document.blocks, asked.to, asked.source, options, journal=self._journal)
        file = FileJob(document, job)
        self._jobs[task] = file
        if self.stopped:
            file.cancel()
        for event in file.events():
            if isinstance(event, Progress):
                self._fractions[task] = event.fraction
        if isinstance(event, Failed):
            raise event.error
        if not isinstance(event, Done):
            return Outcome(task, "stopped")
        make_folder(task.out.parent)
        return Outcome(
            task, "translated", file.save(task.out, asked.bilingual).figures, notes=(*document.notes, *file.remarks())
        )


def _failed(task: Task, error: Exception) -> Outcome:
    if isinstance(error, UserError | OSError):
        return Outcome(task, "failed", error=told(error))
    log.error("Unexpected", exc_info=error)
    return Outcome(task, "failed", error=as_user_error(error))


def conclude(outcomes: Sequence[Outcome], show: Line, as_json: bool) -> int:
    """Tell what became of all; the exit status: 1 if a file failed or was not come to."""
    files = {state: [one for one in outcomes if one.state == state] for state in _COUNTED}
    counts = [Sentence(_COUNTED[state], {"count": len(found)}) for state, found in files.items() if found]
    show.note(f"hymt: {Sentence('files_summary', {'counts': Listing(counts)}).say(locale())}")
    for one in files["failed"]:
        show.note(f"  {one.task.source}: {one.error.say(locale()) if one.error else ''}")
    if as_json:
        numbers = {state: len(found) for state, found in files.items()}
        print(json.dumps({**numbers, "files": [one.as_dict() for one in outcomes]}, ensure_ascii=False))
    return int(bool(files["failed"] or files["stopped"]))


_COUNTED: dict[State, str] = {
    "translated": "files_translated",
    "copied": "files_copied",
    "skipped": "files_skipped",
    "failed": "files_failed",
    "stopped": "files_stopped",
}
