"""Which language a text is in: by its script, then by letters and characters, then by n-grams.

Most scripts write one language and settle the matter. py3langid decides between the languages of one script; its model
is loaded on first use.
"""

import functools
import re
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable

from hymt.text.languages import LANGUAGES
from hymt.text.words import WORDS

_SAMPLE = 2000  # characters that decide

# First code point and script, ascending; a script that none of the languages uses is "other".
_RANGES = [
    (0x0000, "latin"), (0x0370, "greek"), (0x0400, "cyrillic"), (0x0530, "armenian"), (0x0590, "hebrew"),
    (0x0600, "arabic"), (0x0700, "other"), (0x0750, "arabic"), (0x0780, "other"), (0x08A0, "arabic"),
    (0x0900, "devanagari"), (0x0980, "bengali"), (0x0A00, "gurmukhi"), (0x0A80, "gujarati"), (0x0B00, "odia"),
    (0x0B80, "tamil"), (0x0C00, "telugu"), (0x0C80, "kannada"), (0x0D00, "malayalam"), (0x0D80, "sinhala"),
    (0x0E00, "thai"), (0x0E80, "lao"), (0x0F00, "tibetan"), (0x1000, "burmese"), (0x10A0, "georgian"),
    (0x1100, "hangul"), (0x1200, "ethiopic"), (0x13A0, "other"), (0x1780, "khmer"), (0x1800, "mongolian"),
    (0x18B0, "other"), (0x1C80, "cyrillic"), (0x1C90, "georgian"), (0x1CC0, "other"), (0x1D00, "latin"),
    (0x1F00, "greek"), (0x2000, "other"), (0x2C60, "latin"), (0x2C80, "other"), (0x2D00, "georgian"),
    (0x2D30, "other"), (0x2D80, "ethiopic"), (0x2DE0, "cyrillic"), (0x2E00, "other"), (0x3005, "han"),
    (0x3040, "kana"), (0x3100, "han"), (0x3130, "hangul"), (0x3190, "han"), (0x31F0, "kana"), (0x3200, "other"),
    (0x3400, "han"), (0xA000, "other"), (0xA640, "cyrillic"), (0xA6A0, "other"), (0xA720, "latin"),
    (0xA800, "other"), (0xA960, "hangul"), (0xA980, "other"), (0xAC00, "hangul"), (0xD800, "other"),
    (0xF900, "han"), (0xFB00, "latin"), (0xFB10, "other"), (0xFB1D, "hebrew"), (0xFB50, "arabic"),
    (0xFE00, "other"), (0xFE70, "arabic"), (0xFF00, "latin"), (0xFF66, "kana"), (0xFFA0, "hangul"),
    (0xFFE0, "other"), (0x20000, "han"), (0x32000, "other"),
]  # fmt: skip
_STARTS = [start for start, _ in _RANGES]

# The languages that each script writes.
_WRITES = {
    "latin": [
        "en", "fr", "pt", "es", "tr", "it", "de", "vi", "ms", "id", "tl", "pl", "cs", "nl",
        "af", "az", "ca", "cy", "da", "eo", "et", "eu", "fi", "ga", "gl", "hr", "hu", "is", "la", "lt", "lv", "mt",
        "no", "ro", "sk", "sl", "so", "sq", "sv", "sw", "uz",
    ],
    "cyrillic": ["ru", "uk", "kk", "mn", "be", "bg", "ky", "mk", "sr", "tt"],
    "arabic": ["ar", "fa", "ur", "ug", "ps"],
    "devanagari": ["hi", "mr", "ne"],
    "han": ["zh", "zh-Hant", "yue", "ja"],
    "kana": ["ja"], "hangul": ["ko"], "thai": ["th"], "khmer": ["km"], "burmese": ["my"], "tibetan": ["bo"],
    "hebrew": ["he"], "gujarati": ["gu"], "telugu": ["te"], "bengali": ["bn"], "tamil": ["ta"],
    "mongolian": ["mn"], "greek": ["el"], "armenian": ["hy"], "georgian": ["ka"], "ethiopic": ["am"],
    "gurmukhi": ["pa"], "odia": ["or"], "kannada": ["kn"], "malayalam": ["ml"], "sinhala": ["si"], "lao": ["lo"],
}  # fmt: skip
_BY_NGRAMS = ("latin", "cyrillic", "arabic", "devanagari")
# Letters that, among the languages of a script, only this one uses (the first that is found often enough).
_TELLING = {
    "cyrillic": [("kk", "әғқңұһ"), ("uk", "їєґі"), ("mn", "өү")],
    "arabic": [("ug", "ەېۇۆۈڭۋ"), ("ur", "ٹڈڑںےہۓ"), ("fa", "پچژگکی"), ("ar", "ةيكىأإؤ")],
    "devanagari": [("mr", "ळ")],
}
_NEVER_WITHOUT = {"uk", "kk", "ug", "ur"}
_CANTONESE = frozenset("嘅咗喺唔佢哋嚟冇啲咁嘢乜睇咩嗰嘥攞嗌瞓噉嘞喎啫啱俾畀嬲冚")

