"""The memory strip: the panel's main figures in a line that stays in sight; pressed, it leads to the panel."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hymt.hardware.memory import MemoryReading, show_bytes
from hymt.service.services import Services
from hymt.ui import memory_chart
from hymt.ui.memory_panel import swap_line
from hymt.ui.words import say


def render(locale: str, services: Services) -> str:
    """What stands in the strip: used of total, then a swap under way, or weights, KV cache and peak; and the chart."""
    history = services.monitor.history() or [services.monitor.latest()]
    name, used, total = _room(history[-1])
    share = f"{100 * min(used / total, 1):.1f}"
    return (
        f'<span class="room">{escape(say(locale, name))} <b>{show_bytes(used)}</b> '
        f"{escape(say(locale, 'of', total=show_bytes(total)))}</span>"
        f'<span class="bar"><span style="width:{share}%"></span></span>'
        f'<span class="figures">{_figures(locale, services, history)}</span>{memory_chart.sparkline(history)}'
    )


def _room(reading: MemoryReading) -> tuple[str, int, int]:
    """What is used of the memory that the model lives in, as (word, bytes used, bytes in all)."""
    sizes = reading.sizes
    if not reading.gpu_total:
        return "system_ram", reading.system_ram_used, reading.system_ram_total
    if limit := sizes.get("gpu_limit"):
        return "gpu_limit", sizes["gpu_process"], limit
    return "gpu_used", sizes["gpu_used"], sizes["gpu_total"]


def _figures(locale: str, services: Services, history: Sequence[MemoryReading]) -> str:
    loaded, progress = services.manager.loaded, services.manager.progress
    if progress or not loaded:
        return escape(swap_line(locale, progress) if progress else say(locale, "no_model"))
    peak = history[-1].torch_peak or max(reading.process_ram or 0 for reading in history)
    sizes = {"weights": loaded.weight_bytes, "kv_cache": loaded.cache_bytes, "strip_peak": peak}
    return "".join(
        f"<span>{escape(say(locale, name))} <b>{show_bytes(count)}</b></span> " for name, count in sizes.items()
    )
