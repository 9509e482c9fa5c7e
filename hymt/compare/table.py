"""A comparison as text: what each column shows, and a table for a terminal."""

from __future__ import annotations

from hymt.compare.report import ComparisonReport, ComparisonRow
from hymt.hardware.memory import show_bytes
from hymt.models.precision import PRECISIONS
from hymt.text.languages import LANGUAGES

HEADS = {
    "precision": "precision",
    "load": "load",
    "weights": "weights",
    "peak": "peak memory",
    "first_token": "first token",
    "speed": "tokens/s",
    "chrf": "chrF",
    "bleu": "BLEU",
    "identical": "identical",
    "reference_chrf": "chrF (reference)",
    "reference_bleu": "BLEU (reference)",
    "note": "note",
}
TEXT_COLUMNS = ("precision", "note")  # aligned on the left; numbers on the right


def columns(report: ComparisonReport) -> list[str]:
    """The columns that a report fills, keys of HEADS: those of the reference only if there is one."""
    left_out = set() if report.reference else {"reference_chrf", "reference_bleu"}
    left_out |= set() if _has_peak(report) else {"peak"}
    left_out |= set() if any(note(row) for row in report.rows) else {"note"}
    return [name for name in HEADS if name not in left_out]


def _has_peak(report: ComparisonReport) -> bool:
    return any(row.peak_bytes for row in report.rows)


def cells(row: ComparisonRow) -> dict[str, str]:
    """A row's figures as they are shown, by column; the note aside. What there is nothing of is empty."""
    scores, against_reference = row.against_baseline, row.against_reference
    return {
        "precision": label(row.precision),
        "load": _shown(row.load_seconds, "{:.1f} s"),
        "weights": show_bytes(row.weight_bytes) if row.weight_bytes else "",
        "peak": show_bytes(row.peak_bytes) if row.peak_bytes else "",
        "first_token": _shown(row.first_token_seconds, "{:,.0f} ms", 1000),
        "speed": _shown(row.tokens_per_second, "{:,.0f}"),
        "chrf": _shown(scores.chrf if scores else None, "{:.1f}"),
        "bleu": _shown(scores.bleu if scores else None, "{:.1f}"),
        "identical": _shown(scores.identical if scores else None, "{:.0%}"),
        "reference_chrf": _shown(against_reference.chrf if against_reference else None, "{:.1f}"),
        "reference_bleu": _shown(against_reference.bleu if against_reference else None, "{:.1f}"),
    }


def note(row: ComparisonRow) -> str:
    if row.error:
        return f"not measured: {row.error}"
    said = ["was loaded already"] if row.load_seconds is None else []
    if row.truncated:
        said.append(f"{row.truncated} {'chunk' if row.truncated == 1 else 'chunks'} met their length limit")
    return "; ".join(said)


def label(precision: str) -> str:
    return PRECISIONS[precision].label


def text(report: ComparisonReport) -> str:
    """The whole report for a terminal, without the translations."""
    shown = columns(report)
    rows = [cells(row) | {"note": note(row)} for row in report.rows]
    table = _aligned(shown, [[row[name] for name in shown] for row in rows])
    return "\n\n".join([head(report), table, "\n".join(legend(report))])


def head(report: ComparisonReport) -> str:
    languages = f"{LANGUAGES[report.source].name} → {LANGUAGES[report.target].name}"
    how = "greedy" if report.beams == 1 else f"{report.beams} beams"
    return f"{report.model} on {report.device}; {languages}, {len(report.lines):,} lines, {how}"


def legend(report: ComparisonReport) -> list[str]:
    """What the columns mean."""
    lines = [
        "load: from the first weight read to the first word; a download and waiting for running texts left out",
        "first token: with beams, the first that they agree on; tokens/s: the prompts' time counted too",
    ]
    if _has_peak(report):
        lines.insert(1, "peak memory: torch's since the load")
    against = []
    if report.baseline:
        against.append(f"{label(report.baseline.precision)}'s output")
    if report.reference:
        against.append("the reference, where it says so")
    if against:
        words = {"13a": "words (13a)", "zh": "Chinese characters (zh)", "char": "characters (char)"}
        cut = words[report.bleu_tokenizer]
        lines.append(f"chrF2 and BLEU: of sacrebleu, against {', and '.join(against)}; BLEU by {cut}")
    if report.baseline:
        lines.append(f"identical: lines that are {label(report.baseline.precision)}'s to the character")
    return lines


def _shown(value: float | None, form: str, unit: float = 1) -> str:
    return "" if value is None else form.format(value * unit)


def _aligned(names: list[str], rows: list[list[str]]) -> str:
    heads = [HEADS[name] for name in names]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = []
    for line in (heads, ["-" * width for width in widths], *rows):
        padded = (
            cell.ljust(width) if name in TEXT_COLUMNS else cell.rjust(width)
            for name, cell, width in zip(names, line, widths, strict=True)
        )
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)
