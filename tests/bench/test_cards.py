"""Cards of several sizes, on a stand-in card that the CPU computes for."""

from __future__ import annotations

import pytest

from hymt.bench import cards
from hymt.bench.checkpoint import Checkpoint, link, write_settings
from hymt.bench.run import new_report
from hymt.bench.session import Prompts, Session
from hymt.bench.settings import Settings
from hymt.commands.bench import main
from hymt.hardware.devices import CUDA_CONTEXT, Device
from hymt.models import loading
from hymt.models.catalogue import CATALOGUE
from tests.hardware.stand_in import GIB, GPU, Cards

CPU = Device("cpu", "a processor", "for a test")


@pytest.fixture
def card(monkeypatch):
    real = loading.load
    monkeypatch.setattr(loading, "load", lambda folder, precision, _, *more: real(folder, precision, CPU, *more))
    return Cards(80 * GIB).install(monkeypatch)


def test_each_limit_is_planned_held_and_measured(card, tmp_path, monkeypatch):
    mini = CATALOGUE["hymt-mini"]
    folder = tmp_path / "model"
    folder.mkdir()
    link(mini.folder, folder)
    write_settings(folder, mini, 64)
    settings = Settings("hymt-mini", ("int8",), prompt=16, new=4, chunks=10, gpu_memory=(1.3, 3))
    report = new_report(settings, CPU, Checkpoint(folder, "hymt-mini", mini.shape, random=False))
    session = Session(settings, GPU, report, lambda text: None, lambda row: None)
    held = []
    monkeypatch.setattr(cards.own, "greedy", lambda *_: held.append(card.shares[0]) or cards.Timing(1, 4, 4.0))
    cards.measure_cards(session, folder, Prompts(folder, mini.shape.vocab, 16))
    small, large, free = report.rows
    assert [row.error for row in report.rows] == [""] * 3
    assert [row.precision for row in report.rows] == ["fp16", "fp16", "int8"]
    assert small.how == "a card of 1.3 GiB" and small.plan["slots"] < large.plan["slots"] and free.how == "no limit"
    assert [row.plan["memory_limit"] for row in report.rows] == [int(1.3 * GIB), 3 * GIB, None]
    assert held == [pytest.approx((limit * GIB - CUDA_CONTEXT) / (80 * GIB)) for limit in (1.3, 3)] + [1.0]
    assert all(row.timing.tokens == 40 and row.timing.load > 0 and row.peak for row in report.rows)


def test_without_a_gpu_it_is_refused(capsys, monkeypatch):
    monkeypatch.setattr("hymt.hardware.devices.detect_device", lambda: CPU)
    assert main(["--gpu-memory", "8", "--shape", "hymt-mini"]) == 1
    assert "A GPU memory limit is for NVIDIA GPUs" in capsys.readouterr().err
