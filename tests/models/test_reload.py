"""An engine that loses its memory, or its thread, under a manager: what is told, what is loaded again."""

from __future__ import annotations

import logging
import shutil
import threading

import pytest
import torch
from safetensors.torch import load_file, save_file

from hymt.engine.decoder import Decoder
from hymt.engine.protocol import EngineStatus, Update
from hymt.hardware.devices import Device
from hymt.models import loading
from hymt.models import manager as managing
from hymt.models.manager import ModelManager, SwapFailed, SwapOrder
from hymt.service.services import Services
from hymt.translation.events import Done, Failed
from hymt.translation.translator import Translator
from hymt.ui import memory_panel
from tests.conftest import MINI
from tests.hardware.stand_in import GIB, GPU, Cards
from tests.waiting import eventually

CPU = Device("cpu", "a processor", "for a test")


@pytest.fixture
def manager():
    manager = ModelManager(CPU)
    manager.swap("hymt-mini", "fp16")
    yield manager
    manager.close()


def break_steps(monkeypatch, error: BaseException, times: int = 1) -> None:
    """Let the next steps of any engine raise."""
    left, real = [error] * times, Decoder.step

    def step(decoder):
        if left:
            raise left.pop()
        return real(decoder)

    monkeypatch.setattr(Decoder, "step", step)


def lose_half(manager, monkeypatch) -> None:
    """Let the engine go on with half its slots."""
    slots = manager.loaded.engine.slots
    break_steps(monkeypatch, torch.cuda.OutOfMemoryError("out of memory"))
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")
    assert manager.loaded.engine.slots == slots // 2


# -- fewer slots ---------------------------------------------------------------------------------------


def test_sizes_are_the_engines(manager, monkeypatch):
    loaded, before = manager.loaded, manager.loaded.plan
    cache, parts = loaded.cache_bytes, before.estimated_bytes
    lose_half(manager, monkeypatch)
    assert loaded.plan.slots == before.slots // 2
    assert loaded.cache_bytes == pytest.approx(cache / 2, rel=0.05)
    assert loaded.plan.estimated_bytes["kv_cache"] == parts["kv_cache"] // 2
    assert parts["total"] - loaded.plan.estimated_bytes["total"] == parts["kv_cache"] // 2
    services = Services(Translator(manager=manager))
    panel = memory_panel.render("en", services)
    services.results.close()
    assert f"{before.slots // 2} × {before.max_len}" in panel and f"0 / {before.slots // 2}" in panel


def test_the_half_that_was_given_back_is_not_counted_twice(monkeypatch, caplog):
    """On a stand-in card whose tensors are those of the loaded variant: what is free stays the whole card."""
    real = loading.load
    monkeypatch.setattr(loading, "load", lambda folder, precision, _, *more: real(folder, precision, CPU, *more))
    card = Cards(80 * GIB).install(monkeypatch)
    manager = ModelManager(GPU)
    tensors = {"weights": 0}

    def own(index=0):
        loaded = manager.loaded
        return tensors["weights"] + (loaded.engine.cache_bytes if loaded else tensors.get("cache", 0))

    read = manager._read_weights

    def read_weights(*arguments):
        weights = read(*arguments)
        tensors["weights"] = loading.held_bytes(weights)
        return weights

    start = manager._start_engine

    def start_engine(*arguments):
        engine = start(*arguments)
        close = engine.close

        def closing():
            close()
            tensors.update(weights=0, cache=0)

        engine.close = closing
        tensors["cache"] = engine.cache_bytes
        return engine

    monkeypatch.setattr(card, "own", [0])
    monkeypatch.setattr("torch.cuda.memory_allocated", own)
    monkeypatch.setattr(card, "_reserved", own)
    monkeypatch.setattr("torch.cuda.memory_reserved", own)
    monkeypatch.setattr(manager, "_read_weights", read_weights)
    monkeypatch.setattr(manager, "_start_engine", start_engine)
    manager.swap("hymt-mini", "fp16")
    assert manager.free() == 80 * GIB
    lose_half(manager, monkeypatch)
    assert manager.free() == 80 * GIB and manager.free_by_gpu(manager.device) == (80 * GIB,)
    with caplog.at_level(logging.WARNING):
        released = manager.swap("hymt-mini", "int8", order=SwapOrder(side_by_side=False)).released_bytes
    assert released > 0 and "came back" not in caplog.text
    manager.close()


# -- a dead engine -------------------------------------------------------------------------------------


def test_the_variant_of_a_dead_engine_is_loaded_again(manager, monkeypatch):
    dead, translator = manager.loaded, Translator(manager=manager)
    break_steps(monkeypatch, SystemExit())
    *_, last = translator.stream("Good morning.", to="fr", source="en")
    assert isinstance(last, Failed)
    assert translator.translate("Good morning.", to="fr", source="en")  # it waits for the next engine
    assert manager.loaded is not dead and manager.loaded.variant == dead.variant
    assert dead.engine.status() == EngineStatus(0, dead.engine.slots, 0) and dead.cache_bytes == 0


