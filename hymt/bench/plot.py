"""The report as a picture: tokens/s of every way as bars, the limits as marks, a long text's time below."""

from __future__ import annotations

from math import floor, log10
from pathlib import Path

from hymt.bench.report import BenchReport, BenchRow
from hymt.bench.table import number
from hymt.models.precision import PRECISIONS

# Okabe and Ito's palette, which people of any colour vision tell apart
BASELINES = {"recipe": "#999999", "generate": "#E69F00", "continuous": "#56B4E9"}
OWN = {"fp32": "#000000", "bf16": "#F0E442", "fp16": "#0072B2", "int8": "#009E73", "nf4": "#CC79A7"}
LIMIT = "#D55E00"
SHORT = {
    "recipe": "common recipe, 4 beams",
    "generate": "generate",
    "continuous": "continuous batching",
    "hymt": "hymt",
    "beams": "hymt, 4 beams",
}


def draw(report: BenchReport, path: Path) -> bool:
    """Write a PNG; False if there is nothing to draw. Raises ImportError without matplotlib."""
    if any(row.part == "card" and row.timing for row in report.rows):
        from hymt.bench.cards_plot import draw as draw_cards

        draw_cards(report, path)
        return True
    speeds = sorted((row for row in report.rows if row.part in SHORT and row.decode_rate), key=_order)
    if not speeds:
        return False
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    places = _places(speeds)
    texts = long_texts(report)
    heights = [places[-1] + 2, len(texts) + 1.5] if texts else [places[-1] + 2]
    figure = Figure(figsize=(10, 1 + 0.28 * sum(heights)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    figure.suptitle(_title(report), fontsize=11, x=0.01, ha="left")
    _draw_speeds(axes[0], report, speeds, places)
    if texts:
        _draw_texts(axes[1], report, texts)
    figure.savefig(path, dpi=150)
    return True


def long_texts(report: BenchReport) -> list[tuple[str, str, float]]:
    """Label, colour and seconds of the long text by each way; the common recipe's from its time a chunk."""
    measured = [(row, row.timing) for row in report.rows if row.part == "long" and row.timing]
    recipe = next(((row, row.rate) for row in report.rows if row.part == "recipe" and row.rate), None)
    if not measured:
        return []
    texts = [(f"hymt, {_label(row)}", OWN[row.precision], timing.seconds) for row, timing in measured]
    if recipe is None:
        return texts
    (row, rate), (_, first) = recipe, measured[0]
    return [(f"common recipe, {_label(row)}", BASELINES["recipe"], first.tokens / rate), *texts]


def _order(row: BenchRow) -> tuple[int, int, int]:
    """Groups of as many sequences; in each the ways, and of each way the precisions."""
    return row.sequences, list(SHORT).index(row.part), list(PRECISIONS).index(row.precision)


def _places(rows: list[BenchRow]) -> list[float]:
    """Where the bars stand from the top, with a line free above every group for its name."""
    places: list[float] = []
    place = 0.0
    for before, row in zip([None, *rows], rows, strict=False):
        place += 1.0 if before and before.sequences == row.sequences else 2.0 if before is None else 2.2
        places.append(place)
    return places


def _draw_speeds(axis, report: BenchReport, rows: list[BenchRow], places: list[float]) -> None:
    rates = [rate for row in rows if (rate := row.decode_rate)]
    limits = [report.limits[row.precision] for row in rows if report.of_limit(row)]
    axis.barh(places, rates, color=[_colour(row) for row in rows], height=0.8)
    axis.set_yticks(places, [f"{SHORT[row.part]}, {_label(row)}" for row in rows])
    axis.set_xscale("log")
    axis.set_xlim(10 ** floor(log10(min(rates) / 1.5)), max(rates + limits) * 1.2)
    axis.set_ylim(0.5, places[-1] + 0.7)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
    for before, place, row in zip([None, *rows], places, rows, strict=False):
        if before is None or before.sequences != row.sequences:
            named = "1 sequence" if row.sequences == 1 else f"{row.sequences} sequences at once"
            _write(axis, 0.004, place - 1, named, "left", weight="bold")
        _write(axis, 1.08, place, number(row.decode_rate))
        if share := report.of_limit(row):
            limit = report.limits[row.precision]
            axis.plot([limit, limit], [place - 0.5, place + 0.5], color=LIMIT, linewidth=2.5, solid_capstyle="butt")
            _write(axis, 1.17, place, f"{share:.0%}", color=LIMIT)
    _write(axis, 1.08, places[0] - 1, "tokens/s", weight="bold")
    if limits:
        _write(axis, 1.17, places[0] - 1, "of limit", weight="bold", color=LIMIT)
    remark = "; orange mark: the limit, reading all weights once a token" if limits else ""
    axis.set_title(f"Tokens per second while decoding{remark}", fontsize=10, loc="left")
    _tidy(axis)


def _draw_texts(axis, report: BenchReport, texts: list[tuple[str, str, float]]) -> None:
    places = range(1, len(texts) + 1)
    axis.barh(places, [seconds for _, _, seconds in texts], color=[colour for _, colour, _ in texts], height=0.8)
    axis.set_yticks(places, [label for label, _, _ in texts])
    axis.set_ylim(0.4, len(texts) + 0.6)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    for place, (_, _, seconds) in zip(places, texts, strict=True):
        _write(axis, 1.08, place, f"{seconds:,.0f} s" if seconds >= 100 else f"{seconds:.3g} s")
    chunks = next(row.timing.tokens for row in report.rows if row.part == "long" and row.timing) // report.new_tokens
    remark = f" (the recipe's: its time for one, times {chunks})" if len(texts) > 1 else ""
    axis.set_title(f"Seconds for a text of {chunks} chunks{remark}", fontsize=10, loc="left")
    _tidy(axis)


def _write(axis, x: float, place: float, words: str, align: str = "right", **style) -> None:
    """A word beside or above the bars: x in widths of the axis, so that figures stand in columns."""
    transform = axis.get_yaxis_transform()
    axis.text(x, place, words, transform=transform, va="center", ha=align, fontsize=9, **style)


def _tidy(axis) -> None:
    axis.invert_yaxis()
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(axis="y", length=0)
    axis.tick_params(labelsize=9)
    axis.grid(axis="x", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)


def _colour(row: BenchRow) -> str:
    return BASELINES.get(row.part) or OWN[row.precision]


def _label(row: BenchRow) -> str:
    return PRECISIONS[row.precision].label


def _title(report: BenchReport) -> str:
    model, versions = report.model, report.versions
    weights = ", random weights" if model["random_weights"] else ""
    shown = ", ".join(f"{name} {versions[name]}" for name in ("hymt", "torch", "transformers") if name in versions)
    return (
        f"{report.machine['device']}: {model['name']}{weights}, prompts of {report.prompt_tokens} tokens, "
        f"{report.new_tokens} new ones each\n{shown}"
    )
