"""Watching memory: readings in order, marks beside them, and a report that misses no peak."""

from __future__ import annotations

import csv
import threading
from dataclasses import replace

import pytest

from hymt.hardware.devices import Device, cpu_name
from hymt.hardware.marks import Mark, thinned
from hymt.hardware.memory import MemoryReader, MemoryReading
from hymt.hardware.monitor import MemoryMonitor
from tests.hardware.stand_in import GIB, GPU, Cards
from tests.waiting import eventually

CPU = Device("cpu", cpu_name(), "for a test")
FIRST = MemoryReading(100.0, "A processor", process_ram=1, system_ram_used=200, system_ram_total=300)
HOURS = 10_000.0  # an interval that no test waits for


class Script:
    """A reader that tells prepared readings, one after another; an exception is raised."""

    def __init__(self, *readings):
        self._left = list(readings)

    def read(self) -> MemoryReading:
        reading = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        if isinstance(reading, Exception):
            raise reading
        return reading


def sampled(*readings, **options) -> MemoryMonitor:
    """A monitor that has seen these readings."""
    monitor = MemoryMonitor(Script(*readings), **options)
    for _ in readings:
        monitor.sample()
    return monitor


def on_gpu(*counts: tuple[int, int]) -> list[MemoryReading]:
    """Readings with so much allocated, and torch's peak counter."""
    seen = replace(FIRST, gpu_used=90, gpu_free=10, gpu_total=100, torch_reserved=80)
    return [replace(seen, time=100.0 + n, torch_allocated=now, torch_peak=most) for n, (now, most) in enumerate(counts)]


# -- sampling ------------------------------------------------------------------------------------------


def test_it_keeps_the_last_readings_in_order():
    monitor = MemoryMonitor(MemoryReader(CPU), interval=0.01, keep=5).start()
    first = monitor.history()[0]
    assert eventually(lambda: monitor.history()[0].time > first.time)
    monitor.stop()
    history = monitor.history()
    assert len(history) == 5 and [r.time for r in history] == sorted(r.time for r in history)


def test_a_short_watch_has_its_first_and_last_moment():
    with MemoryMonitor(MemoryReader(CPU), interval=HOURS) as monitor:
        block = bytearray(256 * 2**20)
        block[::4096] = b"x" * len(block[::4096])
    before, after = monitor.history()
    assert after.process_ram - before.process_ram > 150 * 2**20
    assert monitor.report().duration == after.time - before.time > 0


def test_stopping_ends_the_thread_and_keeps_what_was_seen():
    before = set(threading.enumerate())
    monitor = MemoryMonitor(MemoryReader(CPU), interval=HOURS).start()
    (thread,) = set(threading.enumerate()) - before
    monitor.mark("swap", "hymt-mini INT8")
    monitor.stop()
    assert not thread.is_alive() and not monitor.running
    assert len(monitor.history()) == 2 and [mark.kind for mark in monitor.marks()] == ["swap"]
    monitor.stop()
    assert len(monitor.history()) == 2


def test_starting_again_begins_anew():
    monitor = MemoryMonitor(MemoryReader(CPU), interval=HOURS)
    with monitor:
        monitor.mark("job", "en → fr", 1)
    earlier = monitor.history()
    with monitor:
        assert len(monitor.history()) == 1 and monitor.marks() == []
    assert monitor.history()[0].time > earlier[-1].time


def test_a_monitor_that_runs_is_not_started_twice():
    with MemoryMonitor(MemoryReader(CPU), interval=HOURS) as monitor:
        with pytest.raises(RuntimeError, match="runs already"), monitor:
            pass
        assert monitor.running


def test_a_reading_that_fails_does_not_end_the_watch(caplog):
    broken = RuntimeError("the driver hiccups")
    monitor = MemoryMonitor(Script(broken, broken, FIRST, broken, broken, FIRST), interval=0.01)
    with monitor:
        assert eventually(lambda: len(monitor.history()) > 2)
    assert [record.message for record in caplog.records] == ["The memory cannot be read at the moment."] * 2


