"""One comparison: load, translate, score, precision by precision, then load again what was loaded before."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from hymt.compare.report import ComparisonReport, ComparisonRow, Scores
from hymt.compare.scores import bleu_tokenizer, score
from hymt.errors import UserError, as_user_error
from hymt.models.catalogue import DEFAULT, find_model
from hymt.models.loaded import Loaded
from hymt.models.manager import ModelManager, SwapFailed, SwapOrder, SwapProgress
from hymt.models.precision import Precision, find_precision
from hymt.text.blocks import Block
from hymt.translation.asking import Options
from hymt.translation.events import Done, Failed, Progress, TranslationError
from hymt.translation.job import Job
from hymt.translation.translator import AUTO, Translator

log = logging.getLogger(__name__)

USUAL = ("fp32", "fp16", "int8", "nf4")  # what is compared where nobody says
LOADING = 0.3  # of the way of a precision; the texts take the rest


@dataclass(frozen=True)
class Loading:
    """A precision is being loaded; `restoring` when it is the former one. `fraction` is of the whole comparison."""

    precision: str
    swap: SwapProgress
    fraction: float
    restoring: bool = False


@dataclass(frozen=True)
class Translating:
    """The texts are on their way through a precision. `fraction` is of the whole comparison."""

    precision: str
    progress: Progress
    fraction: float


@dataclass(frozen=True)
class Measured:
    """A precision is finished: the last row of the report. `fraction` is of the whole comparison."""

    report: ComparisonReport
    fraction: float


@dataclass(frozen=True)
class Ended:
    """The last event. The former variant is loaded again unless `failure` says otherwise."""

    report: ComparisonReport
    stopped: bool = False
    failure: UserError | None = None


ComparisonEvent = Loading | Translating | Measured | Ended


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Precisions by their names, each once, FP32 first: the others are scored against it. Raises UserError."""
    found = dict.fromkeys(find_precision(name).name for name in names)
    return tuple(sorted(found, key=lambda name: name != "fp32"))


