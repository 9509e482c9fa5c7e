"""Where a line may be cut: after which sentence, else after which clause, word or character.

Positions are character indices into the text: a cut at `i` parts `text[:i]` from `text[i:]`.
"""

import bisect
import re
import unicodedata

# sentencex takes quadratic time in the sentences of one string: it sees this much at a time.
WINDOW = 4000  # characters

# sentencex leaves these whole. A shad may be followed by a second one after a space.
_OWN_RULES = {
    "bo": re.compile(r"(?:[།-༒༔][ \u00a0]*)+|[!?]+(?=\s)"),
    "km": re.compile(r"[។៕៚?!]+[”’»\")\]]*|\.(?=\s)"),
}
# where a number with a full stop is an ordinal: "Die 1. Klasse"
_ORDINALS = {"de", "cs", "pl", "hu", "tr"}
_ORDINAL = re.compile(r"(?<!\d)\d{1,2}\.\Z")
# a letter by itself and a full stop: an initial, or part of an abbreviation
_INITIAL = re.compile(r"(?<!\w)(?!I\.)[^\W\d_]\.\Z")
_BEFORE_NUMBER = re.compile(r"(?<!\w)[^\W\d_]{1,4}\.\Z")  # art. 5
_ORDINAL_SIGN = re.compile(r"[ºª°ᵒᵃ]")
# what sentencex lacks, for the languages that it cuts at
_ABBREVIATIONS = {
    "fr": "MM Mme Mmes Mlle Mlles Me Mgr Dr Pr St Ste art chap vol éd env cf",
    "es": "Sr Sra Srta Dr Dra Ud Uds Vd Vds EE UU núm pág págs art cap vol",
    "pt": "Sr Sra Srta Dr Dra Exmo Exma Prof Profa pág págs art cap núm",
    "it": "Sig Sigg Dott Prof Ing Avv Arch pag pagg art cap fig",
    "ru": "ул стр рис гл см проф им",
    "pl": "ul str nr prof dr",
}
_ABBREVIATION = {
    code: re.compile(rf"(?<!\w)(?:{'|'.join(words.split())})\.\Z", re.I) for code, words in _ABBREVIATIONS.items()
}
_QUOTED = re.compile("「[^「」]*」|『[^『』]*』")
# sentencex panics on white space and surrogates of several bytes: it gets spaces, at the same positions
_UNSAFE = re.compile(r"[\s\ud800-\udfff]")

# A full-width mark ends a clause anywhere, an ASCII one only before white space (not in 1,000 or 12:30).
_CLAUSE = re.compile(r"(?:[，、；：。！？…⋯｡､؛،۔؟।॥།༎។៖၊။]|[,;:.!?)\]](?=\s)|\s[-–—](?=\s)|——)[”’」』）】》\"']*")
_CONJOINING = {"\u0e33", "\u0eb3", "\u200d"}  # Thai and Lao am, the zero-width joiner


def sentence_ends(text: str, language: str) -> list[int]:
    """Ascending ends of the sentences inside `text`, before their trailing blanks; its own end is not one."""
    ends, start = [], 0
    while start < len(text):
        window = text[start : start + WINDOW]
        found = [start + end for end in _boundaries(window, language) if end < len(window)]
        ends += found
        # the last sentence may be cut off: the next window begins with it
        start = found[-1] if found else start + WINDOW
    trimmed = (_trim(text, end) for end in ends)
    inside = {end for end in trimmed if 0 < end < len(text)}
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    return [end for end in sorted(inside) if not (_is_abbreviated(text, end, language) or _is_within(quoted, end))]


def _is_abbreviated(text: str, end: int, language: str) -> bool:
    """Whether the full stop before `end` ends an abbreviation or an ordinal, and no sentence."""
    before, after = text[max(0, end - 8) : end], text[end : end + 2].lstrip()[:1]
    return bool(
        _INITIAL.search(before)
        or _ORDINAL_SIGN.match(after)
        or (after.isdecimal() and _BEFORE_NUMBER.search(before))
        or (language in _ORDINALS and _ORDINAL.search(before))
        or (language in _ABBREVIATION and _ABBREVIATION[language].search(before))
    )


def _is_within(spans: list[tuple[int, int]], position: int) -> bool:
    index = bisect.bisect_left(spans, (position, 0)) - 1
    return index >= 0 and position < spans[index][1]


def _boundaries(window: str, language: str) -> list[int]:
    if language in _OWN_RULES:
        return [match.end() for match in _OWN_RULES[language].finditer(window)]
    import sentencex

    ends, end = [], 0
    for sentence in sentencex.segment(language.partition("-")[0], _UNSAFE.sub(" ", window)):
        end += len(sentence)
        ends.append(end)
    return ends


def _trim(text: str, end: int) -> int:
    while end and text[end - 1].isspace():
        end -= 1
    return end


def cut(text: str, start: int, limit: int, ends: list[int]) -> int:
    """The best cut in (start, limit]: the last sentence end, else clause end, blank, or character.

    A clause ends late enough to be worth it: in the second half. At least `start + 1`.
    """
    end = ends[bisect.bisect_right(ends, limit) - 1] if ends and ends[0] <= limit else 0
    if end > start:
        return end
    return (
        _last_clause(text, (start + limit + 1) // 2, limit)
        or _last_blank(text, start, limit)
        or _last_character(text, start, limit)
        or max(limit, start + 1)
    )


def _last_clause(text: str, low: int, limit: int) -> int:
    # one more character is in view, so that a mark at the limit sees the blank behind it
    ends = [match.end() for match in _CLAUSE.finditer(text, low, limit + 1)]
    return max((end for end in ends if end <= limit), default=0)


def _last_blank(text: str, start: int, limit: int) -> int:
    """The last end of a word in (start, limit]."""
    for i in range(limit, start, -1):
        if i < len(text) and text[i].isspace() and not text[i - 1].isspace():
            return i
    return 0


def _last_character(text: str, start: int, limit: int) -> int:
    """The last place in (start, limit] between two characters as people see them."""
    return next((i for i in range(limit, start, -1) if _parts(text, start, i)), 0)


def _parts(text: str, start: int, i: int) -> bool:
    """Whether `text[i - 1]` and `text[i]` belong to two characters as people see them."""
    if i >= len(text):
        return True
    before, after = text[i - 1], text[i]
    return not (
        unicodedata.category(after) in ("Mn", "Mc", "Me", "Cs")
        or after in _CONJOINING
        or before == "\u200d"
        or unicodedata.combining(before) == 9  # a virama joins the next consonant
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= after <= "\U000e007f"  # tags of flags
        or "\u1160" <= after <= "\u11ff"  # vowels and finals of decomposed Hangul
        or _splits_flag(text, start, i)
    )


def _splits_flag(text: str, start: int, i: int) -> bool:
    """Flags are pairs of regional indicators: whether an odd number of them stands before `i`, one after."""
    run = i
    while run > start and "\U0001f1e6" <= text[run - 1] <= "\U0001f1ff":
        run -= 1
    return "\U0001f1e6" <= text[i] <= "\U0001f1ff" and (i - run) % 2 == 1
