"""What a precision costs in quality: chrF on the sentences of examples/pairs, measured by examples/fidelity.py."""

from __future__ import annotations

import importlib.util
import sys
from statistics import mean

import pytest

from tests.conftest import EXAMPLES

DIRECTIONS = ("en→fr", "en→de", "zh→en")


@pytest.fixture(scope="module")
def fidelity():
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("fidelity", EXAMPLES / "fidelity.py")
    module = sys.modules["fidelity"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["fidelity"]


@pytest.fixture(scope="module")
def directions(fidelity):
    read = fidelity.read_directions(EXAMPLES / "pairs", limit=None)
    return [direction for direction in read if str(direction) in DIRECTIONS]


@pytest.fixture(scope="module")
def results(fidelity, directions):
    columns = [fidelity.Column.parse(precision) for precision in ("fp32", "fp16", "int8")]
    measured = fidelity.measure("hymt-mini", columns, directions)
    return {column.precision: results for column, results in measured.items()}


def test_the_sentences_tell_translations_apart(fidelity, directions, results):
    """What the differences below are worth: the model translates them well, and other sentences' answers score low."""
    assert len(directions) == len(DIRECTIONS) and all(len(direction.sentences) >= 100 for direction in directions)
    for direction, result in zip(directions, results["fp32"], strict=True):
        assert result.chrf > 50
        mixed_up = result.lines[1:] + result.lines[:1]
        assert fidelity.CHRF().corpus_score(mixed_up, [direction.references]).score < 30


@pytest.mark.parametrize(("precision", "most"), [("fp16", 0.2), ("int8", 0.5)])
def test_a_precision_keeps_the_quality(results, precision, most):
    """The mean over the directions: in one of a hundred lines, a single other word counts up to 0.3."""
    gaps = [mine.chrf - its.chrf for mine, its in zip(results[precision], results["fp32"], strict=True)]
    assert abs(mean(gaps)) <= most, gaps


def test_the_table_says_what_sets_a_precision_apart(fidelity, directions):
    def result(chrf, *lines):
        return fidelity.Result(list(lines), chrf)

    measured = {
        fidelity.Column("fp32"): [result(60.0, "a", "b"), result(50.0, "c", "d")],
        fidelity.Column("int8", "reference"): [result(60.1, "a", "b"), result(49.5, "c", "e")],
    }
    shown = fidelity.table(directions[:2], measured).splitlines()
    first, second = directions[:2]
    assert shown[0] == "| direction | FP32 | INT8, reference kernels |"
    assert shown[2:] == [
        f"| {first} | 60.00 | 60.10 |",
        f"| {second} | 50.00 | 49.50 |",
        "| mean | 55.00 | 54.80 |",
        "| mean difference |  | -0.20 |",
        f"| largest difference |  | -0.50 ({second}) |",
        "| identical lines |  | 75.0% |",
    ]


@pytest.mark.parametrize("text", ["int9", "int8/fastest", ""])
def test_a_column_that_is_none_is_refused(fidelity, text):
    with pytest.raises(ValueError):
        fidelity.Column.parse(text)
