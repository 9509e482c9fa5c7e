"""Which texts of a table or a list of strings are for people, and which are for programs."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# user_id a=b #fff a@b /usr/bin C:\x home.title camelCase B2 en-US
_CODE = re.compile(
    r"\S*(?:[_\\=#@]|://)\S*|\.{0,2}/\S*|\S*\w\.\w\S*|\S*[a-z][A-Z]\S*|\S*(?:[A-Za-z]\S*\d|\d\S*[A-Za-z])\S*"
    r"|[a-z]{2,3}-[A-Z]{2}",
    re.ASCII,
)
_LONGEST_CODE = 200  # characters
_CASELESS_LETTERS = 5  # that make a text of Chinese, Arabic and others more than a name


def is_code(text: str) -> bool:
    """Whether a text is a name for programs, a path, a colour or an identifier rather than a word."""
    return text.isascii() and len(text) <= _LONGEST_CODE and _CODE.fullmatch(text.strip()) is not None


def has_words(text: str) -> bool:
    """Whether a text has words for people in it, as far as a glance tells; whether they are in marks is seen later."""
    return any(map(str.isalpha, text)) and not is_code(text)


def is_prose(text: str) -> bool:
    """Whether a text says something, rather than names it: several words, not all with a capital."""
    if not has_words(text):
        return False
    words = _WORD.findall(text[:1000])
    letters = "".join(words)
    if sum(c.islower() or c.isupper() for c in letters) * 2 < len(letters):
        return len(letters) >= _CASELESS_LETTERS
    return len(words) > 1 and sum(word[0].islower() for word in words) * 3 >= len(words)
