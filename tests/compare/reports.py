"""A report as a comparison would make it, with something of everything."""

from __future__ import annotations

from hymt.compare.report import ComparisonReport, ComparisonRow, Scores
from hymt.errors import UserError

MIB = 2**20


def report(**more) -> ComparisonReport:
    fp32 = ComparisonRow(
        "fp32", ("A < B", "Same."), 1.25, 112 * MIB, 900 * MIB, 0.19, 2.0, 400, 0, None, Scores(33.5, 30, 0.5)
    )
    against = Scores(90.25, 80.5, 0.5)
    int8 = ComparisonRow(
        "int8", ("A > B", "Same."), None, 51 * MIB, 950 * MIB, 0.1, 1.0, 400, 2, against, Scores(33, 31, 0)
    )
    nf4 = ComparisonRow("nf4", error=UserError("files_incomplete", model="<that>"))
    fields = {"reference": ("A & B", "The same."), "rows": (fp32, int8, nf4)} | more
    return ComparisonReport("hymt-mini", "A <processor>", "zh", "en", 4, "13a", ("甲<乙", "一样。"), **fields)
