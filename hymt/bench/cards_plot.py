"""Cards of several sizes as a picture: what the plan expects by part, what was measured, and the limit."""

from __future__ import annotations

from pathlib import Path

from hymt.bench.report import BenchReport, BenchRow
from hymt.bench.table import number
from hymt.hardware.memory import GIB
from hymt.models.precision import PRECISIONS

# Okabe and Ito's palette, which people of any colour vision tell apart
PARTS = {
    "weights": ("weights", "#0072B2"),
    "kv_cache": ("KV cache", "#56B4E9"),
    "workspace": ("workspace", "#009E73"),
    "cuda_graphs": ("CUDA graphs", "#F0E442"),
    "cuda_context": ("CUDA context", "#999999"),
}
MEASURED, LIMIT = "#000000", "#D55E00"


def draw(report: BenchReport, path: Path) -> None:
    """Write a PNG of the rows that were measured. Raises ImportError without matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [row for row in report.rows if row.part == "card" and row.timing]
    figure = Figure(figsize=(10, 1.9 + 0.42 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    for place, row in enumerate(rows):
        _draw_card(axis, place, row)
    axis.set_yticks(range(len(rows)), [f"{row.how}, {PRECISIONS[row.precision].label}" for row in rows])
    axis.invert_yaxis()
    axis.set_xlim(0, 1.02 * max(_widest(row) for row in rows))
    axis.set_xlabel("GiB", fontsize=9)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(axis="y", length=0)
    axis.tick_params(labelsize=9)
    axis.grid(axis="x", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    _write(axis, -0.75, "tokens/s", weight="bold")
    figure.legend(handles=_keys(), loc="outside lower left", ncols=7, fontsize=9, frameon=False)
    figure.suptitle(
        f"{report.machine['device']}: {report.model['name']}, what the plan expects and what was measured",
        fontsize=11,
        x=0.01,
        ha="left",
    )
    figure.savefig(path, dpi=150)


def _draw_card(axis, place: int, row: BenchRow) -> None:
    begin, parts = 0.0, row.plan["estimated_bytes"]
    in_ram = "RAM" in row.plan["reason"]
    for name, (_, colour) in PARTS.items():
        size = parts[name] / GIB
        axis.barh(place, size, left=begin, height=0.6, color=colour, alpha=0.35 if in_ram else 1)
        begin += size
    if "card_used" in row.peak:
        _mark(axis, row.peak["card_used"] / GIB, place, MEASURED)
    if limit := row.plan["memory_limit"]:
        _mark(axis, limit / GIB, place, LIMIT)
    _write(axis, place, number(row.rate))


def _mark(axis, gib: float, place: int, colour: str) -> None:
    axis.plot([gib, gib], [place - 0.4, place + 0.4], color=colour, linewidth=2.5, solid_capstyle="butt")


def _write(axis, place: float, words: str, **style) -> None:
    axis.text(1.08, place, words, transform=axis.get_yaxis_transform(), va="center", ha="right", fontsize=9, **style)


def _widest(row: BenchRow) -> float:
    sizes = (row.plan["estimated_bytes"]["total"], row.peak.get("card_used", 0), row.plan["memory_limit"] or 0)
    return max(sizes) / GIB


def _keys() -> list:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    parts = [Patch(color=colour, label=name) for name, colour in PARTS.values()]
    marks = (("peak of the card (NVML)", MEASURED), ("limit", LIMIT))
    return parts + [Line2D([], [], color=colour, linewidth=2.5, label=name) for name, colour in marks]
