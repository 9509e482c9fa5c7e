"""Swapping: what is checked before, measured between, restored after; and who waits meanwhile."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sys
import threading
import weakref
from statistics import linear_regression

import pytest

from hymt.models import loading
from hymt.models.catalogue import CATALOGUE
from hymt.models.manager import ModelManager, SwapFailed, SwapOrder, start_local_engine
from hymt.models.plan import plan
from hymt.translation.events import Done
from hymt.translation.translator import Translator
from tests.conftest import MINI
from tests.models.memory import Ample

MIB = 2**20
SLOTS = 16


@pytest.fixture(scope="module")
def manager():
    """Few slots: a short text fills them, so that a swap finds some at work and some waiting."""
    manager = ModelManager(
        reader=Ample(), start_engine=lambda weights, plan: start_local_engine(weights, plan.with_slots(SLOTS))
    )
    manager.swap("hymt-mini", "fp16")
    yield manager
    manager.close()


def test_a_swap_reports_stages_in_order(manager):
    manager.swap("hymt-mini", "fp16")
    updates = []
    report = manager.swap(precision="int8", on_progress=updates.append)
    assert report.changed and report.precision == "int8" and report.seconds > 0
    expected = CATALOGUE["hymt-mini"].shape.weight_bytes("int8", manager.device.kind)
    assert report.weight_bytes == pytest.approx(expected, rel=0.02) and report.cache_bytes > 0
    fractions = [progress.fraction for progress in updates]
    assert fractions == sorted(fractions) and updates[-1].stage == "ready" and fractions[-1] == 1
    stages = list(dict.fromkeys(progress.stage for progress in updates))
    assert stages == ["checking", "loading", "warming up", "draining", "releasing", "ready"]
    assert manager.progress is None and manager.loaded.variant.named == ("hymt-mini", "int8")


def test_the_memory_that_came_back_is_measured(manager):
    """On a GPU all of it; on a CPU what the C library lets go, the KV cache's pages at least in part."""
    manager.swap("hymt-mini", "fp32")
    Translator(manager=manager).translate("Good morning.\n" * 4 * SLOTS, to="fr", source="en", beams=1)
    held = manager.loaded.weight_bytes + manager.loaded.cache_bytes
    released = manager.swap("hymt-mini", "fp16").released_bytes
    assert released >= (0.9 * held if manager.device.kind == "cuda" else 20 * MIB)


def test_the_same_variant_is_not_loaded_again(manager):
    manager.swap("hymt-mini", "fp16")
    loaded = manager.loaded
    assert not manager.swap("hymt-mini", "fp16").changed
    assert manager.loaded is loaded


HUNDRED_SWAPS = """
import gc, json, sys
from hymt.models.manager import ModelManager, start_local_engine

model = sys.argv[1]
manager = ModelManager(start_engine=lambda weights, plan: start_local_engine(weights, plan.with_slots(8)))
ram = {"int8": [], "fp16": []}
for precision in ram:
    manager.swap(model, precision)
gc.freeze()  # nothing of what was imported is garbage: collecting takes a third of the time
for _ in range(50):
    for precision, sizes in ram.items():
        manager.swap(model, precision)
        sizes.append(manager.reader.read().process_ram)
print(json.dumps(ram))
manager.close()
gc.unfreeze()
"""