class Comparison:
    """The same texts through several precisions of one model, never two of them in memory at once.

    It swaps the manager's variant, for everybody who shares it, and puts the former one back at the end: also after
    `cancel`, an error, or when nobody listens any more. If somebody else swaps meanwhile it ends there, and theirs
    stays. Who holds `turn` compares; a second one ends at once, and says so.
    """

    def __init__(
        self,
        translator: Translator,
        lines: Sequence[str],
        to: str,
        source: str = AUTO,
        *,
        precisions: Iterable[str] = USUAL,
        model: str | None = None,
        options: Options | None = None,
        reference: Sequence[str] = (),
        turn: threading.Lock | None = None,
    ) -> None:
        """`lines` are blocks of text; `reference` has a translation of each or is empty; `model` is the loaded one
        if not given. Raises UserError for what cannot be compared.
        """
        self._translator, self._manager = translator, translator.manager
        self._precisions = [find_precision(name) for name in in_order(precisions)]
        if not self._precisions:
            raise UserError("no_precision")
        if not lines:
            raise UserError("empty")
        if reference and len(reference) != len(lines):
            raise UserError("reference_lines", given=f"{len(reference):,}", wanted=f"{len(lines):,}")
        standing = _standing(self._manager)
        self._model = find_model(model or (standing.model.origin if standing else DEFAULT))
        self._options = options or Options()
        spoken, target = translator.resolve([Block.of(line) for line in lines], to, source, self._model)
        beams = self._options.decoding_for(self._model).beams
        described = self._model.name, self._manager.device.name, spoken, target, beams, bleu_tokenizer(target)
        self.report = ComparisonReport(*described, tuple(lines), tuple(reference))
        self._turn = turn or threading.Lock()
        self._news: queue.SimpleQueue[ComparisonEvent] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._job: Job | None = None
        self._expected: tuple[str, str] | None = None  # the variant that is loaded unless somebody else swaps

    # -- from any thread -------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop after what cannot be interrupted, a load under way; the former variant comes back. Returns at once."""
        self._stop.set()
        if job := self._job:
            job.cancel()

    def events(self) -> Generator[ComparisonEvent]:
        """Run the comparison, once; the last event is Ended.

        The work is done in a thread of its own: it finishes by itself when this iterator is closed.
        """
        threading.Thread(target=self._work, name="hymt-compare", daemon=True).start()
        try:
            while not isinstance(event := self._news.get(), Ended):
                yield event
            yield event
        finally:
            self.cancel()

    # -- the comparison's thread -----------------------------------------------------------------------

    def _work(self) -> None:
        if self._turn.acquire(blocking=False):
            try:
                failure = self._run()
            finally:
                self._turn.release()
        else:
            failure = UserError("comparing")
        self._news.put(Ended(self.report, self._stop.is_set(), failure))

    def _run(self) -> UserError | None:
        """Measure every precision and restore; what went wrong, if anything did."""
        failure = former = None
        try:
            former = _standing(self._manager)
            self._expected = _key(former) if former else None
            _import_ahead(any(precision.bits for precision in self._precisions))
            for number, precision in enumerate(self._precisions):
                if self._stop.is_set():
                    break
                self._check_undisturbed()
                self._measure(number, precision)
        except Exception as error:
            failure = _explained(error)
        return self._restore(former) or failure

    def _measure(self, number: int, precision: Precision) -> None:
        try:
            load_seconds, weight_bytes = self._load(number, precision)
            row = self._translate(number, precision, load_seconds, weight_bytes)
        except TranslationError:
            raise  # the next precision would meet with the same
        except Exception as error:
            row = ComparisonRow(precision.name, error=_explained(error))
        if row is not None:
            self.report = replace(self.report, rows=(*self.report.rows, row))
            self._news.put(Measured(self.report, self._fraction(number + 1, 0.0)))

    def _load(self, number: int, precision: Precision) -> tuple[float | None, int]:
        """Swap; the seconds that loading took, None if there was nothing to load, and the weights' bytes."""
        reached: dict[str, float] = {}

        def follow(swap: SwapProgress) -> None:
            reached.setdefault(swap.stage, time.monotonic())
            self._news.put(Loading(precision.name, swap, self._fraction(number, LOADING * swap.fraction)))

        swapped = self._manager.swap(self._model.origin, precision.name, follow, order=_in_turn())
        self._expected = self._model.origin, precision.name
        return reached["ready"] - reached["loading"] if swapped.changed else None, swapped.weight_bytes

    def _translate(self, number: int, precision: Precision, load_seconds, weight_bytes) -> ComparisonRow | None:
        """The row of a loaded precision; None if it was stopped."""
        report = self.report
        blocks = [Block.of(line) for line in report.lines]
        job = self._translator.job(blocks, report.target, report.source, self._options)
        self._job = job
        if self._stop.is_set():
            return None
        with closing(job.events()) as events:
            for event in events:
                self._check_undisturbed()
                if isinstance(event, Progress):
                    done = LOADING + (1 - LOADING) * event.fraction
                    self._news.put(Translating(precision.name, event, self._fraction(number, done)))
        if isinstance(event, Failed):
            return ComparisonRow(
                precision.name, load_seconds=load_seconds, weight_bytes=weight_bytes, error=event.error
            )
        if not isinstance(event, Done):
            return None
        figures, translations = event.figures, tuple(job.translations)
        return ComparisonRow(
            precision.name,
            translations,
            load_seconds,
            weight_bytes,
            figures.peak_memory_bytes if self._manager.device.kind == "cuda" else None,
            figures.first_token_seconds,
            figures.seconds,
            figures.tokens,
            figures.truncated,
            self._score(translations, report.baseline.translations) if report.baseline else None,
            self._score(translations, report.reference) if report.reference else None,
        )

    def _score(self, translations: Sequence[str], others: Sequence[str]) -> Scores:
        return score(translations, others, self.report.target)

    def _fraction(self, number: int, done: float) -> float:
        return (number + done) / len(self._precisions)

    def _check_undisturbed(self) -> None:
        """Raises TranslationError if somebody else has loaded, or is loading, another variant."""
        if self._disturbed():
            raise TranslationError("displaced")

    def _disturbed(self) -> bool:
        if self._expected is None:
            return False
        try:
            loaded = self._manager.wait(0)
        except SwapFailed:
            return False  # nothing could be loaded: nobody's wish, and ours may do better
        return loaded is None or _key(loaded) != self._expected

    def _restore(self, former: Loaded | None) -> UserError | None:
        """Load the former variant again, unless somebody else has swapped meanwhile; what went wrong."""
        if former is None or self._disturbed():
            return None
        name = former.precision.name

        def follow(swap: SwapProgress) -> None:
            self._news.put(Loading(name, swap, swap.fraction, restoring=True))

        try:
            self._manager.swap(former.model.origin, name, follow, order=_in_turn())
        except Exception as error:
            return _explained(error)
        return None


def _import_ahead(quantised: bool) -> None:
    """Import what loading or computing imports: the first precision must not pay for it what the others do not."""
    import hymt.models.fused  # noqa: F401

    if quantised:
        with suppress(ImportError):  # its absence will be the row's reason
            import bitsandbytes  # noqa: F401


def _in_turn() -> SwapOrder:
    """Never two models in memory: the peak of each is its own."""
    return SwapOrder(side_by_side=False)


def _standing(manager: ModelManager) -> Loaded | None:
    """What is loaded, after a swap under way; None where nothing has been loaded yet."""
    return manager.current() if manager.loaded or manager.progress else None


def _key(loaded: Loaded) -> tuple[str, str]:
    return loaded.model.origin, loaded.precision.name


def _explained(error: Exception) -> UserError:
    """An error in words for a user; what has none goes to the log."""
    if not isinstance(error, UserError):
        log.error("A comparison failed.", exc_info=error)
    return as_user_error(error, "comparison_unexpected")
