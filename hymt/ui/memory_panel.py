"""The memory panel: figures, and a chart of the last minutes, drawn on the server from the monitor's readings."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hymt.hardware.memory import MemoryReading, show_bytes
from hymt.models.manager import SwapProgress
from hymt.models.precision import PRECISIONS
from hymt.ui.services import Services
from hymt.ui.words import say

WIDTH, HEIGHT = 600, 100
COLOURS = ("var(--color-accent)", "#0d9488", "#f59e0b")


def render(ui: str, services: Services) -> str:
    """The whole panel."""
    history = services.monitor.history()
    reading = history[-1] if history else services.monitor.latest()
    return _device(ui, services, reading) + _cells(ui, services, reading) + _chart(ui, history)


def swap_line(ui: str, progress: SwapProgress) -> str:
    model, precision = progress.variant
    return f"{model} {PRECISIONS[precision].label}: {say(ui, progress.stage)} … {progress.fraction:.0%}"


def _device(ui: str, services: Services, reading: MemoryReading) -> str:
    loaded, progress = services.manager.loaded, services.manager.progress
    if progress:
        state = swap_line(ui, progress)
    elif loaded:
        state = f"{loaded.model.name} {loaded.precision.label}"
    else:
        state = say(ui, "no_model")
    note = "" if reading.gpu_total else f" {escape(say(ui, 'no_gpu'))}"
    return (
        f'<p class="hymt-device"><b>{escape(reading.device)}</b> · <b id="hymt-loaded">{escape(state)}</b>'
        f"<span>{note}</span></p>"
    )


def _cells(ui: str, services: Services, reading: MemoryReading) -> str:
    loaded = services.manager.loaded
    cells = []
    if reading.gpu_total:
        total = say(ui, "of", total=show_bytes(reading.gpu_total))
        free = f"{say(ui, 'gpu_free')} {show_bytes(reading.gpu_free)} · {total}"
        cells.append(_cell(say(ui, "gpu_used"), reading.gpu_used, free, reading.gpu_used / reading.gpu_total))
        if reading.gpu_limit:
            taken = say(ui, "limit_taken", bytes=show_bytes(reading.gpu_process))
            share = reading.gpu_process / reading.gpu_limit
            cells.append(_cell(say(ui, "gpu_limit"), reading.gpu_limit, taken, share))
        cells.append(_cell(say(ui, "torch_allocated"), reading.torch_allocated))
        cells.append(_cell(say(ui, "torch_peak"), reading.torch_peak))
    if loaded:
        cells.append(_cell(say(ui, "weights"), loaded.weight_bytes, loaded.precision.label))
        cells.append(_cell(say(ui, "kv_cache"), loaded.cache_bytes, f"{loaded.plan.slots} × {loaded.plan.max_len}"))
        status = loaded.engine.status()
        share = status.busy_slots / status.slots
        waiting = say(ui, "slots_waiting", count=f"{status.waiting:,}") if status.waiting else ""
        cells.append(_text_cell(say(ui, "slots"), f"{status.busy_slots} / {status.slots}", waiting, share))
    cells.append(_cell(say(ui, "process_ram"), reading.process_ram))
    total = say(ui, "of", total=show_bytes(reading.system_ram_total))
    share = reading.system_ram_used / reading.system_ram_total
    cells.append(_cell(say(ui, "system_ram"), reading.system_ram_used, total, share))
    return f'<div class="hymt-memory">{"".join(cells)}</div>'


def _cell(name: str, count: int, more: str = "", share: float | None = None) -> str:
    return _text_cell(name, show_bytes(count), more, share)


def _text_cell(name: str, value: str, more: str = "", share: float | None = None) -> str:
    drawn = "" if share is None else f'<div class="bar"><div style="width:{100 * min(share, 1):.1f}%"></div></div>'
    return (
        f'<div class="cell"><div class="name">{escape(name)}</div><div class="value">{escape(value)}</div>'
        f'<div class="more">{escape(more) or "&nbsp;"}</div>{drawn}</div>'
    )


def _chart(ui: str, history: Sequence[MemoryReading]) -> str:
    """Lines over time, from zero: the driver's and torch's view of the GPU, or this process's RAM."""
    if not history:
        return ""
    if history[-1].gpu_total:
        series = {
            say(ui, "gpu_used"): [reading.gpu_used for reading in history],
            say(ui, "torch_allocated"): [reading.torch_allocated for reading in history],
        }
    else:
        series = {say(ui, "process_ram"): [reading.process_ram for reading in history]}
    top = 1.15 * max(max(values) for values in series.values()) or 1
    times = [reading.time for reading in history]
    lines = "".join(_line(times, values, top, colour) for values, colour in zip(series.values(), COLOURS, strict=False))
    keys = "".join(
        f'<span><span class="key" style="background:{colour}"></span>{escape(name)}: {show_bytes(values[-1])}</span>'
        for (name, values), colour in zip(series.items(), COLOURS, strict=False)
    )
    minutes = max(1, round((times[-1] - times[0]) / 60))
    title = escape(say(ui, "last_minutes", minutes=minutes))
    return (
        f'<div class="hymt-chart"><svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{title}">{lines}</svg><div class="legend"><span>{title}</span>{keys}'
        f"<span>0 – {show_bytes(top)}</span></div></div>"
    )


def _line(times: Sequence[float], values: Sequence[int], top: float, colour: str) -> str:
    span = (times[-1] - times[0]) or 1
    points = [
        (WIDTH * (moment - times[0]) / span, HEIGHT * (1 - value / top))
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
