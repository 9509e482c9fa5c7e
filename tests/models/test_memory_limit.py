"""Swapping under a memory limit, and variants that one GPU cannot hold: on stand-in cards, computed by the CPU."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from hymt.errors import UserError
from hymt.hardware.devices import CUDA_CONTEXT, Device, detect_device
from hymt.models import loading
from hymt.models.manager import ModelManager, SwapFailed, start_local_engine
from hymt.models.plan import Spread
from hymt.translation.events import Done
from hymt.translation.translator import Translator
from tests.hardware.stand_in import GIB, GPU, Cards

CPU = Device("cpu", "a processor", "for a test")
TIGHT = 1.5  # GiB in which the embedded model in FP32 fits with a few slots


@pytest.fixture
def card(monkeypatch):
    """One card of 80 GiB; weights that are to lie on it lie in RAM."""
    real = loading.load
    monkeypatch.setattr(loading, "load", lambda folder, precision, _, *more: real(folder, precision, CPU, *more))
    return Cards(80 * GIB).install(monkeypatch)


@pytest.fixture
def manager(card):
    manager = ModelManager(GPU)
    yield manager
    manager.close()


def test_a_lower_limit_loads_the_same_variant_with_fewer_slots(manager, card):
    manager.swap("hymt-mini", "fp32")
    assert manager.loaded.plan.slots == 128 and card.shares == {}
    report = manager.swap("hymt-mini", "fp32", gpu_memory=TIGHT)
    assert report.changed and report.memory_limit == manager.device.memory_limit == int(TIGHT * GIB)
    loaded = manager.loaded
    assert 8 <= loaded.plan.slots < 32 and loaded.engine.slots == loaded.plan.slots
    assert loaded.plan.estimated_bytes["total"] <= report.memory_limit
    assert card.shares[0] * 80 * GIB == pytest.approx(report.memory_limit - CUDA_CONTEXT)
    assert "within the limit" in str(loaded.plan.reason)
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")


def test_a_limit_stays_until_it_is_changed(manager, card):
    manager.swap("hymt-mini", "fp32", gpu_memory=TIGHT)
    assert not manager.swap("hymt-mini", "fp32").changed
    assert not manager.swap("hymt-mini", "fp32", gpu_memory=TIGHT).changed
    assert manager.swap("hymt-mini", "fp16").memory_limit == int(TIGHT * GIB)
    lifted = manager.swap(gpu_memory=0)
    assert lifted.changed and lifted.memory_limit is None and lifted.precision == "fp16"
    assert card.shares == {0: 1.0} and manager.loaded.plan.slots == 128


def test_a_limit_from_the_beginning(card):
    translator = Translator("hymt-mini", "fp32", manager=(manager := ModelManager(GPU, gpu_memory=TIGHT)))
    assert manager.free() == int(TIGHT * GIB) and card.shares[0] < 0.01 and translator.manager.loaded.plan.slots < 32
    manager.close()


def test_the_recommendation_is_for_the_limit(manager):
    assert manager.recommendation().precision == "fp16"
    assert manager.recommendation(manager.device_within(8)).precision == "nf4"
    assert manager.device.memory_limit is None


def test_a_limit_that_nothing_fits_is_refused_and_the_old_one_stays(manager, card):
    manager.swap("hymt-mini", "fp32", gpu_memory=2)
    before, shares = manager.loaded, dict(card.shares)
    with pytest.raises(SwapFailed, match=r"only 962\.6 MiB are free within the limit of 962\.6 MiB"):
        manager.swap("hymt-mini", "int8", gpu_memory=0.94)
    with pytest.raises(SwapFailed, match="above 0"):
        manager.swap(gpu_memory=-1)
    assert manager.loaded is before and manager.device.memory_limit == 2 * GIB and card.shares == shares


def test_a_load_that_fails_restores_the_old_limit(manager, card, monkeypatch):
    manager.swap("hymt-mini", "fp32", gpu_memory=2)
    shares, real, held_to = dict(card.shares), loading.load, []

    def first_fails(*arguments):
        held_to.append(card.shares[0])
        if len(held_to) == 1:
            raise MemoryError("out of memory")
        return real(*arguments)

    monkeypatch.setattr(loading, "load", first_fails)
    with pytest.raises(SwapFailed, match="not enough memory"):
        manager.swap("hymt-mini", "fp32", gpu_memory=TIGHT)
    assert held_to[0] < held_to[1] == shares[0] == card.shares[0]
    assert manager.device.memory_limit == manager.reader.device.memory_limit == 2 * GIB
    assert manager.loaded.variant.named == ("hymt-mini", "fp32")


def test_without_a_gpu_a_limit_is_refused():
    with pytest.raises(UserError, match="NVIDIA GPUs"):
        ModelManager(CPU, gpu_memory=8)
    manager = ModelManager(CPU)
    manager.swap("hymt-mini", "fp32")
    before = manager.loaded
    with pytest.raises(SwapFailed, match="NVIDIA GPUs"):
        manager.swap(gpu_memory=8)
    assert manager.loaded is before and manager.swap(gpu_memory=0).changed is False
    manager.close()


def test_what_comes_back_is_what_was_taken(manager, card):
    """What loading took of the card counts as free for the next variant: weights, cache, and what else it made."""
    manager.swap("hymt-mini", "fp32")
    before = manager.free()
    manager._loaded = replace(manager.loaded, taken=(3 * GIB,))
    card.own[0] = 3 * GIB
    assert manager.free() == before == 80 * GIB
    assert manager.free(manager.device_within(8)) == 8 * GIB
    card.own[0] = 0


# -- shorter chunks ------------------------------------------------------------------------------------


def test_a_plan_with_shorter_chunks_cuts_a_running_text_anew(monkeypatch, english):
    """Chunks that were cut for longer slots do not fit shorter ones: what had not begun is cut by the new plan."""
    # few slots: a short text has chunks that wait
    manager = ModelManager(CPU, lambda weights, plan: start_local_engine(weights, plan.with_slots(16)))
    manager.swap("hymt-mini", "fp32")
    real = manager.plan

    def shorter(model, precision, device=None):
        fitted = model.with_chunks(16)
        lengths = {"chunk_tokens": fitted.chunk_tokens, "max_len": fitted.max_len}
        return replace(real(model, precision, device), **lengths)

    paragraph = " ".join(english[:24])
    events = Translator(manager=manager).stream("\n".join([paragraph] * 4), to="fr", source="en", beams=1)
    next(event for event in events if event.figures.tokens)
    monkeypatch.setattr(manager, "plan", shorter)
    swap = threading.Thread(target=manager.swap, args=("hymt-mini", "fp16"))
    swap.start()
    *_, last = events
    swap.join(60)
    loaded = manager.loaded
    assert isinstance(last, Done) and len(last.text.splitlines()) == 4
    assert (loaded.model.chunk_tokens, loaded.model.max_chunk_tokens, loaded.engine.max_len) == (16, 16, 176)
    lengths = [len(line) for line in last.text.splitlines()]
    assert min(lengths) > 0.7 * max(lengths)  # no paragraph lost a part
    monkeypatch.setattr(manager, "plan", real)
    manager.swap(precision="fp32")
    assert manager.loaded.model.chunk_tokens == 64  # the model's own, where the plan does not shorten it
    manager.close()


# -- more than one device ------------------------------------------------------------------------------


@pytest.fixture
def spread_loads(monkeypatch):
    """The budgets that weights were loaded with; they all lie in RAM in truth."""
    asked, real = [], loading.load_spread

    def load_spread(folder, precision, device, max_memory, *more):
        asked.append(max_memory)
        return real(folder, precision, CPU, {"cpu": 64 * GIB}, *more)

    monkeypatch.setattr(loading, "load_spread", load_spread)
    return asked


@pytest.fixture
def tight(monkeypatch, spread_loads):
    """Two cards, neither of which holds the embedded model in FP32 by itself."""
    monkeypatch.setattr("hymt.models.plan._largest_piece", lambda model, precision: 2**20)
    return Cards(int(1.17 * GIB), int(1.17 * GIB)).install(monkeypatch)


def test_what_one_gpu_cannot_hold_is_spread_over_all(tight, spread_loads):
    manager = ModelManager(GPU)
    report = manager.swap("hymt-mini", "fp32")
    loaded = manager.loaded
    assert "spread over 2 GPUs" in str(loaded.plan.reason) and report.spread == loaded.plan.spread
    assert spread_loads == [loaded.plan.spread.max_memory()] and list(spread_loads[0]) == [0, 1]
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")
    manager.close()


def test_what_no_gpu_can_hold_is_partly_in_ram(tight, spread_loads):
    tight.sizes = [tight.sizes[0]]
    manager = ModelManager(GPU)
    manager.swap("hymt-mini", "fp32")
    assert "partly in RAM: slower" in str(manager.loaded.plan.reason) and list(spread_loads[0]) == [0, "cpu"]
    tight.sizes = [int(0.94 * GIB)]
    with pytest.raises(SwapFailed, match=r"INT8 cannot lie partly in RAM\. Choose a lower precision"):
        manager.swap("hymt-mini", "int8")
    manager.close()


def test_a_limit_spreads_too(card, spread_loads, monkeypatch):
    """An 80 GiB card held to less shows what a small one would do."""
    monkeypatch.setattr("hymt.models.plan._largest_piece", lambda model, precision: 2**20)
    manager = ModelManager(GPU, gpu_memory=1.17)
    manager.swap("hymt-mini", "fp32")
    assert manager.loaded.plan.spread.ram and spread_loads[0][0] < 0.3 * GIB
    manager.close()


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_spread_weights_translate_the_same(monkeypatch, spread_loads, precision):
    """On a CPU: the loading itself, with accelerate's placement, through manager and engine."""
    manager = ModelManager(CPU)
    manager.swap("hymt-mini", precision)
    translate = {"to": "fr", "source": "en"}
    expected = Translator(manager=manager).translate("Good morning. Where is the station?", **translate)
    real = manager.plan
    spread = Spread((), 64 * GIB, 2**20)
    monkeypatch.setattr(manager, "plan", lambda *given: replace(real(*given), spread=spread))
    manager.swap("hymt-mini", "int8")
    manager.swap("hymt-mini", precision)
    assert len(spread_loads) == 2 and manager.loaded.plan.spread == spread
    assert Translator(manager=manager).translate("Good morning. Where is the station?", **translate) == expected
    manager.close()


