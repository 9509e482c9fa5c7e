"""A comparison on the embedded model: what it measures, and that it leaves the shared model as it was."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from hymt.compare.comparison import Comparison, Ended, Loading, Measured, Translating, in_order
from hymt.compare.samples import SAMPLES, samples
from hymt.compare.scores import score
from hymt.engine.decoding import Decoding
from hymt.errors import UserError
from hymt.models import precision as precisions
from hymt.models.catalogue import CATALOGUE
from hymt.models.manager import ModelManager, SwapFailed, start_local_engine
from hymt.models.plan import plan
from hymt.text.detection import detect_language
from hymt.translation.asking import Options
from hymt.translation.translator import Translator
from tests.waiting import eventually

LINES = list(SAMPLES["zh"][:3])
MEANT = list(SAMPLES["en"][:3])
GREEDY = Options(Decoding(beams=1))  # quicker


@pytest.fixture(scope="module")
def watched():
    """A translator whose manager has FP16, and how many models were in memory at each start of an engine."""
    seen, held = [], []

    def start(weights, plan):
        seen.append(weakref.ref(weights))
        gc.collect()
        held.append(sum(one() is not None for one in seen))
        return start_local_engine(weights, plan)

    manager = ModelManager(start_engine=start)
    manager.swap("hymt-mini", "fp16")
    yield Translator(manager=manager), held
    manager.close()


@pytest.fixture
def fp16(watched):
    translator, _ = watched
    translator.manager.swap("hymt-mini", "fp16")
    return translator


def compared(translator, lines=LINES, to="en", **more) -> Ended:
    *_, last = Comparison(translator, lines, to, options=GREEDY, **more).events()
    assert isinstance(last, Ended)
    return last


def loaded(translator) -> tuple[str, str]:
    return translator.manager.loaded.variant.named


def test_each_precision_in_turn_and_then_the_former_one(fp16, watched):
    asked = {"precisions": ["fp16", "int8", "fp32"], "reference": MEANT, "options": GREEDY}
    events = list(Comparison(fp16, LINES, "en", **asked).events())
    ended = events[-1]
    assert ended.failure is None and not ended.stopped and loaded(fp16) == ("hymt-mini", "fp16")
    assert set(watched[1]) == {1}, "two models were in memory at once"

    fp32, half, int8 = ended.report.rows
    assert [row.precision for row in (fp32, half, int8)] == ["fp32", "fp16", "int8"]
    assert ended.report.baseline is fp32 and fp32.against_baseline is None
    for row in (fp32, half, int8):
        assert len(row.translations) == len(LINES) and all(row.translations) and not row.error
        assert 0 < row.first_token_seconds <= row.seconds and row.load_seconds > 0 and row.tokens > 15
        if fp16.manager.device.kind == "cuda":
            assert row.peak_bytes > row.weight_bytes
        else:  # the process's RAM holds what stayed of former precisions as well
            assert row.peak_bytes is None
        assert row.against_reference == score(row.translations, MEANT, "en")
    assert fp32.weight_bytes == pytest.approx(2 * half.weight_bytes, rel=0.1) and int8.weight_bytes < half.weight_bytes
    assert half.against_baseline == score(half.translations, fp32.translations, "en")
    assert (ended.report.source, ended.report.target, ended.report.bleu_tokenizer) == ("zh", "en", "13a")

    measured = [event.report.rows for event in events if isinstance(event, Measured)]
    assert [len(rows) for rows in measured] == [1, 2, 3]
    moving = [event for event in events if isinstance(event, Loading | Translating)]
    restoring = [event for event in moving if isinstance(event, Loading) and event.restoring]
    assert {event.precision for event in restoring} == {"fp16"}
    fractions = [event.fraction for event in moving if event not in restoring]
    assert fractions == sorted(fractions) and fractions[0] >= 0 and fractions[-1] <= 1


def test_translations_are_what_the_precision_translates(fp16):
    row = compared(fp16, precisions=["fp16"]).report.rows[0]
    assert fp16.translate("\n".join(LINES), to="en", source="zh", beams=1).splitlines() == list(row.translations)


def test_one_that_is_loaded_already_has_no_load_time(fp16):
    (row,) = compared(fp16, precisions=["fp16"]).report.rows
    assert row.load_seconds is None and row.tokens and row.weight_bytes > 0


def test_one_that_cannot_run_becomes_a_row_with_its_reason(fp16, monkeypatch):
    monkeypatch.setattr(precisions, "_has_bitsandbytes", lambda: False)
    ended = compared(fp16, precisions=["int8", "fp16", "bf16"])
    int8, half, bf16 = ended.report.rows
    assert "INT8 needs the package bitsandbytes" in str(int8.error) and not int8.translations
    assert ended.report.baseline is half and bf16.against_baseline and ended.failure is None
    assert loaded(fp16) == ("hymt-mini", "fp16")


def test_one_that_does_not_fit_becomes_a_row_with_its_reason(fp16, monkeypatch):
    needed = plan(CATALOGUE["hymt-mini"], "fp32", 0, fp16.manager.device).needed_bytes
    monkeypatch.setattr(fp16.manager, "free", lambda device=None: needed // 2)
    monkeypatch.setattr(fp16.manager, "free_by_gpu", lambda device=None: (needed // 2,))
    monkeypatch.setattr(fp16.manager.reader, "ram", lambda: 0)
    fp32, half = compared(fp16, precisions=["fp32", "fp16"]).report.rows
    assert "needs about" in str(fp32.error) and not half.error


def test_a_load_that_breaks_becomes_a_row_and_the_rest_go_on(fp16, monkeypatch):
    real = fp16.manager._start_engine

    def start(weights, plan):
        if fp16.manager.progress.variant.precision == "bf16":
            raise RuntimeError("CUDA error at /secret/path")
        return real(weights, plan)

    monkeypatch.setattr(fp16.manager, "_start_engine", start)
    ended = compared(fp16, precisions=["bf16", "fp16"])
    broken, half = ended.report.rows
    assert "could not be loaded" in str(broken.error) and "/secret" not in str(broken.error)
    assert half.translations and loaded(fp16) == ("hymt-mini", "fp16")


def test_stopping_restores_and_keeps_what_was_measured(fp16, english):
    comparison = Comparison(fp16, english[:24], "fr", "en", precisions=["bf16", "fp32"], options=GREEDY)
    for event in comparison.events():
        if isinstance(event, Translating) and event.precision == "bf16":
            comparison.cancel()
    assert isinstance(event, Ended) and event.stopped and event.failure is None
    assert [row.precision for row in event.report.rows] == ["fp32"]
    assert loaded(fp16) == ("hymt-mini", "fp16")


def test_nobody_listening_restores(fp16, english):
    turn = threading.Lock()
    events = Comparison(fp16, english, "fr", "en", precisions=["bf16"], options=GREEDY, turn=turn).events()
    next(event for event in events if isinstance(event, Translating))
    events.close()
    assert eventually(lambda: not turn.locked()) and loaded(fp16) == ("hymt-mini", "fp16")


def test_anothers_swap_ends_it_and_stays(fp16, english):
    others = threading.Thread(target=fp16.manager.swap, args=("hymt-mini", "int8"))
    comparison = Comparison(fp16, english, "fr", "en", precisions=["fp32", "bf16"], options=GREEDY)
    for event in comparison.events():
        if isinstance(event, Translating) and not others.ident:
            others.start()
    others.join()
    assert event.failure.key == "displaced" and event.report.rows == ()
    assert loaded(fp16) == ("hymt-mini", "int8")


def test_one_at_a_time(fp16):
    turn = threading.Lock()
    before = fp16.manager.loaded
    with turn:
        (ended,) = Comparison(fp16, LINES, "en", precisions=["fp32"], turn=turn).events()
    assert ended.failure.key == "comparing" and ended.report.rows == () and fp16.manager.loaded is before
    assert compared(fp16, precisions=["fp16"], turn=turn).failure is None and not turn.locked()


def test_a_failed_restoration_is_told(fp16, monkeypatch):
    real = fp16.manager.swap

    def swap(model, precision, *more, **how):
        if precision == "fp16":
            raise SwapFailed("load_failed", model="hymt-mini", precision="FP16", reason=UserError("files_damaged"))
        return real(model, precision, *more, **how)

    monkeypatch.setattr(fp16.manager, "swap", swap)
    ended = compared(fp16, precisions=["bf16"])
    assert "could not be loaded" in str(ended.failure) and len(ended.report.rows) == 1


def test_where_nothing_was_loaded_nothing_is_restored():
    translator = Translator(manager=ModelManager())
    ended = compared(translator, precisions=["bf16"], model="hymt-mini")
    assert ended.failure is None and ended.report.rows[0].translations and loaded(translator)[1] == "bf16"
    translator.close()


def test_texts_under_way_survive_it(fp16, english):
    done = []
    text = threading.Thread(target=lambda: done.append(fp16.translate("\n".join(english[:24]), "fr", "en", beams=1)))
    text.start()
    compared(fp16, precisions=["bf16"])
    text.join(120)
    assert len(done[0].splitlines()) == 24


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"lines": []}, "empty"),
        ({"precisions": []}, "no_precision"),
        ({"reference": MEANT[:2]}, "reference_lines"),
        ({"to": "zh"}, "same_detected"),
        ({"to": "th"}, "not_known"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_loaded(fp16, given, key):
    before = fp16.manager.loaded
    with pytest.raises(UserError) as refused:
        Comparison(fp16, **{"lines": LINES, "to": "en"} | given)
    assert refused.value.key == key and fp16.manager.loaded is before


def test_fp32_goes_first():
    assert in_order(["int8", "FP32", "int8", "fp16"]) == ("fp32", "int8", "fp16")
    with pytest.raises(UserError, match="fp8"):
        in_order(["fp8"])


def test_beams_are_the_options(fp16):
    assert Comparison(fp16, LINES, "en").report.beams == fp16.manager.loaded.model.beams
    assert Comparison(fp16, LINES, "en", options=fp16.options(beams=2)).report.beams == 2
    assert Comparison(fp16, LINES, "en", options=Options()).report.source == "zh"


def test_the_samples_are_in_their_languages():
    assert all(detect_language("\n".join(lines)) == code for code, lines in SAMPLES.items())
    assert samples(None, None) == ("en", "zh") and samples(None, "en") == ("zh", "en")
    assert samples(None, "fr") == ("en", "fr") and samples("zh", None) == ("zh", "en")