def test_the_latest_reading_is_a_fresh_one_if_there_is_none():
    assert MemoryMonitor(Script(FIRST)).latest() == FIRST
    assert sampled(FIRST, replace(FIRST, time=101.0)).latest().time == 101.0


@pytest.mark.parametrize("options", [{"interval": 0}, {"interval": -1.0}, {"interval": float("nan")}, {"keep": 0}])
def test_what_cannot_be_is_refused(options):
    with pytest.raises(ValueError, match="seconds above 0"):
        MemoryMonitor(Script(FIRST), **options)


def test_many_threads_may_watch_and_mark():
    errors = []

    def use(monitor):
        try:
            for _ in range(300):
                monitor.mark("job", "en → fr", 1)
                monitor.sample()
                assert len(monitor.history()) <= 20 and len(monitor.marks()) <= 20
                monitor.report()
        except Exception as error:
            errors.append(error)

    with MemoryMonitor(MemoryReader(CPU), interval=0.001, keep=20) as monitor:
        threads = [threading.Thread(target=use, args=(monitor,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    times = [reading.time for reading in monitor.history()]
    assert errors == [] and times == sorted(times)


# -- marks ---------------------------------------------------------------------------------------------


@pytest.fixture
def running():
    with MemoryMonitor(MemoryReader(CPU), interval=HOURS, keep=3) as monitor:
        yield monitor


def captions(monitor) -> list[str]:
    return [str(mark) for mark in monitor.marks()]


def test_marks_say_what_was_finished(running):
    running.mark("load", "hymt-mini FP16")
    running.mark("job", "en → fr", 12)
    running.mark("swap", "hymt-mini INT8")
    assert captions(running) == ["load: hymt-mini FP16", "job: en → fr, 12 chunks", "swap: hymt-mini INT8"]


def test_jobs_between_two_readings_are_one_mark(running):
    for _ in range(500):
        running.mark("job", "en → fr", 1)
    running.sample()
    running.mark("job", "en → fr", 1)
    running.mark("job", "zh → en", 2)
    assert captions(running) == ["500 jobs: en → fr, 500 chunks", "2 jobs: 3 chunks"]


def test_every_swap_is_a_mark_of_its_own(running):
    running.mark("swap", "hymt-mini INT8")
    running.mark("swap", "hymt-mini FP16")
    assert captions(running) == ["swap: hymt-mini INT8", "swap: hymt-mini FP16"]


def test_marks_go_with_the_readings_around_them(running):
    running.mark("swap", "hymt-mini INT8")
    for _ in range(2):
        running.sample()
    assert captions(running) == ["swap: hymt-mini INT8"]
    running.sample()
    assert captions(running) == []


def test_nothing_is_marked_while_nobody_watches():
    monitor = MemoryMonitor(MemoryReader(CPU), interval=HOURS)
    monitor.mark("swap", "hymt-mini INT8")
    with monitor:
        pass
    monitor.mark("swap", "hymt-mini FP16")
    assert monitor.marks() == []


def test_another_kind_is_refused(running):
    with pytest.raises(ValueError, match="load, swap, job"):
        running.mark("party", "x")


def test_close_jobs_are_drawn_as_one():
    moments = [Mark(float(n), "job", "en → fr", 2) for n in range(6)]
    assert [(mark.time, mark.count, mark.chunks) for mark in thinned(moments, 3)] == [(0.0, 3, 6), (3.0, 3, 6)]
    swap = Mark(0.5, "swap", "hymt-mini INT8")
    assert thinned([moments[0], swap, moments[1]], 3) == [moments[0], swap, moments[1]]


# -- the report ----------------------------------------------------------------------------------------


def test_the_report_sums_up_the_samples():
    monitor = sampled(*(replace(FIRST, time=100.0 + n, process_ram=n) for n in range(1, 101)))
    report = monitor.report()
    assert (report.samples, report.duration) == (100, 99.0)
    assert (report.peak["process_ram"], report.mean["process_ram"], report.p95["process_ram"]) == (100, 50, 95)
    assert set(report.peak) == {"process_ram", "system_ram_used"}
    assert report.as_dict()["p95"] == {"process_ram": 95, "system_ram_used": 200}


def test_one_sample_is_all_three():
    report = sampled(FIRST).report()
    assert report.peak == report.mean == report.p95 == {"process_ram": 1, "system_ram_used": 200}


def test_nothing_to_report_is_an_error(tmp_path):
    monitor = MemoryMonitor(Script(FIRST))
    for ask in (monitor.report, lambda: monitor.to_png(tmp_path / "x.png")):
        with pytest.raises(ValueError, match="start the monitor first"):
            ask()


@pytest.mark.parametrize(
    ("counts", "peak"),
    [
        ([(5, 5), (7, 7), (6, 7)], 7),
        ([(5, 5), (6, 9), (6, 9)], 9),  # reached between two samples
        ([(5, 90), (6, 90), (7, 90)], 7),  # of a time before the watch
        ([(5, 90), (1, 3), (2, 4)], 5),  # reset meanwhile: what was before it is not counted
        ([(5, 90), (2, 8), (2, 8)], 8),  # reset, and a peak after that
        ([(5, 90)], 5),
    ],
)
def test_no_peak_of_torch_is_missed_and_none_from_before_is_counted(counts, peak):
    assert sampled(*on_gpu(*counts)).report().peak["torch_allocated"] == peak


def test_a_gpus_figures(monkeypatch):
    cards = Cards(80 * GIB).install(monkeypatch)
    with MemoryMonitor(MemoryReader(GPU), interval=HOURS) as monitor:
        cards.own[0], cards.cached[0], cards.others[0] = 7 * GIB, GIB, 2 * GIB
    peak = monitor.report().peak
    assert (peak["torch_allocated"], peak["torch_reserved"], peak["gpu_used"]) == (7 * GIB, 8 * GIB, 10 * GIB)


# -- files ---------------------------------------------------------------------------------------------


def watched() -> MemoryMonitor:
    """Three readings of a GPU, and what happened between them."""
    monitor = sampled(*on_gpu((5, 5), (7, 7), (6, 7)))
    moments = [(100.0, "load", "hymt-mini FP16", 0), (101.5, "job", "en → fr", 12), (101.7, "swap", "a $b$ INT8", 0)]
    monitor._marks.extend(Mark(*moment) for moment in moments)
    return monitor


def test_the_table_has_a_row_for_every_reading(tmp_path):
    watched().to_csv(tmp_path / "memory.csv")
    with (tmp_path / "memory.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["seconds"] for row in rows] == ["0.000", "1.000", "2.000"]
    assert rows[0]["time"] == "1970-01-01T00:01:40.000+00:00"
    assert [row["torch_allocated"] for row in rows] == ["5", "7", "6"]
    assert "gpu_limit" not in rows[0] and "device" not in rows[0]
    marks = ["load: hymt-mini FP16", "", "job: en → fr, 12 chunks; swap: a $b$ INT8"]
    assert [row["marks"] for row in rows] == marks


def test_the_chart_is_a_picture(tmp_path):
    monitor = watched()
    monitor.to_png(tmp_path / "memory.png")
    with_marks = (tmp_path / "memory.png").read_bytes()
    monitor._marks.clear()
    monitor.to_png(str(tmp_path / "memory.png"))
    assert with_marks.startswith(b"\x89PNG") and (tmp_path / "memory.png").read_bytes() != with_marks


@pytest.mark.cuda
def test_a_peak_between_two_samples_on_a_gpu():
    import torch

    from hymt.hardware.devices import detect_device

    torch.cuda.reset_peak_memory_stats()  # the same peak of a test before would tell nothing
    with MemoryMonitor(MemoryReader(detect_device()), interval=HOURS) as monitor:
        block = torch.empty(3 * GIB, dtype=torch.uint8, device="cuda")
        del block
    before, after = monitor.history()
    assert after.torch_allocated == before.torch_allocated
    assert monitor.report().peak["torch_allocated"] >= before.torch_allocated + 3 * GIB
