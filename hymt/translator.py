"""The way in for everybody: the page, the commands and programs translate through `Translator`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hymt.engine.decoding import FUSED, Decoding
from hymt.errors import UserError
from hymt.events import Done, Event, Failed, Progress, Stopped, TranslationError, check_not_empty
from hymt.job import Job, Options, cut, route
from hymt.models.catalogue import Model, adapted
from hymt.models.manager import ModelManager
from hymt.text import languages
from hymt.text.detection import detect
from hymt.text.segmentation import Blocks, clean, split_lines

AUTO = "auto"
DETECT_CHARACTERS = 4000
MAX_CHARACTERS = 10_000_000


@dataclass(frozen=True)
class Preview:
    """What a job will do, before it does it."""

    characters: int
    tokens: int
    chunks: int
    blocks: int
    steps: int


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

        Raises TranslationError with advice for the user.
        """
        *_, last = self.stream(text, to, source, **decoding)
        if isinstance(last, Failed):
            raise TranslationError(last.reason)
        return last.text

    def stream(self, text: str, to: str, source: str = AUTO, **options) -> Iterator[Event]:
        """Events with the text so far; the last is Done, Stopped or Failed. Options as in `start`.

        Closing the iterator stops the work. Raises TranslationError at once for what cannot be translated.
        """
        return self.start(text, to, source, **options).events()

    def start(self, text: str, to: str, source: str = AUTO, *, chunk_tokens: int | None = None, **decoding) -> TextJob:
        """A text's job, which another thread may cancel.

        `decoding` are Decoding's fields: beams, temperature, top_k, top_p, repetition_penalty, seed.
        """
        check_not_empty(text)
        blocks = split_lines(clean(text)[0])
        return TextJob(self.job(blocks.blocks, to, source, self.options(chunk_tokens=chunk_tokens, **decoding)), blocks)

    def job(self, blocks: Sequence[str], to: str, source: str = AUTO, options: Options | None = None) -> Job:
        """A job over blocks; iterate its `events()`. Raises TranslationError for what cannot be translated."""
        if sum(map(len, blocks)) > MAX_CHARACTERS:
            raise TranslationError(
                f"The text is longer than {MAX_CHARACTERS:,} characters: translate it in parts.",
                "too_long",
                limit=f"{MAX_CHARACTERS:,}",
            )
        return Job(self.manager, blocks, *self.resolve(blocks, to, source), options or Options())

    def resolve(
        self, blocks: Sequence[str], to: str, source: str = AUTO, model: Model | None = None
    ) -> tuple[str, str]:
        """The codes of source and target language; detects the source if it is "auto".

        Raises TranslationError, also for a pair that `model` (the loaded one if not given) does not know.
        """
        try:
            target = languages.find(to).code
            spoken = self._detect(blocks) if source == AUTO else languages.find(source).code
        except languages.UnknownLanguage as error:
            raise TranslationError(str(error)) from error
        if spoken == target:
            raise _same_language(target, detected=source == AUTO)
        route(model or self.manager.current().model, spoken, target)
        return spoken, target

    def steps(self, source: str, target: str) -> int:
        """How many translation steps the loaded model needs for a pair: 2 if it goes through English."""
        return len(route(self.manager.current().model, source, target))

    def _detect(self, blocks: Sequence[str]) -> str:
        sample, size = [], 0
        for block in blocks:
            sample.append(block[: DETECT_CHARACTERS - size])
            size += len(sample[-1])
            if size >= DETECT_CHARACTERS:
                break
        return detect("\n".join(sample)) or "en"

    def preview(self, blocks: Sequence[str], to: str, source: str = AUTO, options: Options | None = None) -> Preview:
        """Count what a job over these blocks will do with the loaded model."""
        spoken, target = self.resolve(blocks, to, source)
        loaded = self.manager.current()
        pieces = [cut(block, spoken, loaded, options or Options()) for block in blocks]
        return Preview(
            characters=sum(map(len, blocks)),
            tokens=sum(loaded.tokenizer.count(piece.text) for chunks in pieces for piece in chunks),
            chunks=sum(map(len, pieces)),
            blocks=len(blocks),
            steps=self.steps(spoken, target),
        )

    def options(self, *, chunk_tokens: int | None = None, **decoding) -> Options:
        """Options from loose values; beams left out are the loaded model's own, or 1 where sampling is asked for."""
        try:
            chosen = {name: value for name, value in decoding.items() if value is not None}
            if not chosen:
                return Options(None, chunk_tokens)
            if "beams" not in chosen and not chosen.get("temperature"):
                chosen["beams"] = self.manager.current().model.beams
            return Options(Decoding(**chosen), chunk_tokens)
        except (TypeError, UserError) as error:
            raise TranslationError(str(error)) from error

    def close(self) -> None:
        self.manager.close()


def _same_language(code: str, detected: bool) -> TranslationError:
    name = languages.LANGUAGES[code].name
    if detected:
        message = f"The text seems to be {name} already: choose another target language."
        return TranslationError(message, "same_detected", language=code)
    return TranslationError(f"Source and target are both {name}: choose two languages.", "same", language=code)


@dataclass(frozen=True)
class TextJob:
    """A job with the separators that make its blocks a text again."""

    job: Job
    blocks: Blocks

    def cancel(self) -> None:
        self.job.cancel()

    def events(self) -> Iterator[Event]:
        """The job's events with the text that its blocks make."""
        events = self.job.events()
        try:
            for event in events:
                match event:
                    case Progress():
                        yield replace(event, text=self._begun())
                    case Done():
                        yield replace(event, text=self.blocks.join(self.job.translations))
                    case Stopped() | Failed():
                        yield replace(event, text=self.blocks.join(self.job.best()))
        finally:
            events.close()

    def _begun(self) -> str:
        """The text up to the last block that has begun."""
        begun = [index for index, new in enumerate(self.job.translations) if new]
        if not begun:
            return ""
        count = begun[-1] + 1
        part = Blocks(self.blocks.blocks[:count], [*self.blocks.separators[:count], ""])
        return part.join(self.job.translations[:count])
