"""What a run found: rows, the limits, the machine, and the ratios between them. Plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypedDict

from hymt.documents.whole import write_whole
from hymt.errors import UserError


class Machine(TypedDict):
    """The device and its memory in bytes, the processor and the cores that this process may use."""

    device: str
    kind: str
    memory: int
    processor: str
    cores: int | None
    system: str


class BenchedModel(TypedDict):
    """`weight_bytes` are by precision."""

    name: str
    random_weights: bool
    parameters: int
    weight_bytes: dict[str, int]


@dataclass(frozen=True)
class Timing:
    """One measurement: `tokens` new ones in `seconds`, prompts included.

    `decode_rate` is tokens/s once every sequence has its first token; `first_token` the seconds to it; `load` those
    that loading took before.
    """

    seconds: float
    tokens: int = 0
    decode_rate: float | None = None
    first_token: float | None = None
    note: str = ""
    load: float | None = None


@dataclass(frozen=True)
class BenchRow:
    """A measurement with its name, or the reason why there is none. `peak` are bytes by who counts them.

    `plan` is what was planned, where that is measured: `Plan.as_dict` and the `memory_limit` in bytes, None for none.
    """

    part: str
    how: str
    precision: str
    sequences: int
    timing: Timing | None = None
    peak: dict[str, int] = field(default_factory=dict)
    error: str = ""
    plan: dict = field(default_factory=dict)

    @property
    def rate(self) -> float | None:
        """New tokens/s of the whole measurement, prompts included; None if it made none."""
        if self.timing is None or not self.timing.tokens:
            return None
        return self.timing.tokens / self.timing.seconds

    @property
    def decode_rate(self) -> float | None:
        return self.timing.decode_rate if self.timing else None


@dataclass
class BenchReport:
    """A run so far. `limits` are tokens/s of one sequence by precision, of the copy bandwidth in bytes/s."""

    date: str
    machine: Machine
    versions: dict[str, str]
    model: BenchedModel
    prompt_tokens: int
    new_tokens: int
    copy_bandwidth: float | None = None
    limits: dict[str, float] = field(default_factory=dict)
    rows: list[BenchRow] = field(default_factory=list)

    def of_limit(self, row: BenchRow) -> float | None:
        """The decode rate of one sequence as a share of the limit of the same run."""
        limit = self.limits.get(row.precision)
        if row.sequences != 1 or not limit or row.decode_rate is None:
            return None
        return row.decode_rate / limit

    def speed_up(self, row: BenchRow) -> float | None:
        """How many times the common recipe's tokens/s, prompts included; None if it was not measured."""
        recipe = next((other.rate for other in self.rows if other.part == "recipe"), None)
        return row.rate / recipe if row.rate and recipe else None

    def as_dict(self) -> dict:
        """All fields, each row with its ratios beside."""
        rows = []
        for row in self.rows:
            derived = {"rate": row.rate, "of_limit": self.of_limit(row), "speed_up": self.speed_up(row)}
            rows.append(asdict(row) | derived)
        return asdict(self) | {"rows": rows}

    def write(self, folder: Path) -> None:
        """Write bench.json; a run that is killed meanwhile leaves the former one whole."""
        write_whole(folder / "bench.json", json.dumps(self.as_dict(), indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, folder: Path) -> BenchReport:
        """The report that `write` left. Raises OSError, or UserError if it is none."""
        try:
            saved = json.loads((folder / "bench.json").read_text(encoding="utf-8"))
            return cls(**saved | {"rows": [_row(row) for row in saved["rows"]]})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError("not_a_report", name=folder.resolve().name) from error


def _row(saved: dict) -> BenchRow:
    kept = {name: saved[name] for name in BenchRow.__dataclass_fields__}
    return BenchRow(**kept | {"timing": Timing(**saved["timing"]) if saved["timing"] else None})