# -- on a real card ------------------------------------------------------------------------------------


@pytest.mark.cuda
def test_a_real_limit_loads_with_fewer_slots():
    import torch

    manager = ModelManager()
    manager.swap("hymt-mini", "fp32")
    wide = manager.loaded.plan.slots
    torch.cuda.empty_cache()
    taken = sum(manager.reader.allocated()) - sum(manager.loaded.gpu_bytes)  # other tests' models
    report = manager.swap("hymt-mini", "fp32", gpu_memory=TIGHT + taken / GIB)
    assert report.changed and manager.loaded.plan.slots < wide
    translator = Translator(manager=manager)
    assert len(translator.translate("Good morning.\n" * 100, to="fr", source="en").splitlines()) == 100
    assert manager.reader.read().gpu_process <= report.memory_limit
    assert manager.swap(gpu_memory=0).changed and manager.loaded.plan.slots == wide
    manager.close()


@pytest.mark.cuda
def test_partly_in_ram_on_a_real_card_translates_the_same(monkeypatch):
    manager = ModelManager(start_engine=start_local_engine)
    manager.swap("hymt-mini", "fp32")
    text, translate = (
        "Good morning.\nWhere is the station?\nI would like a cup of coffee.",
        {"to": "fr", "source": "en"},
    )
    expected = Translator(manager=manager).translate(text, **translate)
    whole = manager.loaded.gpu_bytes[detect_device().index]
    real = manager.plan
    spread = Spread((150 * 2**20,), 4 * GIB, 63 * 2**20)  # of 213 MiB of weights
    monkeypatch.setattr(manager, "plan", lambda *given: replace(real(*given), spread=spread))
    manager.swap("hymt-mini", "fp16")
    manager.swap("hymt-mini", "fp32")
    assert manager.loaded.gpu_bytes[detect_device().index] < whole
    assert Translator(manager=manager).translate(text, **translate) == expected
    manager.close()