def test_others_wait_while_a_dead_engine_is_replaced(manager, monkeypatch, english):
    """Who asks while it is loaded again gets an answer; whose chunks were in it is told, and nobody hangs."""
    translator, begun, go_on = Translator(manager=manager), threading.Event(), threading.Event()
    real = loading.load

    def load(*arguments):
        begun.set()
        assert go_on.wait(120)
        return real(*arguments)

    monkeypatch.setattr(loading, "load", load)
    break_steps(monkeypatch, SystemExit())
    *_, last = translator.stream("\n".join(english), to="fr", source="en")
    assert isinstance(last, Failed) and begun.wait(120)
    ends = []
    waiting = threading.Thread(target=lambda: ends.extend(translator.stream("Good morning.", to="fr", source="en")))
    waiting.start()
    assert manager.progress.stage == "loading" and manager.loaded is None
    go_on.set()
    waiting.join(120)
    assert isinstance(ends[-1], Done)


def test_an_engine_that_dies_again_and_again_is_left_alone_until_somebody_loads(manager, monkeypatch):
    """Each life ends by a step; the third reload is the last."""
    translator = Translator(manager=manager)
    for _ in range(managing.RELOADS + 1):
        manager.current()
        break_steps(monkeypatch, SystemExit())
        *_, last = translator.stream("Good morning.", to="fr", source="en")
        assert isinstance(last, Failed)
    with pytest.raises(SwapFailed, match=f"stopped by an error {managing.RELOADS + 1} times"):
        manager.current()
    manager.swap("hymt-mini", "fp16")
    assert translator.translate("Good morning.", to="fr", source="en")


def test_a_reload_that_fails_says_so_and_nobody_waits(manager, monkeypatch):
    monkeypatch.setattr(loading, "load", lambda *arguments: (_ for _ in ()).throw(MemoryError("out of memory")))
    break_steps(monkeypatch, SystemExit())
    *_, last = Translator(manager=manager).stream("Good morning.", to="fr", source="en")
    assert isinstance(last, Failed)
    with pytest.raises(SwapFailed, match="not enough memory"):
        manager.current()
    assert eventually(lambda: manager.progress is None)


def test_closing_ends_a_manager_whose_engine_is_dead(monkeypatch):
    manager = ModelManager(CPU)
    manager.swap("hymt-mini", "fp16")
    break_steps(monkeypatch, SystemExit())
    *_, last = Translator(manager=manager).stream("Good morning.", to="fr", source="en")
    manager.close()
    with pytest.raises(SwapFailed, match="shutting down"):
        manager.current()
    assert isinstance(last, Failed) and manager.loaded is None


# -- broken weights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [float("nan"), 0.0], ids=["NaN", "zero"])
@pytest.mark.parametrize("precision", ["fp16", "int8", "nf4"])
def test_broken_weights_are_never_ready(manager, tmp_path, precision, value):
    folder = tmp_path / "broken"
    shutil.copytree(MINI, folder)
    tensors = load_file(folder / "model.safetensors")
    filled = {key: torch.full_like(tensor, value) for key, tensor in tensors.items()}
    save_file(filled, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(SwapFailed, match="its weights are damaged: they compute no numbers"):
        manager.swap(str(folder), precision)
    assert manager.loaded.variant.named == ("hymt-mini", "fp16")


class TextEngine:
    """As a remote engine is: it answers in text, and holds nothing on this machine."""

    slots, max_len, cache_bytes = 4, 352, 0

    def __init__(self, answer) -> None:
        self.answer = answer

    def submit(self, request) -> None:
        said = self.answer(request.turn)
        request.sink(Update(request, "running", text=said[: len(said) // 2]))
        request.sink(Update(request, "done", text=said))

    def status(self) -> EngineStatus:
        return EngineStatus(0, self.slots, 0)

    def cancel(self, job) -> None: ...

    def when_failed(self, call) -> None: ...

    def close(self) -> None: ...


def test_an_engine_may_answer_in_text():
    manager = ModelManager(CPU, start_engine=lambda weights, plan: TextEngine(str.upper))
    manager.swap("hymt-mini", "fp16")
    *_, last = Translator(manager=manager).stream("Good morning.", to="fr", source="en")
    assert isinstance(last, Done) and last.text.endswith("GOOD MORNING.")
    assert last.figures.first_token_seconds is not None
    assert manager.loaded.cache_bytes == 0 and manager.loaded.plan.slots == 4
    manager.close()


def test_a_model_that_answers_nothing_is_not_ready():
    manager = ModelManager(CPU, start_engine=lambda weights, plan: TextEngine(lambda turn: ""))
    with pytest.raises(SwapFailed, match="it answered nothing"):
        manager.swap("hymt-mini", "fp16")
    assert manager.loaded is None
    manager.close()
