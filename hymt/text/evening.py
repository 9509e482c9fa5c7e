"""What looks the same made the same before a model reads it: forms that ruin a translation and mean nothing.

Accents as characters of their own, wide Latin and narrow kana, ligatures, blanks that do not break or have no width,
soft hyphens. Only what a model reads is evened; what is not translated keeps its form.
"""

from __future__ import annotations

import re
import unicodedata

# compatibility forms whose plain form is meant: ligatures, wide Latin, narrow kana and Hangul (Unicode's blocks)
_FORMS = re.compile("[\ufb00-\ufb06\uff01-\uff5e\uff61-\uffdc\u3000]+")
_WIDE_STOPS = "，．：；！？（）"  # as Chinese and Japanese write them: they stay
_BLANKS = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\t]+")
_NOTHING = re.compile("[\u00ad\u200b\u2060\ufeff]")
_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def even(text: str) -> str:
    """The text as a model should read it; the same text if there is nothing to even."""
    if text.isascii() and "\t" not in text:
        return text
    keep = _WIDE_STOPS if _ASIAN.search(text) else ""
    plain = _FORMS.sub(lambda match: "".join(_plain(c, keep) for c in match[0]), text)
    plain = _NOTHING.sub("", _BLANKS.sub(" ", plain))
    return unicodedata.normalize("NFC", plain)


def _plain(c: str, keep: str) -> str:
    return c if c in keep else unicodedata.normalize("NFKC", c)
