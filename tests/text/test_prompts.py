import pytest

from hymt.text.languages import LANGUAGES
from hymt.text.prompts import STYLES

EXACT = [
    ("hunyuan-mt", "en", "zh", "把下面的文本翻译成中文，不要额外解释。\n\nHi"),
    ("hunyuan-mt", "zh", "en", "把下面的文本翻译成英语，不要额外解释。\n\nHi"),
    ("hunyuan-mt", "zh-Hant", "fr", "把下面的文本翻译成法语，不要额外解释。\n\nHi"),
    ("hunyuan-mt", "ja", "yue", "把下面的文本翻译成粤语，不要额外解释。\n\nHi"),
    (
        "hunyuan-mt",
        "en",
        "fr",
        "Translate the following segment into French, without additional explanation.\n\nHi",
    ),
    (
        "hunyuan-mt",
        None,
        "fr",
        "Translate the following segment into French, without additional explanation.\n\nHi",
    ),
    (
        "hy-mt1.5",
        "en",
        "zh-Hant",
        "将以下文本翻译为繁体中文，注意只需要输出翻译后的结果，不要额外解释：\n\nHi",
    ),
    ("hy-mt1.5", "yue", "de", "将以下文本翻译为德语，注意只需要输出翻译后的结果，不要额外解释：\n\nHi"),
    (
        "hy-mt1.5",
        "en",
        "ja",
        "Translate the following segment into Japanese, without additional explanation.\n\nHi",
    ),
    (
        "hy-mt2",
        "zh",
        "zh-Hant",
        "Translate the following text into Traditional Chinese. Note that you should only output the"
        " translated result without any additional explanation:\n\nHi",
    ),
]


@pytest.mark.parametrize(("family", "source", "target", "prompt"), EXACT)
def test_exact_wording(family, source, target, prompt):
    assert STYLES[family].apply("Hi", source, target) == prompt


TERMS = [("cell", "Zelle"), ("wall", "Wand")]
WITH_TERMS = {
    "hunyuan-mt": "Translate the following segment into German, without additional explanation.\n\nHi",
    "hy-mt1.5": "参考下面的翻译：\ncell 翻译成 Zelle\nwall 翻译成 Wand\n\n"
    "将以下文本翻译为德语，注意只需要输出翻译后的结果，不要额外解释：\nHi",
    "hy-mt2": "Reference the following translations:\ncell translates to Zelle\nwall translates to Wand\n\nTranslate"
    " the following text into German. Note that you must ONLY output the translated result without any additional"
    " explanation:\n\nHi",
}


@pytest.mark.parametrize("family", STYLES)
def test_exact_wording_with_terms(family):
    assert STYLES[family].apply("Hi", "en", "de", TERMS) == WITH_TERMS[family]


@pytest.mark.parametrize("family", STYLES)
@pytest.mark.parametrize("text", ["{text} {0} {", "<source_text>", "%s %(name)s", "$text ${text}", "\\n", "```{{}}```"])
def test_text_is_put_in_verbatim_and_once(family, text):
    for source, target in [("en", "fr"), ("en", "zh"), (None, "de")]:
        prompt = STYLES[family].apply(text, source, target)
        assert prompt.endswith("\n\n" + text)
        assert prompt.removesuffix(text) == STYLES[family].apply("", source, target)


@pytest.mark.parametrize("family", STYLES)
def test_every_target_is_named(family):
    for language in LANGUAGES.values():
        prompt = STYLES[family].apply("Hi", "en", language.code)
        assert language.name in prompt or language.chinese in prompt
