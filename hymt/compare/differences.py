"""Where a translation differs from another: word by word, or by characters where a language has no spaces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from html import escape

from hymt.text.languages import LANGUAGES

_WORDS = re.compile(r"\s+|\w+(?:['’]\w+)*|[^\w\s]")
_LONG = 2000  # words or characters from which difflib may take its shortcuts: it is quadratic without

# Told by line and by colour, in two hues that colour-blind people can tell apart, on light ground and on dark.
CSS = """
ins { text-decoration: underline; text-decoration-thickness: 2px; background: rgba(0, 114, 178, .2); }
del { text-decoration: line-through; background: rgba(213, 94, 0, .2); }
"""


def parts(text: str, language: str) -> list[str]:
    """Words, blanks and marks; single characters, with what combines with them, in a language without spaces."""
    if LANGUAGES[language].spaced:
        return _WORDS.findall(text)
    found: list[str] = []
    for c in text:
        if found and (unicodedata.category(c).startswith("M") or c == "\u200d" or found[-1].endswith("\u200d")):
            found[-1] += c
        else:
            found.append(c)
    return found


def differences(old: str, new: str, language: str) -> Iterator[tuple[str, str, str]]:
    """Triples of what happened ("equal", "replace", "delete" or "insert"), the old text there and the new one."""
    before, after = parts(old, language), parts(new, language)
    matcher = SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > _LONG)
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        yield what, "".join(before[start:end]), "".join(after[new_start:new_end])


def markup(old: str, new: str, language: str) -> str:
    """The new text as HTML, with what is gone in <del> and what is new in <ins>; both texts are escaped."""
    shown = []
    for what, gone, come in differences(old, new, language):
        if what == "equal":
            shown.append(escape(come))
            continue
        shown += [f"<{tag}>{escape(text)}</{tag}>" for tag, text in (("del", gone), ("ins", come)) if text]
    return "".join(shown)
