from __future__ import annotations

import threading

import pytest

from hymt.hardware.devices import Device
from hymt.models.speed import cpu_seconds, fastest

CPU = Device("cpu", "a processor", "for a test")


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ({"fp32": 1.0, "fp16": 2.0, "bf16": 2.0, "int8": 3.0}, "fp32"),
        ({"fp32": 2.0, "fp16": 2.0, "bf16": 2.0, "int8": 1.0}, "int8"),
        ({"fp32": 1.05, "fp16": 2.0, "bf16": 2.0, "int8": 1.0}, "fp32"),  # about as fast, and finer
        ({"fp32": 2.0, "fp16": 1.0, "bf16": 0.95, "int8": 1.5}, "fp16"),
        ({"fp32": 2.0, "bf16": 1.0}, "bf16"),
    ],
)
def test_the_finest_of_the_fastest(seconds, chosen):
    assert fastest(seconds) == chosen


def test_every_precision_is_measured_once_and_in_a_thread_that_ends():
    before = set(threading.enumerate())
    seconds = cpu_seconds(CPU)
    assert set(seconds) == {"fp32", "fp16", "bf16", "int8"} and all(value > 0 for value in seconds.values())
    assert cpu_seconds(CPU) is seconds
    assert set(threading.enumerate()) <= before


def test_what_cannot_run_is_not_measured(monkeypatch):
    monkeypatch.setattr("hymt.models.precision._has_bitsandbytes", lambda: False)
    other = Device("cpu", "another processor", "for a test")
    assert set(cpu_seconds(other)) == {"fp32", "fp16", "bf16"}
