"""A report as text: aligned columns for a terminal, Markdown for a file."""

from __future__ import annotations

from hymt.bench.report import BenchReport, BenchRow
from hymt.hardware.memory import GIB, show_bytes
from hymt.models.precision import PRECISIONS

LOADS = ("load", "start", "swap")  # the parts of the second table
CARD = "card"  # the part of the third
SPEED_COLUMNS = (
    "how",
    "precision",
    "at once",
    "decode tokens/s",
    "of the limit",
    "all tokens/s",
    "× recipe",
    "first token",
    "peak memory",
    "note",
)
CARD_COLUMNS = (
    "how",
    "precision",
    "chunk tokens",
    "slots × positions",
    "plan",
    "peak memory",
    "load",
    "text",
    "tokens/s",
    "one sequence",
    "note",
)
LOAD_COLUMNS = ("how", "to", "seconds", "to the first token", "peak memory", "note")
TEXT_COLUMNS = ("how", "precision", "to", "note")  # aligned on the left; numbers on the right


def text(report: BenchReport) -> str:
    """The whole report for a terminal."""
    tables = [_aligned(columns, cells) for columns, cells in _tables(report) if cells]
    return "\n\n".join(["\n".join(head(report)), *tables, "\n".join(legend(report))])


def markdown(report: BenchReport) -> str:
    """The whole report as Markdown."""
    tables = [_piped(columns, cells) for columns, cells in _tables(report) if cells]
    parts = [
        "\n".join(f"- {line}" for line in head(report)),
        *tables,
        "\n".join(f"- {line}" for line in legend(report)),
    ]
    return "\n\n".join(parts) + "\n"


def head(report: BenchReport) -> list[str]:
    """The machine, the versions, what was run, and the limits."""
    machine, model = report.machine, report.model
    weights = "random weights" if model["random_weights"] else "its own weights"
    processor = [] if machine["kind"] == "cpu" else [machine["processor"]]
    host = ", ".join([*processor, f"{machine['cores']} cores", machine["system"]])
    lines = [
        f"{machine['device']}, {show_bytes(machine['memory'])}; {host}",
        ", ".join(f"{name} {version}" for name, version in report.versions.items()),
        f"{model['name']}, {weights}, {_parameters(model['parameters'])} parameters; prompts of "
        f"{report.prompt_tokens} tokens, {report.new_tokens} new ones each; {report.date}",
    ]
    if report.copy_bandwidth:
        each = ", ".join(f"{number(rate)} tokens/s in {_label(name)}" for name, rate in report.limits.items())
        lines.append(f"copy bandwidth {report.copy_bandwidth / 1e12:.3g} TB/s: one sequence can make at most {each}")
    return lines


def _parameters(count: int) -> str:
    return f"{count / 1e9:.1f} billion" if count >= 1e9 else f"{count / 1e6:.3g} million"


def legend(report: BenchReport) -> list[str]:
    """What the columns mean."""
    memory = (
        "allocated and reserved by torch / used of the whole card"
        if report.machine["kind"] == "cuda"
        else "RAM of the process, with what Python and earlier measurements hold"
    )
    if any(row.part == CARD for row in report.rows):
        return [
            "plan and peak memory in GiB; plan: what is expected in all, the CUDA context included",
            f"peak memory: {memory}",
            "text: seconds for the whole of it; one sequence: its tokens/s while decoding, nothing beside it",
        ]
    return [
        "decode: from when every sequence has its first token; all: the prompts' time counted too",
        "of the limit: of a sequence's decode rate if only the reading of the weights took time",
        f"peak memory: {memory}",
    ]


def line(report: BenchReport, row: BenchRow) -> str:
    """A row in one line, for following a run."""
    cells = [cell for cell in _load_cells(row) if cell] if row.part in LOADS else None
    if cells is None:
        columns, shown = (
            (CARD_COLUMNS, _card_cells(row)) if row.part == CARD else (SPEED_COLUMNS, _speed_cells(report, row))
        )
        named = list(zip(columns, shown, strict=True))[3:]
        figures = [f"{name} {cell}" if name != "note" else cell for name, cell in named if cell]
        at_once = f"{row.sequences} at once" if row.sequences > 1 else ""
        cells = [cell for cell in (row.how, _label(row.precision), at_once) if cell] + figures
    return ", ".join(cells)


def _tables(report: BenchReport) -> list[tuple[tuple[str, ...], list[list[str]]]]:
    speeds = [_speed_cells(report, row) for row in report.rows if row.part not in (*LOADS, CARD)]
    loads = [_load_cells(row) for row in report.rows if row.part in LOADS]
    cards = [_card_cells(row) for row in report.rows if row.part == CARD]
    return [(SPEED_COLUMNS, speeds), (LOAD_COLUMNS, loads), (CARD_COLUMNS, cards)]


def _speed_cells(report: BenchReport, row: BenchRow) -> list[str]:
    share, times = report.of_limit(row), report.speed_up(row)
    first = row.timing.first_token if row.timing else None
    whole = f"{row.timing.seconds:.3g} s in all" if row.part == "long" and row.timing else ""
    return [
        row.how,
        _label(row.precision),
        str(row.sequences),
        number(row.decode_rate),
        f"{share:.0%}" if share is not None else "",
        number(row.rate),
        number(times),
        f"{first * 1000:.3g} ms" if first is not None else "",
        _memory(row.peak),
        _note(row) or whole,
    ]


def _load_cells(row: BenchRow) -> list[str]:
    seconds = [row.timing.seconds, row.timing.first_token] if row.timing else [None, None]
    shown = ["" if value is None else f"{value:.1f} s" for value in seconds]
    return [row.how, _label(row.precision), *shown, _memory(row.peak), _note(row)]


def _card_cells(row: BenchRow) -> list[str]:
    plan, timing = row.plan, row.timing
    return [
        row.how,
        _label(row.precision),
        str(plan["chunk_tokens"]),
        f"{plan['slots']} × {plan['max_len']}",
        f"{plan['estimated_bytes']['total'] / GIB:.2f}",
        _memory(row.peak),
        f"{timing.load:.1f} s" if timing else "",
        f"{timing.seconds:.1f} s" if timing else "",
        number(row.rate),
        number(row.decode_rate),
        _note(row),
    ]


def _note(row: BenchRow) -> str:
    return f"not measured: {row.error}" if row.error else row.timing.note if row.timing else ""


def _memory(peak: dict[str, int]) -> str:
    if "process_ram" in peak:
        return show_bytes(peak["process_ram"])
    return f"{' / '.join(f'{size / GIB:.1f}' for size in peak.values())} GiB" if peak else ""


def number(value: float | None) -> str:
    """Three digits where they mean something, all of a large number: 7.7, 201, 4,961."""
    if value is None:
        return ""
    return f"{value:.2g}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _label(precision: str) -> str:
    return PRECISIONS[precision].label


def _aligned(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    lines = [columns, ["-" * width for width in widths], *rows]
    shown = []
    for cells in lines:
        padded = (
            cell.ljust(width) if name in TEXT_COLUMNS else cell.rjust(width)
            for name, cell, width in zip(columns, cells, widths, strict=True)
        )
        shown.append("  ".join(padded).rstrip())
    return "\n".join(shown)


def _piped(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    rule = ["---" if name in TEXT_COLUMNS else "---:" for name in columns]
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *escaped))
