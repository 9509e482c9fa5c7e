"""Words of another script within a text, and how words are pronounced: no model of a text's language reads them."""

from __future__ import annotations

import re
from collections import Counter

# Scripts by their letters (Unicode's blocks). Latin letters stand in texts of any script, so they are never foreign.
_LETTERS = {
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "cyrillic": "\u0400-\u052f",
    "caucasian": "\u0530-\u058f\u10a0-\u10ff",
    "hebrew": "\u0590-\u05ff",
    "arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "indic": "\u0900-\u0dff",
    "thai": "\u0e00-\u0eff",
    "tibetan": "\u0f00-\u0fff",
    "burmese": "\u1000-\u109f",
    "khmer": "\u1780-\u17ff",
    "asian": "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff",
}
_ACCENTS = "\u0300-\u036f"
_WORDS = re.compile(
    "|".join(
        rf"(?P<{script}>[{letters}][{letters}{_ACCENTS}]*(?:[ \xa0.,'’-]{{1,2}}[{letters}][{letters}{_ACCENTS}]*)*)"
        for script, letters in _LETTERS.items()
    )
)
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_PHONETIC = "\u0250-\u02af\u02c8\u02cc\u02d0\u02d1"
_SOUND = re.compile(f"[{_PHONETIC}]")
_SOUNDS = re.compile(
    rf"/[^/\n\[\]]{{0,60}}[{_PHONETIC}][^/\n\[\]]{{0,60}}/|\[[^\[\]\n]{{0,60}}[{_PHONETIC}][^\[\]\n]{{0,60}}\]"
    rf"|(?<![^\W\d_])[^\W\d_]{{0,40}}[{_PHONETIC}][\w{_PHONETIC}]*"
)
_FEW = 3  # as many letters has a text's own script as all those of another one, at least
_ASIAN_WORTH = 3  # letters that one says as much as


def foreign(text: str) -> list[tuple[int, int]]:
    """Where words of a script stand that few of the text's letters are of, and transcriptions of sounds."""
    sounds = [match.span() for match in _SOUNDS.finditer(text)] if _SOUND.search(text) else []
    found = [(str(match.lastgroup), *match.span()) for match in _WORDS.finditer(text)]
    if found:
        sizes = Counter({"latin": len(_LATIN.findall(text))})
        for script, start, end in found:
            sizes[script] += (end - start) * (_ASIAN_WORTH if script == "asian" else 1)
        most = max(sizes.values())
        words = [(start, end) for script, start, end in found if sizes[script] * _FEW <= most]
        sounds += [(start, end) for start, end in words if not any(a < end and start < b for a, b in sounds)]
    return sorted(sounds)