_UNPACKING = threading.Lock()
_KNOWN = 3.0  # how much likelier a known word makes its language
_UNLIKELY, _CLEAR_LETTERS = 0.1, 16  # the share of languages that a text is not in, if it is long enough to tell
_FEW_WORDS, _MOST_WORDS = 2, 20
_EVERYDAY = 0.1  # the share of everyday words below which Latin words in a text of another script are names
_NAMES_WEIGH = 6  # times less than words

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LETTER = re.compile(r"[^\W\d_]")
_PARTS = re.compile(r"[\n.!?\"“”„«»()]+")
_SEVERAL_WORDS = re.compile(r"\w\W+\w+\W+\w|[^\x00-\u052f]{4}")  # enough to tell what they are
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+|[\w.+-]+@[\w-]+\.[\w.-]+", re.ASCII)


def detect_language(text: str, known: Collection[str] = LANGUAGES) -> str | None:
    """The code of the language that most of the text is in, by the weight of its scripts: one of `known`.

    Of a text that is clearly in none of these it is that of another, a key of LANGUAGES or FURTHER. None if there are
    no letters (addresses aside), or only of a script that none of all these uses. Only the first 2,000 characters or
    so are looked at.
    """
    first = _LETTER.search(text)
    sample = _ADDRESS.sub(" ", text[first.start() : first.start() + _SAMPLE]) if first else ""
    letters: dict[str, list[str]] = {}
    for c in filter(str.isalpha, sample):
        letters.setdefault(_script(c), []).append(c)
    if not letters:
        return None
    weights = {name: _weight(some) for name, some in _unite(letters).items()}
    if len(weights) > 1 and "latin" in weights and _are_names(sample):
        weights["latin"] //= _NAMES_WEIGH
    script = max(weights, key=weights.__getitem__)
    return _within(script, letters[script], sample, known)


def most_said(text: str, known: Collection[str]) -> str | None:
    """The language of most letters, each sentence, line and quotation by itself: for texts that quote at length."""
    said: Counter[str] = Counter()
    for part in filter(_SEVERAL_WORDS.search, _PARTS.split(text[:_SAMPLE])):
        if found := detect_language(part, known):
            said[found] += len(_LETTER.findall(part))
    return max(said, key=said.__getitem__, default=None)


def is_unsure(text: str) -> bool:
    """Whether a text is too short to tell its language by its script, and has no everyday word of any."""
    words = _words(text)
    if any(_script(c) == "han" for c in text):  # Japanese shows itself by kana
        return False
    return len(words) <= _FEW_WORDS and not any(known.intersection(words) for known in WORDS.values())


def _script(c: str) -> str:
    return _RANGES[bisect_right(_STARTS, ord(c)) - 1][1]


def _unite(letters: dict[str, list[str]]) -> dict[str, list[str]]:
    """The letters by script, Han counted as Japanese where kana is a tenth of both or more."""
    kana, han = letters.get("kana", []), letters.get("han", [])
    if kana and han:
        name, other = ("kana", "han") if len(kana) * 9 >= len(han) else ("han", "kana")
        letters[name] = [*letters[name], *letters.pop(other)]
    return letters


def _are_names(sample: str) -> bool:
    """Whether the Latin words of a text are names and terms: few of them are everyday words of any language."""
    words = _words(sample)
    return max(sum(word in known for word in words) for known in WORDS.values()) < _EVERYDAY * len(words)


