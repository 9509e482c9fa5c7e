"""The way in for everybody: the page, the commands and programs translate through `Translator`."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

from hymt import documents
from hymt.documents import bilingual as both
from hymt.documents import markdown, markdown_signs
from hymt.documents.glossaries import Given, glossary_of
from hymt.documents.whole import check_destination
from hymt.engine.decoding import FUSED, Decoding
from hymt.errors import Listing, UserError
from hymt.models.catalogue import Model, adapted
from hymt.models.manager import ModelManager
from hymt.text import languages
from hymt.text.blocks import Block, Skeleton, clean, split_lines
from hymt.text.wrapping import Lines
from hymt.translation.asking import Options, check_known, chunks_of, detected, route
from hymt.translation.begun import Asked, Begun
from hymt.translation.events import Done, Event, Failed, Progress, Stopped, TranslationError, check_not_empty
from hymt.translation.files import FileJob, TranslatedFile, named_after
from hymt.translation.growing import GrowingText
from hymt.translation.job import Job
from hymt.translation.journal import Journal
from hymt.translation.parts import plain

AUTO = "auto"
DETECT_CHARACTERS = 4000
MAX_CHARACTERS = 10_000_000
Form = Literal["text", "markdown", "auto"]


@dataclass(frozen=True)
class Preview:
    """What a job will do, before it does it."""

    characters: int
    tokens: int
    chunks: int
    blocks: int
    steps: int
    target: str


class Translator:
    """Translates text and blocks with the model that its manager has loaded.

    >>> Translator().translate("Good morning.", to="fr")  # doctest: +SKIP
    'Bonjour.'

    Without a manager it makes one of its own and loads `model` (the small embedded one if not given), with an
    `adapter` (a folder or hub id) if there is one, at `precision` (what suits this machine if not given), taking at
    most `gpu_memory` GiB of an NVIDIA GPU and computing with hymt's own `kernels`, or with "reference", those of
    transformers and bitsandbytes. Share one translator: it serves many threads.
    """

    def __init__(
        self,
        model: str | None = None,
        precision: str | None = None,
        *,
        adapter: str | None = None,
        gpu_memory: float | None = None,
        kernels: str = FUSED,
        manager: ModelManager | None = None,
    ) -> None:
        self.manager = manager or ModelManager(gpu_memory=gpu_memory, kernels=kernels)
        wanted = adapted(model, adapter)
        if wanted or precision or gpu_memory or (manager is None):
            self.manager.swap(wanted, precision, gpu_memory=gpu_memory)

    def translate(self, text: str, to: str, source: str = AUTO, **decoding) -> str:
        """The translation of a text. `to` and `source` are codes or names; decoding as in `stream`.

        Raises UserError with advice for the user.
        """
        *_, last = self.stream(text, to, source, **decoding)
        if isinstance(last, Failed):
            raise last.error
        return last.text

    def stream(self, text: str, to: str, source: str = AUTO, **options) -> Iterator[Event]:
        """Events with the text so far; the last is Done, Stopped or Failed. Options as in `start`.

        Closing the iterator stops the work. Raises UserError at once for what cannot be translated.
        """
        return self.start(text, to, source, **options).events()

    def start(
        self,
        text: str,
        to: str | Sequence[str],
        source: str = AUTO,
        *,
        chunk_tokens: int | None = None,
        glossary: Given | None = None,
        lines: Lines = "auto",
        form: Form = "text",
        visit: Hashable = None,
        **decoding,
    ) -> TextJob:
        """A text's job, which another thread may cancel. `visit` is whose it is, see `job`; for `to` see `resolve`.

        `lines`: whether the lines of a paragraph are joined ("join"), each translated by itself ("keep"), or joined
        where they look wrapped at a width. `form`: whether the text is plain or Markdown; with "auto" Markdown is what
        surely looks so.
        `decoding` are Decoding's fields: beams, temperature, top_k, top_p, repetition_penalty, seed.
        """
        check_not_empty(text)
        cleaned, dropped = clean(text)
        if form == "auto":
            form = "markdown" if markdown_signs.likeness(cleaned) == "sure" else "text"
        split = markdown.split if form == "markdown" else split_lines
        parts, options = split(cleaned, lines), self.options(chunk_tokens=chunk_tokens, glossary=glossary, **decoding)
        return TextJob(self.job(parts.blocks, to, source, options, visit), parts.skeleton, dropped)

    def translate_file(
        self,
        path: str | Path,
        to: str | Sequence[str],
        source: str = AUTO,
        *,
        out: str | Path | None = None,
        bilingual: str | None = None,
        **options,
    ) -> TranslatedFile:
        """Translate a file of a kind that `hymt.documents` reads; returns where the translation is.

        `out` is the file to write: beside the source if not given, `book.fr.docx` of `book.docx`. `bilingual` is one of
        `hymt.documents.bilingual.KINDS`: a file in both languages is written beside it. Options as in `start_file`.

        Raises UserError, also for what ended it early, and OSError: then no file is written.
        """
        if bilingual:
            both.check(bilingual, Path(path).name)
        started = self.start_file(path, to, source, **options)
        written = Path(out) if out else named_after(Path(path), started.job.target)
        for result in (written, *([both.beside(bilingual, written)] if bilingual else [])):
            check_destination(result, path)
        *_, last = started.events()
        if isinstance(last, Failed):
            raise last.error
        return started.save(written, bilingual)

    def start_file(
        self,
        path: str | Path,
        to: str | Sequence[str],
        source: str = AUTO,
        *,
        chunk_tokens: int | None = None,
        glossary: Given | None = None,
        lines: Lines = "auto",
        visit: Hashable = None,
        journal: Journal | None = None,
        **decoding,
    ) -> FileJob:
        """A file's job, to iterate its `events()` and then `save` it. Options as in `start`, `journal` as in `job`."""
        document = documents.read(path, lines=lines)
        options = self.options(chunk_tokens=chunk_tokens, glossary=glossary, **decoding)
        return FileJob(document, self.job(document.blocks, to, source, options, visit, journal=journal))

    def job(
        self,
        blocks: Sequence[Block],
        to: str | Sequence[str],
        source: str = AUTO,
        options: Options | None = None,
        visit: Hashable = None,
        begun: Begun | None = None,
        journal: Journal | None = None,
    ) -> Job:
        """A job over blocks; iterate its `events()`. Raises UserError for what cannot be translated.

        Jobs of one `visit` share its part of the engine; a job without one has a part of its own. It goes on where
        a former one ended, which `begun` tells, if what is asked for is the same. What `journal` knows is not
        computed again.
        """
        if sum(len(block.text) for block in blocks) > MAX_CHARACTERS:
            raise TranslationError("too_long", limit=f"{MAX_CHARACTERS:,}")
        pair, options = self.resolve(blocks, to, source), options or Options()
        if options.glossary:
            options = replace(options, glossary=options.glossary.between(*pair))
        done = begun.of(Asked.of(blocks, *pair, options, self.manager.current().variant)) if begun else {}
        return Job(self.manager, blocks, *pair, options, visit, done, journal)

    def resolve(
        self, blocks: Sequence[Block], to: str | Sequence[str], source: str = AUTO, model: Model | None = None
    ) -> tuple[str, str]:
        """The codes of source and target language; detects the source if it is "auto".

        Of several languages `to`, the first is the target, or the first that the detected source is not. Where no
        block has words to detect it by, it is the target, as there is nothing to translate.

        Raises UserError, also for a pair that `model` (the loaded one if not given) does not know.
        """
        wanted = [languages.find(one).code for one in ([to] if isinstance(to, str) else to)]
        model = model or self.manager.current().model
        if source == AUTO and not blocks:
            check_known(model, wanted[0])
            return wanted[0], wanted[0]
        spoken = detected(_sample(blocks), model, wanted) if source == AUTO else languages.find(source).code
        target = next((code for code in wanted if code != spoken or source != AUTO), wanted[0])
        if spoken == target:
            key = "same_detected" if source == AUTO else "same"
            raise TranslationError(key, language=languages.LANGUAGES[target])
        route(model, spoken, target)
        return spoken, target

    def steps(self, source: str, target: str) -> int:
        """How many translation steps the loaded model needs for a pair: 2 if it goes through English."""
        return len(route(self.manager.current().model, source, target))

    def preview(
        self, blocks: Sequence[Block], to: str | Sequence[str], source: str = AUTO, options: Options | None = None
    ) -> Preview:
        """Count what a job over these blocks will do with the loaded model."""
        spoken, target = self.resolve(blocks, to, source)
        loaded = self.manager.current()
        cut = (chunks_of(block, spoken, loaded, options or Options()) for block in blocks)
        asked = [chunk.text for chunks in cut for chunk in chunks if not chunk.verbatim]
        return Preview(
            characters=sum(len(block.text) for block in blocks),
            tokens=sum(map(loaded.tokenizer.count, asked)),
            chunks=len(asked),
            blocks=len(blocks),
            steps=self.steps(spoken, target),
            target=target,
        )

    def options(self, *, chunk_tokens: int | None = None, glossary: Given | None = None, **decoding) -> Options:
        """Options from loose values; beams left out are the loaded model's own, or 1 where sampling is asked for.

        Raises UserError for what Decoding lacks or refuses, and for a glossary that cannot be read.
        """
        chosen = {name: value for name, value in decoding.items() if value is not None}
        terms = glossary_of(glossary)
        if not chosen:
            return Options(None, chunk_tokens, terms)
        known = [field.name for field in fields(Decoding)]
        if unknown := chosen.keys() - known:
            raise UserError("option_unknown", name=min(unknown), options=Listing(known))
        if "beams" not in chosen and not chosen.get("temperature"):
            chosen["beams"] = self.manager.current().model.beams
        return Options(Decoding(**chosen), chunk_tokens, terms)

    def close(self) -> None:
        self.manager.close()


@dataclass(frozen=True)
class TextJob:
    """A job with the skeleton that makes its blocks a text again, less `dropped` control characters."""

    job: Job
    skeleton: Skeleton
    dropped: int = 0

    def cancel(self) -> None:
        self.job.cancel()

    def events(self) -> Generator[Event]:
        """The job's events with the text that its blocks make, also in parts."""
        events, growing = self.job.events(), GrowingText(self.job, self.skeleton)
        try:
            for event in events:
                parts = growing.parts(whole=not isinstance(event, Progress))
                match event:
                    case Progress() | Done():
                        yield replace(event, text=plain(parts), parts=parts)
                    case Stopped() | Failed():
                        yield replace(event, text=self.skeleton.fill(self.job.best()), parts=parts)
        finally:
            events.close()


def _sample(blocks: Sequence[Block]) -> str:
    """As much of a text as tells its language."""
    sample, size = [], 0
    for block in blocks:
        sample.append(block.text[: DETECT_CHARACTERS - size])
        size += len(sample[-1])
        if size >= DETECT_CHARACTERS:
            break
    return "\n".join(sample)
