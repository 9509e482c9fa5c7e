"""Ratios, the tables, and the file that a run leaves."""

from __future__ import annotations

import json

import pytest

from hymt.bench import plot, table
from hymt.bench.report import BenchReport
from hymt.errors import UserError
from tests.bench.reports import cards, report


def test_rates_count_prompts_and_decoding_does_not():
    recipe, hymt, *_ = report().rows
    assert (recipe.rate, recipe.decode_rate) == (20, 25)
    assert (hymt.rate, hymt.decode_rate) == (80, 100)


def test_ratios():
    result = report()
    recipe, one, wide, failed, long, swap = result.rows
    assert result.of_limit(one) == 0.5 and result.of_limit(recipe) == 0.125
    assert result.of_limit(wide) is None  # the limit is one sequence's
    assert result.speed_up(one) == 4 and result.speed_up(wide) == 80 and result.speed_up(long) == 128
    assert result.speed_up(failed) is None and result.speed_up(swap) is None


def test_without_recipe_or_limits_no_ratios():
    result = report()
    result.rows, result.limits = result.rows[1:], {}
    assert result.speed_up(result.rows[0]) is None and result.of_limit(result.rows[0]) is None
    assert "hymt, greedy" in table.text(result)


def test_the_table_is_aligned_and_tells_reasons():
    lines = table.text(report()).splitlines()
    begin = next(index for index, line in enumerate(lines) if line.startswith("how "))
    rows = lines[begin : begin + 7]
    assert len({line.index("  ", 30) for line in rows if "common" in line or "long" in line}) == 1
    assert any("hymt, greedy" in row and "100" in row and "50%" in row and "30 ms" in row for row in rows)
    assert any("NF4" in row and "not measured: out of memory" in row for row in rows)
    assert any("2,560" in row and "10 s in all" in row for row in rows)
    assert any("swap from FP16" in line and "12.5 s" in line and "14.0 GiB given back" in line for line in lines)
    assert "1.0 / 2.0 / 3.0 GiB" in table.text(report()) and "200 tokens/s in FP16" in lines[3]


def test_the_markdown_has_as_many_cells_in_every_row():
    result = report()
    result.rows[3] = type(result.rows[3])("hymt", "hymt, greedy", "nf4", 64, error="a | b")
    blocks = [block for block in table.markdown(result).split("\n\n") if block.startswith("|")]
    for block in blocks:
        assert len({line.replace("\\|", "").count("|") for line in block.splitlines()}) == 1
    assert len(blocks) == 2 and "a \\| b" in blocks[0]


def test_a_report_is_written_and_read_again(tmp_path):
    result = report()
    result.write(tmp_path)
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written["rows"][1]["of_limit"] == 0.5 and written["rows"][1]["rate"] == 80
    assert BenchReport.read(tmp_path) == result
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]


def test_what_is_no_report_is_refused(tmp_path):
    (tmp_path / "bench.json").write_text('{"rows": []}')
    with pytest.raises(UserError, match="not a report"):
        BenchReport.read(tmp_path)


def test_the_plots_long_text_scales_the_recipe():
    assert plot.long_texts(report()) == [
        ("common recipe, FP16", "#999999", 1280.0),
        ("hymt, FP16", "#0072B2", 10.0),
    ]


def test_nothing_to_plot(tmp_path):
    result = report()
    result.rows = result.rows[-1:]
    assert not plot.draw(result, tmp_path / "bench.png") and not list(tmp_path.iterdir())


def test_cards_have_a_table_and_a_plot_of_their_own(tmp_path):
    text = table.text(cards())
    (row,) = (line for line in text.splitlines() if line.startswith("a card of 8 GiB"))
    for shown in ("NF4", "256", "8 × 1280", "7.25", "6.0 / 6.0 / 7.0 GiB", "2.0 s", "16.0 s", "800", "250"):
        assert shown in row
    assert "not measured: out of memory" in text and "× recipe" not in text
    assert "slots × positions 8 × 1280" in table.line(cards(), cards().rows[0])
    assert table.markdown(cards()).count("| a card of 8 GiB |") == 1
    cards().write(tmp_path)
    assert BenchReport.read(tmp_path) == cards()
    assert plot.draw(cards(), tmp_path / "bench.png")
    assert (tmp_path / "bench.png").read_bytes().startswith(b"\x89PNG")
