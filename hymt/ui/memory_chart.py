"""The memory panel's chart: lines of the last minutes with their marks, drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hymt.hardware.marks import Mark, thinned
from hymt.hardware.memory import MemoryReading, figures, show_bytes
from hymt.ui.fragments import amount, duration
from hymt.ui.words import say

WIDTH, HEIGHT = 600, 100
COLOURS = ("var(--color-accent)", "#0d9488", "#f59e0b")
PLACES = 40  # the marks of jobs that would stand closer than a 40th of the width are drawn as one
CAPTIONED = 2  # this many of the latest jobs, and of the latest models, are told in words


def draw(locale: str, history: Sequence[MemoryReading], marks: Sequence[Mark]) -> str:
    """Lines over time, from zero: the driver's and torch's view of the GPU, or this process's RAM; and the marks."""
    if not history:
        return ""
    series = {say(locale, name): values for name, values in _series(history).items()}
    top = _top(series)
    times = [reading.time for reading in history]
    drawn = thinned(marks, _span(times) / PLACES)
    lines = "".join(_line(times, values, top, colour) for values, colour in zip(series.values(), COLOURS, strict=False))
    lines += "".join(_mark(locale, times, mark) for mark in drawn)
    keys = "".join(
        f'<span><span class="key" style="background:{colour}"></span>{escape(name)}: {show_bytes(values[-1])}</span>'
        for (name, values), colour in zip(series.items(), COLOURS, strict=False)
    )
    minutes = max(1, round((times[-1] - times[0]) / 60))
    title = escape(say(locale, "last_minutes", minutes=minutes))
    drawing = _svg(f'role="img" aria-label="{title}"', lines)
    axis = escape(say(locale, "axis", top=show_bytes(top)))
    return (
        f'<div class="hymt-chart">{drawing}<div class="legend"><span>{title}</span>'
        f"{keys}<span>{axis}</span></div>{_captions(locale, times[-1], drawn)}</div>"
    )


def sparkline(history: Sequence[MemoryReading]) -> str:
    """The chart's first line alone, small and without words."""
    name, values = next(iter(_series(history).items()))
    line = _line([reading.time for reading in history], values, _top({name: values}), COLOURS[0])
    return _svg('aria-hidden="true"', line)


def _svg(role: str, inner: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" {role}>{inner}</svg>'


def _series(history: Sequence[MemoryReading]) -> dict[str, list[int]]:
    known = figures(history)
    names = ("gpu_used", "torch_allocated") if history[-1].gpu_total else ("process_ram",)
    return {name: known[name] for name in names}


def _top(series: dict[str, list[int]]) -> float:
    """The bytes at the chart's upper edge."""
    return 1.15 * max(max(values) for values in series.values()) or 1


def _span(times: Sequence[float]) -> float:
    return (times[-1] - times[0]) or 1


def _line(times: Sequence[float], values: Sequence[int], top: float, colour: str) -> str:
    points = [
        (WIDTH * (moment - times[0]) / _span(times), HEIGHT * (1 - value / top))
        for moment, value in zip(times, values, strict=True)
    ]
    if len(points) == 1:
        points.append((WIDTH, points[0][1]))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"0,{HEIGHT} {path} {WIDTH},{HEIGHT}"
    return (
        f'<polygon points="{area}" fill="{colour}" opacity="0.12"/>'
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" vector-effect="non-scaling-stroke"/>'
    )


def _mark(locale: str, times: Sequence[float], mark: Mark) -> str:
    """A thin line from top to bottom; one of a mark after the last reading stands at the right edge."""
    x = WIDTH * min(1, (mark.time - times[0]) / _span(times))
    kind = "job" if mark.kind == "job" else "swap"
    title = f"{escape(_what(locale, mark))}, {escape(_when(locale, times[-1], mark))}"
    return f'<path class="{kind}" d="M{x:.1f} 0V{HEIGHT}"><title>{title}</title></path>'


def _captions(locale: str, now: float, marks: Sequence[Mark]) -> str:
    """The latest marks in words, the newest first; the jobs do not drive out the models."""
    jobs, models = ([mark for mark in marks if (mark.kind == "job") is of_job] for of_job in (True, False))
    latest = sorted(jobs[-CAPTIONED:] + models[-CAPTIONED:], key=lambda mark: mark.time, reverse=True)
    spans = "".join(
        f'<span><span class="tick {"job" if mark.kind == "job" else "swap"}"></span>{escape(_what(locale, mark))}, '
        f"{escape(_when(locale, now, mark))}</span>"
        for mark in latest
    )
    return f'<div class="legend marks">{spans}</div>'


def _what(locale: str, mark: Mark) -> str:
    if mark.kind != "job":
        return say(locale, "mark_load" if mark.kind == "load" else "mark_swap", variant=mark.label)
    parts = amount(locale, "job", mark.count), mark.label, amount(locale, "chunk", mark.chunks)
    return " · ".join(part for part in parts if part)


def _when(locale: str, now: float, mark: Mark) -> str:
    return say(locale, "ago", time=duration(max(0, now - mark.time)))