def test_a_hundred_swaps_leave_the_memory_flat(tmp_path):
    """FP16 ↔ INT8; once the allocator is warm, a swap adds less than 0.2 MiB in either precision.

    In a process of its own: in one that other tests have used, the C library's heap is full of holes. The first layers
    of the embedded model with few slots: what a swap leaves behind would be any of its parts.
    """
    short = tmp_path / "short"
    shutil.copytree(MINI, short)
    config = json.loads((MINI / "config.json").read_text())
    (short / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    (short / "hymt.json").unlink()  # it names a head of a layer that is gone
    command = [sys.executable, "-c", HUNDRED_SWAPS, str(short)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    for precision, sizes in json.loads(done.stdout).items():
        settled = [size / MIB for size in sizes[5:]]
        slope = linear_regression(range(0, 2 * len(settled), 2), settled).slope
        assert slope < 0.2, (precision, slope, [round(size) for size in settled])


def test_the_old_weights_are_gone(manager):
    manager.swap("hymt-mini", "fp16")
    old = weakref.ref(manager.loaded.engine._decoder.model)
    kept = manager.loaded  # a job may hold on to what was published
    manager.swap("hymt-mini", "bf16")
    gc.collect()
    assert old() is None and kept.engine.status().busy_slots == 0


@pytest.mark.parametrize(
    ("model", "precision", "words"),
    [
        ("nonesuch", "fp16", "no model or folder"),
        ("hymt-mini", "fp8", "Unknown precision"),
        ("tencent/Hunyuan-MT-7B", "nf4", "could not be reached"),
        ("someone/unheard-of", "fp16", "could not be reached"),
    ],
)
def test_what_cannot_be_loaded_leaves_the_old_one_running(manager, model, precision, words):
    before = manager.loaded
    with pytest.raises(SwapFailed, match=words) as caught:
        manager.swap(model, precision)
    said = str(caught.value).replace(model, "").replace("owner/name", "")
    assert manager.loaded is before and "/" not in said
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")


def test_what_does_not_fit_is_refused_before_anything_is_dropped(manager, monkeypatch):
    before = manager.loaded
    monkeypatch.setattr(manager, "free", lambda device=None: 10 * MIB)
    monkeypatch.setattr(manager, "free_by_gpu", lambda device=None: (10 * MIB,))
    with pytest.raises(SwapFailed, match="needs about"):
        manager.swap("hymt-mini", "fp32")
    assert manager.loaded is before


def damaged(folder):
    """A copy of the embedded model whose weights are cut off."""
    shutil.copytree(MINI, folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: 20 * MIB])
    return folder


def test_a_failed_load_says_why_and_restores(manager, tmp_path):
    manager.swap("hymt-mini", "fp16")
    with pytest.raises(SwapFailed, match="hymt-mini in FP16 is loaded again") as caught:
        manager.swap(str(damaged(tmp_path / "broken")), "fp16", order=SwapOrder(side_by_side=False))
    assert "cut short" in str(caught.value) and str(tmp_path) not in str(caught.value)
    assert manager.loaded.variant.named == ("hymt-mini", "fp16")
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")


class Failing:
    """Loads, but for the first times after it was told to fail; notes whether an engine ran beside each load."""

    def __init__(self) -> None:
        self.manager, self.failures, self.beside = None, 0, []

    def __call__(self, *how):
        self.beside.append(self.manager.loaded is not None)
        if self.failures:
            self.failures -= 1
            raise MemoryError("out of memory")
        return loading.load_anywhere(*how)


@pytest.fixture
def failing():
    load = Failing()
    load.manager = ModelManager(reader=Ample(), load=load)
    load.manager.swap("hymt-mini", "fp16")
    load.beside.clear()
    yield load
    load.manager.close()


def test_no_memory_while_loading_restores(failing):
    failing.failures = 2
    with pytest.raises(SwapFailed, match="not enough memory"):
        failing.manager.swap("hymt-mini", "fp32")
    assert failing.manager.loaded.variant.named == ("hymt-mini", "fp16")
    assert failing.beside == [True, False, False]  # beside the old one, in its place, the old one again


def test_no_memory_beside_the_old_one_gives_it_up_first(failing):
    failing.failures = 1
    assert failing.manager.swap("hymt-mini", "fp32").changed
    assert failing.beside == [True, False]


def test_where_both_do_not_fit_the_old_one_goes_first(failing, monkeypatch):
    least = plan(CATALOGUE["hymt-mini"], "fp32", 1, failing.manager.device).needed_bytes
    monkeypatch.setattr(failing.manager.reader, "free", lambda device=None: least - 1)
    assert failing.manager.swap("hymt-mini", "fp32").changed and failing.beside == [False]


def test_a_model_that_fails_beside_the_old_one_leaves_its_engine(manager, tmp_path):
    manager.swap("hymt-mini", "fp16")
    before = manager.loaded
    with pytest.raises(SwapFailed, match="hymt-mini in FP16 is still loaded"):
        manager.swap(str(damaged(tmp_path / "broken")), "fp16")
    assert manager.loaded is before
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")


def test_waiting_for_the_turn_can_be_stopped(manager):
    order = SwapOrder()
    order.cancel()
    with manager._swapping, pytest.raises(SwapFailed, match="cancelled"):
        manager.swap("hymt-mini", "bf16", order=order)
    with pytest.raises(SwapFailed, match="longer than"):
        manager.swap("hymt-mini", "bf16", order=SwapOrder(seconds=0))
    assert manager.progress is None


@pytest.mark.parametrize("side_by_side", [True, False])
def test_stopped_while_loading_leaves_the_old_variant(manager, side_by_side):
    manager.swap("hymt-mini", "fp16")
    order = SwapOrder(side_by_side=side_by_side)

    def follow(progress):
        if progress.stage == "loading":
            order.cancel()

    with pytest.raises(SwapFailed, match="cancelled"):
        manager.swap("hymt-mini", "fp32", follow, order=order)
    assert manager.current().variant.named == ("hymt-mini", "fp16")
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")


def test_a_local_folder_is_loaded(manager, tmp_path):
    copy = tmp_path / "my-model"
    shutil.copytree(MINI, copy)
    assert manager.swap(str(copy), "fp16").model == "my-model"
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")
    manager.swap("hymt-mini", "fp16")


def test_requests_wait_for_a_swap(manager, english):
    """Jobs that run or come while the model is swapped, several times, all end as if nothing had happened."""
    manager.swap("hymt-mini", "fp16")
    translator = Translator(manager=manager)
    text = "\n".join(english[:40])
    results, swapped = [], threading.Event()

    def follow():
        *_, last = translator.stream(text, to="fr", source="en", beams=1)
        results.append(last)

    threads = [threading.Thread(target=follow) for _ in range(3)]
    for thread in threads:
        thread.start()
    for precision in ("int8", "fp16", "fp32"):
        manager.swap("hymt-mini", precision)
    swapped.set()
    for thread in threads:
        thread.join(120)
    assert [type(last) for last in results] == [Done] * 3
    assert all(len(last.text.splitlines()) == 40 and all(last.text.splitlines()) for last in results)


def test_another_model_under_way_cuts_the_rest_anew(manager, english, tmp_path):
    """A swap to a model with shorter chunks: what had not begun is cut by its rules, and nothing is lost."""
    manager.swap("hymt-mini", "bf16")
    other = tmp_path / "other"
    shutil.copytree(MINI, other)
    paragraph = " ".join(english[:24])
    translator = Translator(manager=manager)
    count = 40 if manager.device.kind == "cuda" else 4  # enough that the swap comes in between
    events = translator.stream("\n".join([paragraph] * count), to="fr", source="en", beams=1)
    first = next(event for event in events if event.figures.tokens)
    swap = threading.Thread(
        target=manager.swap, args=(str(other), "bf16"), kwargs={"order": SwapOrder(side_by_side=False)}
    )
    swap.start()
    *_, last = events
    swap.join(60)
    assert first.figures.model == "hymt-mini" and last.figures.model == "other"
    assert isinstance(last, Done) and len(last.text.splitlines()) == count
    lengths = [len(line) for line in last.text.splitlines()]
    assert min(lengths) > 0.8 * max(lengths)  # no paragraph lost a part
    manager.swap("hymt-mini", "bf16")


def test_nothing_loaded_is_an_error_not_a_wait():
    empty = ModelManager()
    with pytest.raises(SwapFailed, match="No model is loaded"):
        empty.current()
    with pytest.raises(SwapFailed):
        empty.swap("nonesuch", "fp16")
    empty.close()
    with pytest.raises(SwapFailed, match="shutting down"):
        empty.current()
    with pytest.raises(SwapFailed, match="shutting down"):
        empty.swap("hymt-mini")


def test_what_is_loaded_is_marked(tmp_path):
    """Also a model that could not be, by the one that was restored; where it lies is not told."""
    manager = ModelManager()
    with manager.monitor as monitor:
        manager.swap("hymt-mini", "fp16")
        manager.swap("hymt-mini", "fp16")
        manager.swap("hymt-mini", "int8")
        with pytest.raises(SwapFailed):
            manager.swap(str(damaged(tmp_path / "broken")), "fp16", order=SwapOrder(side_by_side=False))
    manager.close()
    marks = [(mark.kind, mark.label) for mark in monitor.marks()]
    assert marks == [("load", "hymt-mini FP16"), ("swap", "hymt-mini INT8"), ("swap", "hymt-mini INT8")]
    times = [reading.time for reading in monitor.history()]
    assert times == sorted(times) and times[0] <= monitor.marks()[0].time <= times[-1]


def test_closing_ends_the_watch():
    manager = ModelManager()
    manager.monitor.start()
    manager.close()
    assert not manager.monitor.running
