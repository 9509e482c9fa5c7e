"""What a comparison found: a row a precision, the texts, and what they were measured against. Plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from hymt.errors import UserError


@dataclass(frozen=True)
class Scores:
    """Translations against others of the same lines: corpus chrF2 and BLEU (0 to 100), and the share (0 to 1) of
    lines that are the same to the character."""

    chrf: float
    bleu: float
    identical: float


@dataclass(frozen=True)
class ComparisonRow:
    """A precision, or the reason why there is nothing of it.

    `load_seconds` are from the first weight that is read to the first word translated, downloads and waiting for
    others' texts left out; None if it was loaded already. `first_token_seconds` and `seconds` are from the start of
    the texts. `peak_bytes`: of torch's tensors on all GPUs since the load; None on a CPU, where a
    process's RAM tells as much of what was loaded before.
    `truncated` counts chunks that met their length limit.
    """

    precision: str
    translations: tuple[str, ...] = ()
    load_seconds: float | None = None
    weight_bytes: int | None = None
    peak_bytes: int | None = None
    first_token_seconds: float | None = None
    seconds: float | None = None
    tokens: int = 0
    truncated: int = 0
    against_baseline: Scores | None = None
    against_reference: Scores | None = None
    error: UserError | None = None

    @property
    def tokens_per_second(self) -> float | None:
        """New tokens, the prompts' time counted too."""
        return self.tokens / self.seconds if self.tokens and self.seconds else None

    def as_dict(self) -> dict:
        """All fields, the error as its sentence, with the tokens/s beside."""
        said = {"error": str(self.error or ""), "tokens_per_second": self.tokens_per_second}
        return asdict(replace(self, error=None)) | said


@dataclass(frozen=True)
class ComparisonReport:
    """A comparison so far. `bleu_tokenizer` is sacrebleu's name of what cut the translations into words for BLEU."""

    model: str
    device: str
    source: str
    target: str
    beams: int
    bleu_tokenizer: str
    lines: tuple[str, ...]
    reference: tuple[str, ...] = ()
    rows: tuple[ComparisonRow, ...] = ()

    @property
    def baseline(self) -> ComparisonRow | None:
        """What the others are scored against: the first that could be measured. FP32, if asked for, goes first."""
        return next((row for row in self.rows if not row.error), None)

    def as_dict(self) -> dict:
        """All fields."""
        rows = [row.as_dict() for row in self.rows]
        return asdict(replace(self, rows=())) | {
            "baseline": self.baseline.precision if self.baseline else None,
            "rows": rows,
        }
