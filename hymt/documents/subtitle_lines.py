"""A sentence laid over the two lines of a subtitle."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate

USUAL_WIDTH = 42  # columns of a subtitle's line; a Chinese character takes two

# Chinese and Japanese, which put no blanks between words; a line does not begin or end with some of their marks.
_CLOSED_UP = r"\u2e80-\u30ff\u31c0-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff"
_PLACE = re.compile(
    rf"(?<=[ \t])(?=\S)|(?<=[{_CLOSED_UP}])(?<![（「『【《〈“‘])(?=[{_CLOSED_UP}])(?![、。，！？；：）」』】》〉”’ー])"
)
_PAUSE = re.compile(r"[.,;:!?…。，、；：！？]\s*\Z")
_PAUSE_WORTH = 8  # columns that the longer line may be longer for a break at punctuation


def wrapped(text: str, codes: re.Pattern[str]) -> list[str]:
    """A text in one line of the usual width, or else in two of about the same; what matches `codes` takes no room."""
    inside = {at for match in codes.finditer(text) for at in range(match.start(), match.end())}
    widths = [0, *accumulate(0 if at in inside else _width(c) for at, c in enumerate(text))]
    # no place within a tag; right before one, its first character is the one after the place
    open_to = [place for place in places(text) if place not in inside or text[place] in "<{"]
    if widths[-1] <= USUAL_WIDTH or not open_to:
        return [text]

    def length(place: int) -> int:
        return max(widths[place], widths[-1] - widths[place]) - pause_worth(text, place)

    place = min(open_to, key=length)
    return [text[:place].rstrip(), text[place:]]


def places(text: str) -> list[int]:
    """Where a line may begin: before a word, in scripts without spaces before nearly any character."""
    return [match.end() for match in _PLACE.finditer(text)]


def pause_worth(text: str, place: int) -> int:
    """How much longer a line may be if it ends at a pause."""
    return _PAUSE_WORTH if _PAUSE.search(text, max(0, place - 2), place) else 0


def columns(text: str) -> int:
    """How wide a text is shown."""
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
