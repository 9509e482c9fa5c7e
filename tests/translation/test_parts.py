"""A text in parts: nothing of it is lost, and what was full stays as it is."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hymt.translation.parts import LONGEST_PART, PART_CHARACTERS, Parts, Run, in_parts, plain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "One line.",
        "\n\n",
        "Line.\n" * 3000,
        "word " * 20_000,
        "无空格" * 20_000,
        "x\n" * 9000 + "y" * 90_000 + "\nz",
    ],
)
def test_a_text_is_the_sum_of_its_parts(text):
    parts = in_parts(text)
    assert plain(parts) == text
    assert all(sum(len(run.text) for run in part) <= LONGEST_PART for part in parts)


def test_a_part_ends_with_a_line():
    parts = in_parts("A line of some length.\n" * 3000)
    assert len(parts) > 10
    assert all(part[-1].text.endswith("\n") and PART_CHARACTERS <= len(plain([part])) < 5000 for part in parts[:-1])


def test_a_line_that_is_too_long_is_cut_at_a_blank():
    assert all(plain([part]).endswith(" ") for part in in_parts("word " * 20_000))


def test_neighbours_of_a_kind_are_one_run():
    runs = [Run("a"), Run("b"), Run("c", True), Run(""), Run("d", True), Run("e")]
    assert Parts().followed_by(runs) == [(Run("ab"), Run("cd", True), Run("e"))]


def test_full_parts_stay_as_they_are_while_a_text_grows():
    parts, shown = Parts(), []
    for number in range(500):
        parts.add([Run(f"This is line {number}.\n")])
        shown.append(parts.followed_by([Run("and what is not finished", number % 2 == 0)]))
    for before, after in pairwise(shown):
        full = len(before) - 1
        assert all(old is new for old, new in zip(before[:full], after[:full], strict=True))
