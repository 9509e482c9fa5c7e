import re
from dataclasses import replace

import pytest

from hymt.engine.decoding import FUSED
from hymt.models.manager import SwapProgress
from hymt.models.variant import Variant
from hymt.ui import memory_strip
from tests.ui.test_memory_panel import CPU, GIB, GPU, stand_in, visible


def shown(locale: str, *history, **more) -> str:
    return visible(memory_strip.render(locale, stand_in(*history, **more)))


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "GPU memory used 9.00 GiB of 24.00 GiB Weights 7.00 GiB KV cache 512.0 MiB Peak 7.50 GiB"),
        ("zh", "已用显存 9.00 GiB 共 24.00 GiB 权重 7.00 GiB KV 缓存 512.0 MiB 峰值 7.50 GiB"),
    ],
)
def test_with_a_gpu(locale, said):
    assert shown(locale, GPU) == said


def test_without_a_gpu_it_counts_ram_and_the_most_that_was_taken():
    more = replace(CPU, process_ram=3 * GIB)
    said = "System RAM 4.00 GiB of 16.00 GiB Weights 7.00 GiB KV cache 512.0 MiB Peak 3.00 GiB"
    assert shown("en", more, CPU) == said


def test_under_a_limit_it_counts_what_the_process_may_take():
    html = memory_strip.render("en", stand_in(replace(GPU, gpu_limit=12 * GIB, gpu_process=9 * GIB)))
    assert "GPU memory limit 9.00 GiB of 12.00 GiB" in visible(html) and "width:75.0%" in html


def test_a_swap_under_way_is_told_in_place_of_the_figures():
    variant = Variant("tencent/Hunyuan-MT-7B", "nf4", None, FUSED, model="Hunyuan-MT-7B")
    said = shown("en", CPU, progress=SwapProgress("loading", 0.8, variant), loaded=False)
    assert said.endswith("Hunyuan-MT-7B NF4: loading the weights … 80%")
    assert shown("en", CPU, loaded=False).endswith("No model is loaded.")


def test_the_chart_is_one_line_without_words():
    html = memory_strip.render("en", stand_in(GPU, GPU))
    assert html.count("<polyline") == 1 and 'aria-hidden="true"' in html
    assert not re.search(r"<(text|title)", html)


def test_before_the_first_reading_it_is_as_full():
    assert "<polyline" in memory_strip.render("en", stand_in())
