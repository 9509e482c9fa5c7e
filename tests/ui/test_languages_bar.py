import pytest

from hymt.models.catalogue import CATALOGUE
from hymt.text.languages import LANGUAGES
from hymt.ui import languages_bar
from hymt.ui.translation_box import of_text, text_of

MINI, LARGE = CATALOGUE["hymt-mini"], CATALOGUE["Hunyuan-MT-7B"]
RIGHT_TO_LEFT = {"ar", "he", "fa", "ur", "ug"}


@pytest.mark.parametrize("code", [*LANGUAGES, "auto", None])
def test_direction_of_writing(code):
    assert languages_bar.direction(code)["rtl"] is (code in RIGHT_TO_LEFT)


def test_choices_hold_all_names_and_the_code():
    assert ("Français · French · 法语 · fr", "fr") in languages_bar.choices(MINI, "en", detect=False)


def test_only_a_source_can_be_detected():
    assert languages_bar.choices(MINI, "en", detect=True)[0][1] == "auto"
    assert "auto" not in [code for _, code in languages_bar.choices(MINI, "en", detect=False)]


def test_choices_are_the_models_languages():
    assert [code for _, code in languages_bar.choices(MINI, "en", detect=True)] == ["auto", *MINI.languages]
    assert len(languages_bar.choices(LARGE, "en", detect=False)) == 38


def test_what_the_model_writes_poorly_is_a_source_only():
    assert MINI.not_offered == ("ko",) and "ko" in MINI.languages
    offered = [code for _, code in languages_bar.choices(MINI, "en", detect=False)]
    assert offered == [code for code in MINI.languages if code != "ko"]
    source, target = languages_bar.offer(MINI, "en", "ko", "ko")
    assert (source["value"], target["value"]) == ("ko", "en")


def exchange(model, source: str, target: str, text: str, translation: str) -> tuple[str, str, str, str]:
    """As the button does it, with the box's value as a text."""
    *shown, box = languages_bar.exchange(model, "en", source, target, text, of_text(translation, target))
    return (*shown, text_of(box))


def test_exchange_leaves_a_language_that_is_a_source_only(monkeypatch):
    said = []
    monkeypatch.setattr("hymt.ui.languages_bar.gr.Info", said.append)
    assert exchange(MINI, "ko", "en", "안녕", "Hello") == ("ko", "en", "안녕", "Hello")
    assert said == ["hymt-mini reads Korean but writes it too poorly to be offered. Choose another model."]
    assert exchange(LARGE, "ko", "en", "안녕", "Hello") == ("en", "ko", "Hello", "안녕")


def test_exchange_swaps_languages_and_texts():
    assert exchange(MINI, "zh", "en", "你好", "Hello") == ("en", "zh", "Hello", "你好")


def test_exchange_without_a_translation_keeps_the_text():
    assert exchange(MINI, "zh", "en", "你好", " ") == ("en", "zh", "你好", " ")


@pytest.mark.parametrize(("target", "new_target"), [("fr", "en"), ("en", "zh")])
def test_exchange_of_a_detected_language_chooses_one_that_differs(target, new_target):
    assert exchange(MINI, "auto", target, "", "")[:2] == (target, new_target)


def test_offer_keeps_what_the_model_knows():
    source, target = languages_bar.offer(MINI, "en", "ja", "fr")
    assert (source["value"], target["value"]) == ("ja", "fr")


def test_offer_replaces_what_the_model_lacks():
    source, target = languages_bar.offer(MINI, "en", "ar", "th")
    assert (source["value"], target["value"]) == ("auto", "en")


def test_offer_keeps_detection():
    source, _ = languages_bar.offer(LARGE, "en", "auto", "ar")
    assert source["value"] == "auto"


@pytest.mark.parametrize(
    ("model", "chosen", "accepted", "found"),
    [
        (MINI, "en", "en-US,en;q=0.9", ["en", "zh"]),
        (MINI, "en", "de-CH;q=0.9, fr;q=0.8", ["en", "de", "fr", "zh"]),
        (MINI, "zh", "zh-CN", ["zh", "en"]),
        (MINI, "en", "ko", ["en", "zh"]),  # not offered as a target
        (LARGE, "en", "ko,*;q=0.1", ["en", "ko", "zh"]),
        (LARGE, "fr", "", ["fr", "en", "zh"]),
    ],
)
def test_what_a_text_goes_into_that_is_in_the_chosen_language(model, chosen, accepted, found):
    assert languages_bar.targets(model, chosen, accepted) == found
