import re

import pytest

from hymt.translation.events import Figures
from hymt.ui import fragments

HOSTILE = "<script>alert(1)</script> & \"x\" <img src=x onerror='alert(1)'>"
FIGURES = Figures("zh", "fr", "hymt-mini", "fp16", seconds=2.0, tokens=1234, chunks=1, peak_memory_bytes=3 * 2**20)


def visible(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


@pytest.mark.parametrize(
    "html",
    [
        fragments.line(HOSTILE, "bad"),
        fragments.notice(HOSTILE),
        fragments.bar(0.5, HOSTILE),
        fragments.figures("en", Figures("zh", "fr", HOSTILE, "fp16", seconds=1, tokens=1, chunks=1)),
    ],
)
def test_what_users_write_is_escaped(html):
    assert "<script" not in html and "<img" not in html
    assert "&lt;script&gt;" in html


def test_a_line_has_its_kind():
    assert '<span class="bad">Oh.</span>' in fragments.line("Oh.", "bad")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (48.4, "48 s"), (59.6, "1:00"), (75.3, "1:15"), (3600, "1:00:00"), (7384, "2:03:04")],
)
def test_duration(seconds, said):
    assert fragments.duration(seconds) == said


def test_a_bar_is_as_long_as_its_fraction():
    html = fragments.bar(0.425, "nearly half")
    assert 'aria-valuenow="42.5"' in html and "width:42.5%" in html
    assert visible(html) == "nearly half"


@pytest.mark.parametrize(
    ("locale", "noun", "count", "said"),
    [
        ("en", "chunk", 1, "1 chunk"),
        ("en", "line", 0, "0 lines"),
        ("en", "token", 1200, "1,200 tokens"),
        ("zh", "chunk", 2, "2 块"),
    ],
)
def test_amounts_in_words(locale, noun, count, said):
    assert fragments.amount(locale, noun, count) == said


def test_figures_tell_what_a_translation_took():
    said = visible(fragments.figures("en", FIGURES))
    assert said == "2.0 s · 617 tokens/s · 1,234 tokens · 1 chunk · hymt-mini FP16 · peak memory 3.0 MiB"


def test_figures_of_a_job_that_never_began():
    assert "0 tokens" in visible(fragments.figures("en", Figures("zh", "fr", "", "", seconds=0, tokens=0, chunks=0)))


def test_remarks_tell_what_a_reader_should_know():
    figures = Figures("zh", "fr", "hymt-mini", "fp16", seconds=1, tokens=1, chunks=9, truncated=2, steps=2)
    said = fragments.remarks("en", figures, detected=True, dropped=3)
    assert "Detected: Chinese." in said
    assert "hymt-mini has no direct Chinese → French: it goes through English." in said
    assert "Met their length limit: 2 chunks" in said
    assert "Control characters left out: 3." in said


def test_nothing_remarkable_is_not_remarked():
    assert fragments.remarks("en", FIGURES) == ""
