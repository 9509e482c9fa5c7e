"""The memory panel: figures and a chart from the monitor's readings, and a heading that explains them."""

from __future__ import annotations

from html import escape

from hymt.hardware.memory import MemoryReading, show_bytes
from hymt.models.manager import SwapProgress
from hymt.models.precision import PRECISIONS
from hymt.service.services import Services
from hymt.ui import fragments, memory_chart
from hymt.ui.words import say

GPU_TERMS = {
    "gpu_used": "about_used",
    "torch_reserved": "about_reserved",
    "torch_allocated": "about_allocated",
    "torch_peak": "about_torch_peak",
}
RAM_TERMS = {"process_ram": "about_process", "system_ram": "about_system"}


def heading(locale: str, services: Services) -> str:
    """The heading with a tooltip on the figures. It is no part of the panel, whose every second would close it."""
    terms = GPU_TERMS | RAM_TERMS if services.manager.device.kind == "cuda" else RAM_TERMS
    terms |= {"kv_cache": "about_kv_cache", "marks": "about_marks"}
    explained = fragments.tip(locale, "memory-terms", "ⓘ", "memory_terms", terms)
    return f'<h2 class="hymt-heading" tabindex="-1">{escape(say(locale, "memory_heading"))} {explained}</h2>'


def render(locale: str, services: Services) -> str:
    """The whole panel."""
    history, marks = services.monitor.history(), services.monitor.marks()
    reading = history[-1] if history else services.monitor.latest()
    return (
        _device(locale, services, reading)
        + _cells(locale, services, reading)
        + memory_chart.draw(locale, history, marks)
    )


def swap_line(locale: str, progress: SwapProgress) -> str:
    model, precision = progress.variant.named
    return f"{model} {PRECISIONS[precision].label}: {say(locale, progress.stage)} … {progress.fraction:.0%}"


def _device(locale: str, services: Services, reading: MemoryReading) -> str:
    loaded, progress = services.manager.loaded, services.manager.progress
    if progress:
        state = swap_line(locale, progress)
    elif loaded:
        state = f"{loaded.model.name} {loaded.precision.label}"
    else:
        state = say(locale, "no_model")
    note = "" if reading.gpu_total else f" {escape(say(locale, 'no_gpu'))}"
    return (
        f'<p class="hymt-device"><b>{escape(reading.device)}</b> · <b id="hymt-loaded">{escape(state)}</b>'
        f"<span>{note}</span></p>"
    )


def _cells(locale: str, services: Services, reading: MemoryReading) -> str:
    loaded = services.manager.loaded
    cells = []
    sizes = reading.sizes
    if reading.gpu_total:
        cells += _gpu_cells(locale, sizes)
    if loaded:
        cells.append(_cell(say(locale, "weights"), loaded.weight_bytes, loaded.precision.label))
        status = loaded.engine.status()
        cells.append(_cell(say(locale, "kv_cache"), loaded.cache_bytes, f"{status.slots} × {loaded.engine.max_len}"))
        share = status.busy_slots / status.slots
        waiting = say(locale, "slots_waiting", count=f"{status.waiting:,}") if status.waiting else ""
        cells.append(_text_cell(say(locale, "slots"), f"{status.busy_slots} / {status.slots}", waiting, share))
    cells.append(_cell(say(locale, "process_ram"), sizes["process_ram"]))
    total = say(locale, "of", total=show_bytes(reading.system_ram_total))
    share = reading.system_ram_used / reading.system_ram_total
    cells.append(_cell(say(locale, "system_ram"), reading.system_ram_used, total, share))
    return f'<div class="hymt-memory">{"".join(cells)}</div>'


def _gpu_cells(locale: str, sizes: dict[str, int]) -> list[str]:
    """The cells of a GPU, from the sizes of a reading that has one."""
    used, all_bytes = sizes["gpu_used"], sizes["gpu_total"]
    free = (
        f"{say(locale, 'gpu_free')} {show_bytes(sizes['gpu_free'])} · {say(locale, 'of', total=show_bytes(all_bytes))}"
    )
    cells = [_cell(say(locale, "gpu_used"), used, free, used / all_bytes)]
    if limit := sizes.get("gpu_limit"):
        taken = sizes["gpu_process"]
        said = say(locale, "limit_taken", bytes=show_bytes(taken))
        cells.append(_cell(say(locale, "gpu_limit"), limit, said, taken / limit))
    names = ("torch_allocated", "torch_reserved", "torch_peak")
    return cells + [_cell(say(locale, name), sizes[name]) for name in names]


def _cell(name: str, count: int, more: str = "", share: float | None = None) -> str:
    return _text_cell(name, show_bytes(count), more, share)


def _text_cell(name: str, value: str, more: str = "", share: float | None = None) -> str:
    drawn = "" if share is None else f'<div class="bar"><div style="width:{100 * min(share, 1):.1f}%"></div></div>'
    return (
        f'<div class="cell"><div class="name">{escape(name)}</div><div class="value">{escape(value)}</div>'
        f'<div class="more">{escape(more) or "&nbsp;"}</div>{drawn}</div>'
    )
