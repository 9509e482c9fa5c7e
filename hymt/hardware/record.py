"""A watch of the memory as files: a table for spreadsheets, and a chart."""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from hymt.hardware.marks import Mark, thinned
from hymt.hardware.memory import GIB, MemoryReading, figures

# Okabe and Ito's palette, which people of any colour vision tell apart
SHOWN = {
    "gpu_used": ("GPU memory used", "#D55E00"),
    "torch_reserved": ("reserved (torch)", "#56B4E9"),
    "torch_allocated": ("allocated (torch)", "#0072B2"),
    "process_ram": ("this process", "#009E73"),
    "system_ram_used": ("system RAM", "#999999"),
}
MIB = 2**20
PLACES = 40  # this many marks beside each other can be read


def write_csv(path: Path, history: Sequence[MemoryReading], marks: Sequence[Mark]) -> None:
    """One row a reading: UTC time, seconds since the first, every figure that there is in bytes, and its marks."""
    names = [field.name for field in fields(MemoryReading) if field.name not in ("time", "device")]
    names = [name for name in names if any(getattr(reading, name) is not None for reading in history)]
    grouped = _by_reading(history, marks)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["time", "seconds", *names, "marks"])
        for reading, group in zip(history, grouped, strict=True):
            moment = datetime.fromtimestamp(reading.time, UTC).isoformat(timespec="milliseconds")
            seconds = f"{reading.time - history[0].time:.3f}"
            table.writerow([moment, seconds, *(getattr(reading, name) for name in names), "; ".join(map(str, group))])


def _by_reading(history: Sequence[MemoryReading], marks: Sequence[Mark]) -> list[list[Mark]]:
    """For each reading what was marked since the one before it."""
    grouped: list[list[Mark]] = [[] for _ in history]
    times = [reading.time for reading in history]
    for mark in marks:
        grouped[min(bisect_left(times, mark.time), len(grouped) - 1)].append(mark)
    return grouped


def draw(path: Path, history: Sequence[MemoryReading], marks: Sequence[Mark]) -> None:
    """Write a PNG. Raises ImportError without matplotlib, ValueError without a reading."""
    if not history:
        raise ValueError("There is no reading to draw: start the monitor first.")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    _draw_figures(axis, history)
    _draw_marks(axis, history, marks)
    axis.set_title(history[-1].device, fontsize=11, loc="left", parse_math=False)
    figure.legend(loc="outside lower center", ncols=len(SHOWN), fontsize=9, frameon=False)
    figure.savefig(path, dpi=150, format="png")


def _draw_figures(axis, history: Sequence[MemoryReading]) -> None:
    values = figures(history)
    scale, unit = _span(history)
    seconds = [(reading.time - history[0].time) / scale for reading in history]
    most = max(max(counts) for counts in values.values())
    size, of_size = (GIB, "GiB") if most >= GIB else (MIB, "MiB")
    dot = "o" if len(history) == 1 else None
    for name, (label, colour) in SHOWN.items():
        if name in values:
            axis.plot(seconds, [count / size for count in values[name]], color=colour, label=label, marker=dot)
    axis.set_ylim(0, 1.25 * most / size)  # room for the marks' labels
    axis.set_xlabel(unit, fontsize=9)
    axis.set_ylabel(of_size, fontsize=9)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=9)
    axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)


def _draw_marks(axis, history: Sequence[MemoryReading], marks: Sequence[Mark]) -> None:
    scale, _ = _span(history)
    gap = (history[-1].time - history[0].time) / PLACES
    top, labelled = axis.get_xaxis_transform(), float("-inf")
    style = {"rotation": 90, "va": "top", "ha": "right", "fontsize": 7, "color": "#444444", "parse_math": False}
    for mark in thinned(marks, gap):
        place = (mark.time - history[0].time) / scale
        axis.axvline(place, color="#444444", linewidth=0.7, linestyle=":" if mark.kind == "job" else "-")
        if mark.kind != "job" or mark.time - labelled >= gap:  # over another's label neither could be read
            axis.text(place, 0.99, f"{mark} ", transform=top, **style)
            labelled = mark.time


def _span(history: Sequence[MemoryReading]) -> tuple[int, str]:
    """Seconds of the unit that suits the length of a watch, and its name."""
    return (60, "minutes") if history[-1].time - history[0].time > 600 else (1, "seconds")
