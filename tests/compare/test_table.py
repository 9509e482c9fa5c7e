"""A report as it is shown: the terminal's table, the page of its own, the JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from hymt.compare import page, table
from tests.compare.reports import report


def test_the_table_has_a_line_a_precision():
    lines = table.text(report()).splitlines()
    assert lines[0] == "hymt-mini on A <processor>; Chinese → English, 2 lines, 4 beams"
    fp32, int8, nf4 = (re.split(r"  +", line) for line in lines[4:7])
    assert fp32 == ["FP32", "1.2 s", "112.0 MiB", "900.0 MiB", "190 ms", "200", "33.5", "30.0"]
    assert int8[:9] == ["INT8", "51.0 MiB", "950.0 MiB", "100 ms", "400", "90.2", "80.5", "50%", "33.0"]
    assert int8[-1] == "was loaded already; 2 chunks met their length limit"
    assert nf4 == ["NF4", "not measured: The files of <that> are incomplete or cannot be read."]


def test_the_legend_says_what_was_compared_with_what():
    said = table.text(report())
    assert "against FP32's output, and the reference, where it says so; BLEU by words (13a)" in said


def test_without_a_reference_or_notes_there_are_no_columns_for_them():
    lone = report(reference=(), rows=report().rows[:1])
    assert table.columns(lone)[-1] == "identical"
    assert "reference" not in table.text(lone)


def test_a_peak_is_shown_where_there_is_one():
    """On a CPU there is none: see `ComparisonRow`."""
    rows = tuple(replace(row, peak_bytes=None) for row in report().rows)
    assert "peak" in table.columns(report()) and "peak memory: torch's" in table.text(report())
    assert "peak" not in table.columns(report(rows=rows)) and "peak" not in table.text(report(rows=rows))


def test_the_first_that_was_measured_is_the_baseline():
    fp32, int8, nf4 = report().rows
    assert report().baseline == fp32
    assert report(rows=(nf4, int8)).baseline == int8
    assert report(rows=(nf4,)).baseline is None


def test_json_has_every_text_and_figure():
    written = json.loads(json.dumps(report().as_dict()))
    assert (
        written["baseline"] == "fp32" and written["bleu_tokenizer"] == "13a" and written["lines"] == ["甲<乙", "一样。"]
    )
    assert written["rows"][1]["tokens_per_second"] == 400 and written["rows"][1]["against_baseline"]["identical"] == 0.5
    assert (
        written["rows"][0]["against_baseline"] is None
        and written["rows"][2]["error"] == "The files of <that> are incomplete or cannot be read."
    )


def test_the_page_stands_alone_and_escapes():
    html = page.page(report())
    assert "<del>&lt;</del><ins>&gt;</ins>" in html
    assert html.count('<span class="same">Same.</span>') == 1
    assert (
        "甲&lt;乙" in html and "A &amp; B" in html and "A &lt;processor&gt;" in html and "files of &lt;that&gt;" in html
    )
    assert not re.search(r"https?:|<script|<link|<img|@import|url\(", html)
    assert "line-through" in html and "underline" in html and "color-scheme: light dark" in html


def test_texts_may_be_cut_short():
    assert page.texts(report(), "Chinese", "reference", most=1).count("<tr>") == 2


def test_a_page_of_nothing_measured_still_tells_why():
    html = page.page(report(rows=report().rows[2:]))
    assert "not measured: The files of &lt;that&gt; are" in html and "甲&lt;乙" in html
