"""A measurement becomes a row, whatever happens."""

from __future__ import annotations

import pytest

from hymt.bench.report import Timing
from hymt.bench.session import Session, reason
from hymt.bench.settings import Settings
from hymt.errors import UserError
from hymt.hardware.devices import detect_device
from tests.bench.reports import report


@pytest.fixture
def session():
    result = report()
    result.rows = []
    rows, said = [], []
    return Session(Settings("7b", parts=("hymt",)), detect_device(), result, said.append, rows.append), rows, said


def test_a_measurement_is_named_recorded_and_told(session):
    running, rows, said = session
    row = running.measure("hymt", "hymt, greedy", "int8", 16, lambda: Timing(2.0, 64))
    assert running.report.rows == rows == [row] and row.rate == 32 and not row.error
    assert said == ["measuring hymt, greedy, INT8, 16 at once"]
    assert min(row.peak.values()) > 0


def test_a_failure_is_a_row_and_the_run_goes_on(session):
    running, rows, _ = session

    def fail():
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    assert running.measure("hymt", "hymt, greedy", "fp16", 64, fail).error == "out of memory"
    assert running.measure("hymt", "hymt, greedy", "fp16", 1, lambda: Timing(1.0, 1)).rate == 1
    assert [row.rate for row in rows] == [None, 1]


def test_a_stop_is_no_failure(session):
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session[0].measure("hymt", "hymt, greedy", "fp16", 1, stop)


def test_reasons_fit_a_table():
    assert reason(UserError("bench_tokens", generated=3, wanted="\n4")) == "it made 3 of 4 tokens"
    assert reason(MemoryError()) == "out of memory"
    assert len(reason(ValueError("x" * 1000))) == 200 and reason(ValueError("x")) == "ValueError: x"


def test_only_what_is_asked_for(session):
    assert session[0].wants("beams", "hymt") and not session[0].wants("beams", "long")
