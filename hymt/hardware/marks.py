"""What happened to a memory while it was watched, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

KINDS = ("load", "swap", "job")


@dataclass(frozen=True)
class Mark:
    """What was finished at a time: a first model was loaded, another was swapped in, a job ended.

    `label` names the variant, or the languages of a job of `chunks` chunks; never a text or a file, since all who
    have the page open see it. Jobs that end close together are one mark of `count` jobs, its label "" if theirs differ.
    """

    time: float
    kind: str
    label: str
    chunks: int = 0
    count: int = 1

    def joined(self, other: Mark) -> Mark:
        """Both as one mark, at the time of this one."""
        label = self.label if self.label == other.label else ""
        return replace(self, label=label, chunks=self.chunks + other.chunks, count=self.count + other.count)

    def __str__(self) -> str:
        what = self.kind if self.count == 1 else f"{self.count} {self.kind}s"
        chunks = "" if not self.chunks else "1 chunk" if self.chunks == 1 else f"{self.chunks} chunks"
        details = ", ".join(part for part in (self.label, chunks) if part)
        return f"{what}: {details}" if details else what


def thinned(marks: Sequence[Mark], seconds: float) -> list[Mark]:
    """The marks with jobs that ended within `seconds` joined: for drawing, where they would cover everything."""
    drawn: list[Mark] = []
    for mark in marks:
        if drawn and mark.kind == drawn[-1].kind == "job" and mark.time - drawn[-1].time < seconds:
            drawn[-1] = drawn[-1].joined(mark)
        else:
            drawn.append(mark)
    return drawn
