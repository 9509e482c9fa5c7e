import unicodedata

import pytest

from hymt.errors import UserError
from hymt.text.languages import LANGUAGES, find

ORDER = (
    "zh en fr pt es ja tr ru ar ko th it de vi ms id tl hi zh-Hant pl cs nl km my fa gu ur te mr he bn ta uk"
    " bo kk mn ug yue"
)


def test_all_languages_in_order():
    assert list(LANGUAGES) == ORDER.split()
    assert {code for code, language in LANGUAGES.items() if language.rtl} == {"ar", "fa", "ur", "he", "ug"}
    unspaced = {code for code, language in LANGUAGES.items() if not language.spaced}
    assert unspaced == {"zh", "zh-Hant", "yue", "ja", "th", "km", "my", "bo"}


@pytest.mark.parametrize("code", ORDER.split())
def test_every_language_is_found_by_each_of_its_names(code):
    language = LANGUAGES[code]
    for query in (
        language.code,
        language.name,
        language.chinese,
        language.native,
        language.name.upper(),
        f"  {code.upper()}\n",
    ):
        assert find(query) is language


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("zh-CN", "zh"),
        ("zh_cn", "zh"),
        ("zh-Hans", "zh"),
        ("zh-Hans-CN", "zh"),
        ("ZH-tw", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-hant", "zh-Hant"),
        ("zh_Hant_TW", "zh-Hant"),
        ("traditional  chinese", "zh-Hant"),
        ("zh-yue", "yue"),
        ("fil", "tl"),
        ("fil-PH", "tl"),
        ("iw", "he"),
        ("pt-BR", "pt"),
        ("en_US", "en"),
        ("es-419", "es"),
    ],
)
def test_tags_of_browsers_and_older_standards(query, code):
    assert find(query).code == code


def test_unknown_language_says_what_to_do_and_offers_the_closest():
    with pytest.raises(UserError, match=r"Did you mean .*German \(de\)") as error:
        find("germn")
    assert "code" in str(error.value)


@pytest.mark.parametrize("query", ["", "  ", "-", "klingon", "xx-en", "\x00", "f" * 100_000])
def test_nonsense_is_refused_shortly(query):
    with pytest.raises(UserError) as error:
        find(query)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("de", "Deutsch · German · 德语 · de"),
        ("ja", "日本語 · Japanese · 日语 · ja"),
        ("zh", "中文 · Chinese · zh"),
        ("en", "English · 英语 · en"),
    ],
)
def test_a_label_has_each_name_once_its_own_first(code, label):
    assert find(code).label == label


def test_every_language_has_a_name_in_its_own_script():
    scripts = {"arabic": "ar fa ur ug", "cyrillic": "ru uk kk mn", "devanagari": "hi mr", "han": "zh zh-Hant yue ja"}
    of = {code: script for script, codes in scripts.items() for code in codes.split()}
    for code in ["ko", "th", "km", "my", "gu", "te", "he", "bn", "ta", "bo"]:
        of[code] = {"ko": "hangul", "my": "myanmar"}.get(code, LANGUAGES[code].name.lower())
    prefix = {"han": "cjk"}
    for code, language in LANGUAGES.items():
        script = of.get(code, "latin")
        assert unicodedata.name(language.native[0]).lower().startswith(prefix.get(script, script)), language


def test_a_language_is_named_in_the_interfaces_language():
    assert (LANGUAGES["fr"].say("en"), LANGUAGES["fr"].say("zh")) == ("French", "法语")
