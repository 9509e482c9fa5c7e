"""A whole run: the checkpoint, the limits, what transformers does, what hymt does, in this order."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from hymt import __version__
from hymt.bench import baselines, cards, limits, own, start
from hymt.bench.checkpoint import Checkpoint, checkpoint
from hymt.bench.report import BenchReport, BenchRow, Machine
from hymt.bench.session import Prompts, Session, in_own_thread
from hymt.bench.settings import GROUPS, Settings
from hymt.hardware.devices import Device, cpu_name
from hymt.hardware.memory import MemoryReader
from hymt.models import loading

PACKAGES = ("torch", "transformers", "bitsandbytes", "triton")
Say = Callable[[str], None]


def run(
    settings: Settings, device: Device, say: Say, tell: Callable[[BenchReport, BenchRow | None], None]
) -> BenchReport:
    """Measure everything that the settings ask for; `tell` gets the report so far after every row.

    Raises UnsupportedModel, DownloadFailed or OSError when there is no checkpoint to measure.
    """
    positions = settings.prompt + settings.new
    with checkpoint(settings.shape, device, positions, say) as chosen:
        report = new_report(settings, device, chosen)
        session = Session(settings, device, report, say, lambda row: tell(report, row))
        prompts = Prompts(chosen.folder, chosen.shape.vocab, settings.prompt)
        if settings.gpu_memory:
            tell(report, None)
            cards.measure_cards(session, chosen.folder, prompts)
            return report
        if session.wants("limits"):
            _measure_limits(session, chosen)
        tell(report, None)
        if session.wants(*GROUPS["baselines"]):
            baselines.measure_baselines(session, chosen.folder, prompts)
        if session.wants("start"):
            start.measure_start(session, chosen.folder)
        if session.wants(*(part for part in GROUPS["own"] if part != "start")):
            own.measure_own(session, chosen.folder, prompts)
        return report


def _measure_limits(session: Session, chosen: Checkpoint) -> None:
    session.say("measuring the copy bandwidth")
    report = session.report
    report.copy_bandwidth = in_own_thread(partial(limits.copy_bandwidth, session.device, session.reader.free()))
    loading.release_memory(session.device)
    for precision in session.settings.precisions:
        report.limits[precision] = limits.one_sequence(report.copy_bandwidth, chosen.shape, precision)


def new_report(settings: Settings, device: Device, chosen: Checkpoint) -> BenchReport:
    return BenchReport(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        machine=machine(device),
        versions=versions(),
        model={
            "name": chosen.name,
            "random_weights": chosen.random,
            "parameters": chosen.shape.parameters,
            "weight_bytes": {name: chosen.shape.weight_bytes(name) for name in settings.precisions},
        },
        prompt_tokens=settings.prompt,
        new_tokens=settings.new,
    )


def machine(device: Device) -> Machine:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "device": device.name,
        "kind": device.kind,
        "memory": MemoryReader(device).total(),
        "processor": cpu_name(),
        "cores": cores,
        "system": platform.system(),
    }


def versions() -> dict[str, str]:
    """Of Python, hymt and the packages that compute; those not installed are left out."""
    import torch

    found = {"python": platform.python_version(), "hymt": __version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found | ({"cuda": torch.version.cuda} if torch.version.cuda else {})
