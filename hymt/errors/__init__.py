"""What a user is told when something is refused: one error, with its sentence in every language of the interface."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from hymt.errors.sentences import LOCALES, SENTENCES

__all__ = ["LOCALES", "Listing", "Sayable", "UserError"]


@runtime_checkable
class Sayable(Protocol):
    """A value that reads differently in each language of the interface: a language's name, a list, another error."""

    def say(self, locale: str) -> str: ...


class UserError(Exception):
    """A refusal that a user can meet, with advice.

    `key` names its sentence in `SENTENCES` and is the code that programs see; `values` fill the sentence. A value with
    a method `say(locale)` is said in the sentence's language. No value may be a path of the machine, a stranger's text
    or a process id.
    """

    def __init__(self, key: str, **values: object) -> None:
        if key not in SENTENCES:
            raise KeyError(f"There is no sentence for the error “{key}”.")
        super().__init__(key)
        self.key, self.values = key, values

    def say(self, locale: str = "en") -> str:
        """The sentence in a language of the interface, one of LOCALES."""
        sentence = SENTENCES[self.key][LOCALES.index(locale)]
        return sentence.format(**{name: _say(value, locale) for name, value in self.values.items()})

    def as_dict(self, locale: str = "en") -> dict:
        """The error as programs get it: a code that stays, and a sentence for people."""
        return {"error": {"code": self.key, "message": self.say(locale)}}

    def __str__(self) -> str:
        return self.say()

    def __reduce__(self):
        return _restored, (type(self), self.key, self.values)


class Listing:
    """Values one after another, as each language separates them."""

    def __init__(self, values: Iterable[object]) -> None:
        self.values = tuple(values)

    def say(self, locale: str) -> str:
        return ("、" if locale == "zh" else ", ").join(_say(value, locale) for value in self.values)


def _say(value: object, locale: str) -> str:
    return value.say(locale) if isinstance(value, Sayable) else str(value)


def _restored(kind: type[UserError], key: str, values: dict) -> UserError:
    """For pickle and copy, which would pass no keywords."""
    return kind(key, **values)
