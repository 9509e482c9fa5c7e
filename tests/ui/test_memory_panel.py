import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from hymt.hardware.memory import MemoryReading
from hymt.models.manager import SwapProgress
from hymt.models.precision import PRECISIONS
from hymt.ui import memory_panel

GIB = 2**30
CPU = MemoryReading(100.0, "A processor", process_ram=1 * GIB, system_ram_used=4 * GIB, system_ram_total=16 * GIB)
GPU = MemoryReading(
    time=100.0,
    device="A graphics card",
    process_ram=2 * GIB,
    system_ram_used=5 * GIB,
    system_ram_total=16 * GIB,
    gpu_used=9 * GIB,
    gpu_free=15 * GIB,
    gpu_total=24 * GIB,
    torch_allocated=7 * GIB,
    torch_reserved=8 * GIB,
    torch_peak=int(7.5 * GIB),
)


def stand_in(*history: MemoryReading, progress: SwapProgress | None = None, loaded: bool = True):
    """Services as the panel sees them, with a model of 7 GiB."""
    engine = SimpleNamespace(status=lambda: SimpleNamespace(busy_slots=3, slots=8, waiting=5))
    variant = SimpleNamespace(
        model=SimpleNamespace(name="Hunyuan-MT-7B"),
        precision=PRECISIONS["int8"],
        plan=SimpleNamespace(slots=8, max_len=1280),
        weight_bytes=7 * GIB,
        cache_bytes=GIB // 2,
        engine=engine,
    )
    return SimpleNamespace(
        manager=SimpleNamespace(loaded=variant if loaded else None, progress=progress),
        monitor=SimpleNamespace(history=lambda: list(history), latest=lambda: CPU),
    )


def visible(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


def shown(ui: str, *history, **more) -> str:
    return visible(memory_panel.render(ui, stand_in(*history, **more)))


@pytest.mark.parametrize(
    "said",
    [
        "A graphics card · Hunyuan-MT-7B INT8",
        "GPU memory used 9.00 GiB free 15.00 GiB · of 24.00 GiB",
        "Allocated (torch) 7.00 GiB",
        "Peak (torch) 7.50 GiB",
        "Weights 7.00 GiB INT8",
        "KV cache 512.0 MiB 8 × 1280",
        "Slots busy 3 / 8",
        "This process 2.00 GiB",
        "System RAM 5.00 GiB of 16.00 GiB",
    ],
)
def test_with_a_gpu(said):
    assert said in shown("en", GPU)


def test_the_limit_is_shown_where_there_is_one():
    limited = replace(GPU, gpu_limit=12 * GIB, gpu_process=9 * GIB)
    assert "GPU memory limit 12.00 GiB about 9.00 GiB taken" in shown("en", limited)
    assert "显存上限 12.00 GiB 约占用 9.00 GiB" in shown("zh", limited)
    assert 'style="width:75.0%"' in memory_panel.render("en", stand_in(limited))
    assert "limit" not in shown("en", GPU)


def test_without_a_gpu_it_says_so_and_shows_ram():
    said = shown("en", CPU)
    assert "No GPU on this machine" in said
    assert "This process 1.00 GiB" in said
    assert "torch" not in said and "GPU memory" not in said


def test_with_a_gpu_it_does_not_say_that_there_is_none():
    assert "No GPU" not in shown("en", GPU)


def test_in_chinese():
    assert "已用显存 9.00 GiB 空闲 15.00 GiB · 共 24.00 GiB" in shown("zh", GPU)


def test_bars_are_as_long_as_their_share():
    html = memory_panel.render("en", stand_in(GPU))
    assert re.findall(r"width:([\d.]+)%", html) == ["37.5", "37.5", "31.2"]  # GPU memory, slots, system RAM


def test_before_the_first_reading_there_is_no_chart():
    html = memory_panel.render("en", stand_in())
    assert "A processor" in html and "<svg" not in html


def test_the_chart_of_a_gpu_has_two_lines():
    html = memory_panel.render("en", stand_in(GPU, GPU))
    assert html.count("<polyline") == 2


def test_the_chart_of_a_processor_has_one_line():
    assert memory_panel.render("en", stand_in(CPU, CPU)).count("<polyline") == 1


def test_the_chart_rises_with_the_figures():
    later = MemoryReading(130.0, "A processor", process_ram=2 * GIB, system_ram_used=0, system_ram_total=GIB)
    points = re.search(r'<polyline points="([^"]*)"', memory_panel.render("en", stand_in(CPU, later)))[1].split()
    (x0, y0), (x1, y1) = (map(float, point.split(",")) for point in points)
    assert (x0, x1) == (0, memory_panel.WIDTH)
    assert y1 < y0  # upwards


def test_a_swap_under_way_is_told():
    progress = SwapProgress("loading", 0.8, ("Hunyuan-MT-7B", "nf4"))
    assert "Hunyuan-MT-7B NF4: loading the weights … 80%" in shown("en", CPU, progress=progress, loaded=False)


def test_without_a_model_it_says_so():
    said = shown("en", CPU, loaded=False)
    assert "No model is loaded." in said
    assert "Weights" not in said


def test_names_are_escaped():
    odd = MemoryReading(100.0, "<img src=x>", process_ram=1, system_ram_used=1, system_ram_total=2)
    assert "<img" not in memory_panel.render("en", stand_in(odd))
