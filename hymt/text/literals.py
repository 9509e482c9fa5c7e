"""What a translation has to hold though a model reads it as text: numbers, unusual names, pairs of quotation marks.

Where an answer lacks some of it, the text is asked for again with marks in their places, which are checked. A number
may be written in another way (1,234.5 and 1.234,5; 14:30 and 14.30), a month may become a word, and so may what counts
thousands and millions, or hours of half a day.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, deque
from collections.abc import Iterator, Sequence

from hymt.text.marks import Mark, Role, moved, with_marks
from hymt.text.protection import Marked, prose_changed, prose_only

Places = list[tuple[int, int]]

_NUMBER = re.compile(r"\d+(?:[.,:/'’\u00a0\u202f-]\d+)*|\d+(?: \d{3})+(?!\d)")
_DIGITS = re.compile(r"\d+")
_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}")
# behind a number that another language may give otherwise: 1.5 billion is 15亿, 2 p.m. is 14 Uhr, 3月 is March
_OTHERWISE = re.compile(
    r"\s?(?:[万萬亿億千百兆월月]|(?:hundred|thousand|m[iy]l|bill?i|bn|mrd|тыс|млн|млрд|миллион|миллиард|[ap]\.?m\b))",
    re.I,
)
_MONTHS = 12
_GROUPS = 4  # of digits that one number is written in, with what stands between them
# an unusual name: capitals within it, or after an apostrophe
_NAME = re.compile(r"(?<!\w)(?:[A-Z]['’][A-Z][a-z]+|[A-Za-z]*[a-z][A-Z][A-Za-z]*)(?!\w)")
_LATIN = re.compile("[A-Za-z]")

_PAIRS = re.compile(
    '"[^"]+"|“[^“”„]+”|„[^“”„]+[“”]|«[^«»]+»|»[^«»]+«|(?=「)(?P<single>「[^「」]+」)|(?=『)(?P<double>『[^『』]+』)'
)
_QUOTES = re.compile('["“”„«»「」『』]')
_CLOSING = {"«": "»", "「": "」", "『": "』"}
# what a language writes around speech; others have signs that are alike
_USUAL = {
    "de": ("„", "“"), "fr": ("«\u00a0", "\u00a0»"), "es": ("«", "»"), "it": ("«", "»"), "ru": ("«", "»"),
    "ja": ("「", "」"), "zh-Hant": ("「", "」"),
}  # fmt: skip


def lost_numbers(source: Marked, answer: Marked) -> Places:
    """Where in a source numbers stand that its answer lacks."""
    text = prose_only(source)
    left = [_ascii(match[0]) for match in _DIGITS.finditer(prose_only(answer))]
    lost = []
    # long ones first, so that a short one is not found in a part of them
    for match in sorted(_NUMBER.finditer(text), key=lambda match: match.start() - match.end()):
        if not _taken(match[0], left) and not _OTHERWISE.match(text, match.end()):
            lost.append(match.span())
    return sorted(lost)


def _taken(number: str, left: list[str]) -> bool:
    """Whether a number is among groups of digits, which are then taken from these."""
    parts = [_ascii(part) for part in _DIGITS.findall(number)]
    digits = "".join(parts).lstrip("0")
    for start in range(len(left)):
        for end in range(start + 1, min(len(left), start + max(_GROUPS, len(parts))) + 1):
            if "".join(left[start:end]).lstrip("0") == digits:
                del left[start:end]
                return True
    if not _DATE.fullmatch(number):
        return False
    told = {part.lstrip("0") for part in left}
    # the month, which may be a word, is in the middle, but for 12/31/2024
    months = parts[:2] if "/" in number else parts[1:2]
    missing = [part for part in parts if part.lstrip("0") not in told]
    return not missing or (len(missing) == 1 and missing[0] in months and int(missing[0]) <= _MONTHS)


def lost_names(source: Marked, answer: Marked) -> Places:
    """Where in a source unusual names stand that its answer lacks, if both are in Latin script."""
    text, others = prose_only(source), prose_only(answer).replace("’", "'")
    letters = sum(map(str.isalpha, others))
    if len(_LATIN.findall(others)) * 2 < letters:
        return []
    return [match.span() for match in _NAME.finditer(text) if match[0].replace("’", "'") not in others]


def guarded(source: Marked, answer: Marked, target: str) -> Marked | None:
    """The source with marks for what the answer lacks; None if it lacks nothing. `target` is a language's code."""
    places = [*lost_numbers(source, answer), *lost_names(source, answer)]
    marks = with_marks(source.marks, sorted(places), "kept")
    quoted = _quoted(Marked(source.text, marks), prose_only(answer), target)
    return quoted or (Marked(source.text, marks) if places else None)


def _quoted(source: Marked, answer: str, target: str) -> Marked | None:
    """The source with its quotation marks as pairs of marks, as the target has them; None if they are all right."""
    text = prose_only(source)
    pairs, before = list(_quotations(text)), _QUOTES.findall(text)
    if not pairs or 2 * len(pairs) != len(before) or _are_even(answer):
        return None
    if any(sign != '"' for sign in before):  # first the signs that all models know
        return prose_changed(source, lambda prose: _QUOTES.sub('"', prose))
    begin, close = _USUAL.get(target, ('"', '"'))
    return _with_quotes(source, sorted(one for a, b in pairs for one in ((a, begin, "open"), (b - 1, close, "close"))))


def _are_even(text: str) -> bool:
    """Whether there are quotation marks, as many closing as opening ones."""
    signs = Counter(_QUOTES.findall(text))
    curly = signs["“"] + signs["”"] + signs["„"]
    even = signs['"'] % 2 == 0 and curly % 2 == 0 and all(signs[a] == signs[b] for a, b in _CLOSING.items())
    return even and bool(signs)


def _with_quotes(source: Marked, quotes: Sequence[tuple[int, str, Role]]) -> Marked:
    """The source with other signs for its quotation marks, which are marks then."""
    text, marks, end, left = "", [], 0, deque(source.marks)
    for place, sign, role in [*quotes, (len(source.text), "", "")]:
        while left and left[0].start < place:
            marks.append(moved(left.popleft(), len(text) - end))
        text += source.text[end:place]
        if sign:
            marks.append(Mark(len(text), len(text) + len(sign), "kept", role, "quotation"))
            text += sign
        end = place + 1
    return Marked(text, tuple(marks))


def _quotations(text: str) -> Iterator[tuple[int, int]]:
    for match in _PAIRS.finditer(text):
        name = match.lastgroup
        yield match.span(name) if name else match.span()


def _ascii(digits: str) -> str:
    """Digits of any script in ASCII."""
    return "".join(str(unicodedata.decimal(c, 0)) for c in digits)
