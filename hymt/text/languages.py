"""The 38 languages of the Hunyuan-MT family, and how to find one by what people type.

Everything else in the package names a language by its code, a key of `LANGUAGES`. A text may turn out to be in one of
`FURTHER` languages, which no model of the family knows.
"""

import difflib
from dataclasses import dataclass

from hymt.errors import Listing, Sentence, UserError

_RTL = {"ar", "fa", "ur", "he", "ug"}
_UNSPACED = {"zh", "zh-Hant", "yue", "ja", "th", "km", "my", "bo"}

# code, English name, Chinese name (those that the prompts use), the language's own name; in the model card's order
_TABLE = """
zh, Chinese, 中文, 中文
en, English, 英语, English
fr, French, 法语, Français
pt, Portuguese, 葡萄牙语, Português
es, Spanish, 西班牙语, Español
ja, Japanese, 日语, 日本語
tr, Turkish, 土耳其语, Türkçe
ru, Russian, 俄语, Русский
ar, Arabic, 阿拉伯语, العربية
ko, Korean, 韩语, 한국어
th, Thai, 泰语, ไทย
it, Italian, 意大利语, Italiano
de, German, 德语, Deutsch
vi, Vietnamese, 越南语, Tiếng Việt
ms, Malay, 马来语, Bahasa Melayu
id, Indonesian, 印尼语, Bahasa Indonesia
tl, Filipino, 菲律宾语, Filipino
hi, Hindi, 印地语, हिन्दी
zh-Hant, Traditional Chinese, 繁体中文, 繁體中文
pl, Polish, 波兰语, Polski
cs, Czech, 捷克语, Čeština
nl, Dutch, 荷兰语, Nederlands
km, Khmer, 高棉语, ខ្មែរ
my, Burmese, 缅甸语, မြန်မာ
fa, Persian, 波斯语, فارسی
gu, Gujarati, 古吉拉特语, ગુજરાતી
ur, Urdu, 乌尔都语, اردو
te, Telugu, 泰卢固语, తెలుగు
mr, Marathi, 马拉地语, मराठी
he, Hebrew, 希伯来语, עברית
bn, Bengali, 孟加拉语, বাংলা
ta, Tamil, 泰米尔语, தமிழ்
uk, Ukrainian, 乌克兰语, Українська
bo, Tibetan, 藏语, བོད་སྐད
kk, Kazakh, 哈萨克语, Қазақ тілі
mn, Mongolian, 蒙古语, Монгол
ug, Uyghur, 维吾尔语, ئۇيغۇرچە
yue, Cantonese, 粤语, 粵語
"""

_FURTHER = """
af, Afrikaans, 南非荷兰语
am, Amharic, 阿姆哈拉语
az, Azerbaijani, 阿塞拜疆语
be, Belarusian, 白俄罗斯语
bg, Bulgarian, 保加利亚语
ca, Catalan, 加泰罗尼亚语
cy, Welsh, 威尔士语
da, Danish, 丹麦语
el, Greek, 希腊语
eo, Esperanto, 世界语
et, Estonian, 爱沙尼亚语
eu, Basque, 巴斯克语
fi, Finnish, 芬兰语
ga, Irish, 爱尔兰语
gl, Galician, 加利西亚语
hr, Croatian, 克罗地亚语
hu, Hungarian, 匈牙利语
hy, Armenian, 亚美尼亚语
is, Icelandic, 冰岛语
ka, Georgian, 格鲁吉亚语
kn, Kannada, 卡纳达语
ky, Kyrgyz, 吉尔吉斯语
la, Latin, 拉丁语
lo, Lao, 老挝语
lt, Lithuanian, 立陶宛语
lv, Latvian, 拉脱维亚语
mk, Macedonian, 马其顿语
ml, Malayalam, 马拉雅拉姆语
mt, Maltese, 马耳他语
ne, Nepali, 尼泊尔语
no, Norwegian, 挪威语
or, Odia, 奥里亚语
pa, Punjabi, 旁遮普语
ps, Pashto, 普什图语
ro, Romanian, 罗马尼亚语
si, Sinhala, 僧伽罗语
sk, Slovak, 斯洛伐克语
sl, Slovenian, 斯洛文尼亚语
so, Somali, 索马里语
sq, Albanian, 阿尔巴尼亚语
sr, Serbian, 塞尔维亚语
sv, Swedish, 瑞典语
sw, Swahili, 斯瓦希里语
tt, Tatar, 鞑靼语
uz, Uzbek, 乌兹别克语
"""

# what browsers, older standards and people call some of them
_ALIASES = {
    "zh": "zh-cn zh-sg zh-hans cmn chs mandarin 简体中文 汉语 simplified-chinese",
    "zh-Hant": "zh-tw zh-hk zh-mo cht",
    "yue": "zh-yue 广东话",
    "tl": "fil tagalog pilipino",
    "he": "iw",
    "id": "in",
    "fa": "farsi",
    "ug": "uighur",
    "km": "cambodian",
    "my": "myanmar",
}


@dataclass(frozen=True)
class Language:
    """One language; `spaced` says whether it is written with spaces between words."""

    code: str
    name: str
    chinese: str
    native: str
    rtl: bool
    spaced: bool

    @property
    def label(self) -> str:
        """The names in drop-downs, its own first, so that each of them and the code is found by a search."""
        return " · ".join(dict.fromkeys((self.native, self.name, self.chinese, self.code)))

    def say(self, locale: str) -> str:
        """The name in a language of the interface."""
        return self.chinese if locale == "zh" else self.name


def _parse(row: str) -> Language:
    code, name, chinese, *native = row.split(", ")
    return Language(code, name, chinese, native[0] if native else name, rtl=code in _RTL, spaced=code not in _UNSPACED)


def _parsed(table: str) -> dict[str, Language]:
    return {item.code: item for item in map(_parse, table.strip().splitlines())}


LANGUAGES = _parsed(_TABLE)
FURTHER = _parsed(_FURTHER)


def _normal(query: str) -> str:
    return "-".join(query.replace("_", " ").replace("-", " ").casefold().split())


def _build_index() -> dict[str, Language]:
    index = {_normal(name): LANGUAGES[code] for code, names in _ALIASES.items() for name in names.split()}
    for language in LANGUAGES.values():
        for name in (language.code, language.name, language.chinese, language.native):
            index[_normal(name)] = language
    return index


_INDEX = _build_index()


def find(query: str) -> Language:
    """The language with this code or name (English, Chinese, its own), in any case: `fr`, `pt-BR`, `法语`, `français`.

    Raises UserError, which names the closest ones.
    """
    key = _normal(query)
    while key not in _INDEX and "-" in key:
        key = key.rpartition("-")[0]  # en-us → en, zh-hant-hk → zh-hant
    if key in _INDEX:
        return _INDEX[key]
    raise _unknown(query.strip())


def _unknown(query: str) -> UserError:
    close = difflib.get_close_matches(_normal(query)[:40], _INDEX, n=3, cutoff=0.5)
    found = dict.fromkeys(_INDEX[key] for key in close)
    names = [Sentence("language_and_code", {"language": one, "code": one.code}) for one in found]
    hint = Sentence("did_you_mean", {"names": Listing(names, choice=True)}) if names else ""
    shown = query if len(query) <= 40 else query[:40] + "…"
    return UserError("unknown_language", query=shown, count=len(LANGUAGES), hint=hint)
