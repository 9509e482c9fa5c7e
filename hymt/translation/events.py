"""What a job yields: progress, and at last done, stopped or failed, each with its figures.

`text` and its `parts` are filled where a text is translated; a document's reader looks at the job's blocks instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from hymt.errors import Listing, Sentence, UserError
from hymt.translation.parts import Part


class TranslationError(UserError):
    """A request that cannot be translated; its sentence tells the user what to do."""


def check_not_empty(text: str) -> None:
    """Raises TranslationError for a text of nothing but space."""
    if not text.strip():
        raise TranslationError("empty")


TOLD = 20  # lines


@dataclass(frozen=True)
class Missing:
    """A term that a translation lacks, and the line of its source."""

    line: int
    term: str
    wanted: str


@dataclass(frozen=True)
class Coverage:
    """How many of a glossary's terms a source has, and which of them its translation lacks."""

    found: int = 0
    missing: tuple[Missing, ...] = ()

    @property
    def held(self) -> int:
        return self.found - len(self.missing)

    def sentence(self) -> Sentence:
        """What is said of it."""
        numbers = {"held": self.held, "found": self.found}
        if not self.missing:
            return Sentence("terms_held", numbers)
        places = [Sentence("term_place", asdict(one)) for one in self.missing[:TOLD]]
        more = ["…"] if len(self.missing) > TOLD else []
        return Sentence("terms_missing", numbers | {"places": Listing([*places, *more])})


@dataclass(frozen=True)
class Figures:
    """What a job took. `steps` is 2 when it went through English, `truncated` counts chunks whose answer met
    its length limit, `reused` answers that were there already, in the job or its journal, and are not among `tokens`;
    `peak_memory_bytes` is the most that the model's memory held meanwhile, `first_token_seconds` None while there is no
    token. `lost_numbers` are the lines (from 1) whose translation lacks a number; `terms` is what became of the
    glossary's terms in what is done, if there is one."""

    source: str
    target: str
    model: str
    precision: str
    seconds: float
    tokens: int
    chunks: int
    truncated: int = 0
    reused: int = 0
    steps: int = 1
    peak_memory_bytes: int = 0
    first_token_seconds: float | None = None
    terms: Coverage | None = None
    lost_numbers: tuple[int, ...] = ()

    @property
    def lines_said(self) -> str:
        """The first of `lost_numbers`, as they are told."""
        more = len(self.lost_numbers) > TOLD
        return ", ".join(map(str, self.lost_numbers[:TOLD])) + (" …" if more else "")

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds > 0 else 0.0

    def as_dict(self) -> dict:
        shown = asdict(self) | {"tokens_per_second": round(self.tokens_per_second, 1)}
        if self.terms is None:
            del shown["terms"]
        else:
            shown["terms"]["held"] = self.terms.held
        return shown


@dataclass(frozen=True)
class Progress:
    """`fraction` of the characters is translated; `waiting` while a model is being loaded."""

    figures: Figures
    text: str = ""
    parts: Sequence[Part] = ()
    fraction: float = 0.0
    remaining_seconds: float | None = None
    waiting: bool = False


@dataclass(frozen=True)
class Done:
    figures: Figures
    text: str = ""
    parts: Sequence[Part] = ()


@dataclass(frozen=True)
class Stopped:
    """Stopped by its user; `text` is what was done, the rest in the source language, `parts` end with what was done."""

    figures: Figures
    text: str = ""
    parts: Sequence[Part] = ()


@dataclass(frozen=True)
class Failed:
    """Ended by an error; `text` is what was done, the rest in the source language, `parts` end with what was done."""

    figures: Figures
    error: UserError
    text: str = ""
    parts: Sequence[Part] = ()


Event = Progress | Done | Stopped | Failed
