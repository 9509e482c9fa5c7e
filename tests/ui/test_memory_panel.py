import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from hymt.engine.decoding import FUSED
from hymt.engine.protocol import EngineStatus
from hymt.hardware.marks import Mark
from hymt.hardware.memory import MemoryReading
from hymt.models.manager import SwapProgress
from hymt.models.precision import PRECISIONS
from hymt.models.variant import Variant
from hymt.ui import memory_chart, memory_panel
from hymt.ui.words import say

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
    torch_reserved=int(7.8 * GIB),
    torch_peak=int(7.5 * GIB),
)


def stand_in(*history: MemoryReading, progress: SwapProgress | None = None, loaded: bool = True, marks=(), device=None):
    """Services as the panel sees them, with a model of 7 GiB."""
    engine = SimpleNamespace(status=lambda: EngineStatus(busy_slots=3, slots=8, waiting=5), max_len=1280)
    variant = SimpleNamespace(
        model=SimpleNamespace(name="Hunyuan-MT-7B"),
        precision=PRECISIONS["int8"],
        weight_bytes=7 * GIB,
        cache_bytes=GIB // 2,
        engine=engine,
    )
    return SimpleNamespace(
        manager=SimpleNamespace(loaded=variant if loaded else None, progress=progress, device=device),
        monitor=SimpleNamespace(history=lambda: list(history), marks=lambda: list(marks), latest=lambda: CPU),
    )


def visible(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


def shown(locale: str, *history, **more) -> str:
    return visible(memory_panel.render(locale, stand_in(*history, **more)))


@pytest.mark.parametrize(
    "said",
    [
        "A graphics card · Hunyuan-MT-7B INT8",
        "GPU memory used 9.00 GiB free 15.00 GiB · of 24.00 GiB",
        "Allocated (torch) 7.00 GiB",
        "Reserved (torch) 7.80 GiB",
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
    assert (x0, x1) == (0, memory_chart.WIDTH)
    assert y1 < y0  # upwards


def test_a_swap_under_way_is_told():
    progress = SwapProgress("loading", 0.8, Variant("tencent/Hunyuan-MT-7B", "nf4", None, FUSED, model="Hunyuan-MT-7B"))
    assert "Hunyuan-MT-7B NF4: loading the weights … 80%" in shown("en", CPU, progress=progress, loaded=False)


def test_without_a_model_it_says_so():
    said = shown("en", CPU, loaded=False)
    assert "No model is loaded." in said
    assert "Weights" not in said


def test_names_are_escaped():
    odd = MemoryReading(100.0, "<img src=x>", process_ram=1, system_ram_used=1, system_ram_total=2)
    assert "<img" not in memory_panel.render("en", stand_in(odd))


# -- marks ---------------------------------------------------------------------------------------------

MINUTES = [replace(CPU, time=100.0 + second) for second in range(300)]
SWAP = Mark(220.0, "swap", "Hunyuan-MT-7B INT8")


def paths(html: str) -> list[tuple[str, float]]:
    """Class and place of the lines that the chart has for marks."""
    return [(kind, float(x)) for kind, x in re.findall(r'<path class="(\w+)" d="M([\d.]+) 0V100">', html)]


def test_marks_are_lines_at_their_time():
    job = Mark(399.0, "job", "en → fr", 12)
    html = memory_panel.render("en", stand_in(*MINUTES, marks=[Mark(100.0, "load", "hymt-mini FP16"), SWAP, job]))
    assert paths(html) == [("swap", 0.0), ("swap", pytest.approx(600 * 120 / 299, abs=0.1)), ("job", 600.0)]
    assert "<title>swapped to Hunyuan-MT-7B INT8, 2:59 ago</title>" in html


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (
            "en",
            "1 job · en → fr · 12 chunks, 0 s ago 1 job · en → ja · 1 chunk, 20 s ago "
            "swapped to Hunyuan-MT-7B INT8, 2:59 ago hymt-mini FP16 loaded, 4:39 ago",
        ),
        (
            "zh",
            "1 个任务 · en → fr · 12 块, 0 s 前 1 个任务 · en → ja · 1 块, 20 s 前 "
            "已切换到 Hunyuan-MT-7B INT8, 2:59 前 已加载 hymt-mini FP16, 4:39 前",
        ),
    ],
)
def test_the_latest_marks_are_told_in_words(locale, said):
    marks = [Mark(110.0, "job", "de → en", 1), Mark(120.0, "load", "hymt-mini FP16"), SWAP]
    marks += [Mark(379.0, "job", "en → ja", 1), Mark(399.0, "job", "en → fr", 12)]
    text = visible(re.sub("<title>.*?</title>", "", memory_panel.render(locale, stand_in(*MINUTES, marks=marks))))
    assert said in text and "de → en" not in text


def test_many_jobs_fill_neither_the_chart_nor_the_page():
    jobs = [Mark(100.2 + second, "job", "en → fr" if second % 2 else "zh → en", 1, 5) for second in range(299)]
    html = memory_panel.render("en", stand_in(*MINUTES, marks=sorted([*jobs, SWAP], key=lambda mark: mark.time)))
    assert len(paths(html)) <= memory_chart.PLACES + 2 and ("swap", 240.8) in paths(html)
    assert sum(int(count) for count in re.findall(r"<title>(\d+) jobs", html)) == 5 * 299
    assert len(html) < 24_000


def test_names_in_marks_are_escaped():
    html = memory_panel.render("en", stand_in(*MINUTES, marks=[replace(SWAP, label="<img src=x>")]))
    assert "<img" not in html and "&lt;img src=x&gt;" in html


# -- the tooltip ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("locale", "said"), [("en", "vertical axis: 0 – 1.15 GiB"), ("zh", "纵轴：0 – 1.15 GiB")])
def test_the_axis_has_a_name(locale, said):
    assert said in shown(locale, CPU)


@pytest.mark.parametrize(("locale", "said"), [("en", "slots × the tokens that each"), ("zh", "槽位数 × 每个槽位")])
def test_the_heading_explains_the_caches_size(locale, said):
    assert said in memory_panel.heading(locale, stand_in(device=SimpleNamespace(kind="cpu")))


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_heading_explains_what_the_machine_has(locale):
    on_gpu, on_cpu = (
        memory_panel.heading(locale, stand_in(device=SimpleNamespace(kind=kind))) for kind in ("cuda", "cpu")
    )
    for name in memory_panel.GPU_TERMS:
        assert f"<b>{say(locale, name)}</b>" in on_gpu and f"<b>{say(locale, name)}</b>" not in on_cpu
    for name in memory_panel.RAM_TERMS:
        assert f"<b>{say(locale, name)}</b>" in on_gpu and f"<b>{say(locale, name)}</b>" in on_cpu