def _words(sample: str) -> list[str]:
    """The words in Latin letters."""
    return [word for word in _WORD.findall(sample.casefold()) if word < "\u0250"]


def _weight(letters: list[str]) -> int:
    """How much is said: a syllable or a Han character is worth several letters, as it is in UTF-8."""
    return sum(len(c.encode("utf-8", "replace")) for c in letters)


def _within(script: str, letters: list[str], sample: str, known: Collection[str]) -> str | None:
    """The language of a text in this script."""
    written = _WRITES.get(script, [])
    here = [code for code in written if code in known]
    if script == "han":
        return _of_han(letters, here or written)
    if len(written) < 2:
        return next(iter(written), None)
    shares = _by_ngrams(script, sample)
    told = _by_letters(script, letters)

    def clearly_outside(codes: Iterable[str]) -> bool:
        return len(letters) >= _CLEAR_LETTERS and sum(shares[code] for code in codes) < _UNLIKELY

    if told and not clearly_outside(code for code in written if code in LANGUAGES):
        return told
    # telling letters were looked for, so a language that cannot do without its own is out
    here = [code for code in here if code not in _NEVER_WITHOUT] or here
    candidates = written if not here or clearly_outside(here) else here
    return max(candidates, key=shares.__getitem__)


def _of_han(letters: list[str], candidates: list[str]) -> str:
    """Chinese in simplified or traditional characters, Cantonese, or Japanese without kana."""
    kinds = Counter(map(_kind, letters))
    if "yue" in candidates and kinds["yue"] * 30 >= len(letters):
        return "yue"
    if "ja" in candidates and kinds["ja"] * 10 >= len(letters) and not kinds["zh"]:
        return "ja"
    traditional = kinds["zh-Hant"] > kinds["zh"]
    wanted = "zh-Hant" if traditional else "zh"
    return wanted if wanted in candidates else candidates[0]


@functools.lru_cache(maxsize=8192)
def _kind(c: str) -> str:
    """Whose this Han character is, by the national sets that have it: "" if it tells nothing."""
    if c in _CANTONESE:
        return "yue"
    simplified, traditional = _encodable(c, "gb2312"), _encodable(c, "big5")
    if simplified or traditional:
        return "" if simplified and traditional else "zh" if simplified else "zh-Hant"
    return "ja" if _encodable(c, "shift_jis") else ""


def _encodable(c: str, encoding: str) -> bool:
    return bool(c.encode(encoding, "ignore"))


def _by_letters(script: str, letters: list[str]) -> str | None:
    counts = Counter(map(str.lower, letters))
    for code, telling in _TELLING.get(script, []):
        if sum(counts[c] for c in telling) * 50 >= len(letters):
            return code
    return None


def _by_ngrams(script: str, sample: str) -> dict[str, float]:
    """The share of each language that the script writes, 1 in all: by n-grams, and by known words."""
    prior = _prior(sample) if script == "latin" else {}
    prepare()
    ranked = {code: float(share) for code, share in _identifier().rank(sample)}
    shares = {code: ranked.get(code, 0.0) * prior.get(code, 1.0) for code in _WRITES[script]}
    return {code: share / (sum(shares.values()) or 1.0) for code, share in shares.items()}


def _prior(sample: str) -> dict[str, float]:
    """What known words make of a text in Latin letters; one or two unknown ones in ASCII are English."""
    words = _words(sample)
    words = words[:: max(1, len(words) // _MOST_WORDS)][:_MOST_WORDS]  # a text may begin with a quotation
    hits = {code: len(known.intersection(words)) for code, known in WORDS.items()}
    if not any(hits.values()) and len(words) <= _FEW_WORDS and "".join(words).isascii():
        hits["en"] = 1
    weight = max(1, 4 // max(len(words), 1))  # the fewer the words, the less the n-grams know
    return {code: _KNOWN ** (count * weight) for code, count in hits.items()}


def prepare() -> None:
    """Unpack the model of n-grams, which takes half a second; from a thread, beside what else begins."""
    with _UNPACKING:
        _identifier()


@functools.lru_cache(maxsize=1)
def _identifier():
    """An instance of our own, never changed after this: py3langid's global one may be set by others."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages({code for script in _BY_NGRAMS for code in _WRITES[script]})
    return identifier
