"""Plain transformers beside hymt: measured on the embedded model, and gone afterwards."""

from __future__ import annotations

import weakref

from hymt.bench import baselines
from hymt.bench.checkpoint import checkpoint
from hymt.bench.run import new_report
from hymt.bench.session import Prompts, Session
from hymt.bench.settings import Settings
from hymt.hardware.devices import detect_device


def test_baselines_are_measured_and_leave_no_model(monkeypatch):
    load, loaded = baselines._load, []

    def remember(*arguments):
        model = load(*arguments)
        loaded.append(weakref.ref(model))
        return model

    monkeypatch.setattr(baselines, "_load", remember)
    monkeypatch.setattr(baselines, "CACHE_SHARE", 0.05)
    settings = Settings("hymt-mini", ("fp32", "nf4"), widths=(2,), prompt=8, new=3)
    with checkpoint("hymt-mini", detect_device(), 11, lambda text: None) as chosen:
        report = new_report(settings, detect_device(), chosen)
        session = Session(settings, detect_device(), report, lambda text: None, lambda row: None)
        baselines.measure_baselines(session, chosen.folder, Prompts(chosen.folder, chosen.shape.vocab, 8))
    assert [model() for model in loaded] == [None, None]
    found = [(row.part, row.precision, row.sequences, row.timing and row.timing.tokens) for row in report.rows]
    assert found == [
        ("load", "fp32", 1, 0),
        ("recipe", "fp32", 1, 6),
        ("generate", "fp32", 1, 3),
        ("generate", "fp32", 16, 48),
        ("continuous", "fp32", 2, 6),
        ("load", "nf4", 1, 0),
        ("generate", "nf4", 1, 3),
    ], report.rows
