"""What a user is told when something is refused: one error, with its sentence in every language of the interface."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self, runtime_checkable

from hymt.errors.sentences import LOCALES, SENTENCES

__all__ = [
    "LOCALES",
    "Listing",
    "Sayable",
    "Sentence",
    "UserError",
    "as_user_error",
    "is_out_of_memory",
    "preferred_locale",
    "system_reason",
]


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
        _check(key)
        super().__init__(key)
        self.key, self.values = key, values

    @classmethod
    def of(cls, error: UserError) -> Self:
        """The same refusal as an error of this class."""
        return cls(error.key, **error.values)

    def say(self, locale: str = "en") -> str:
        """The sentence in a language of the interface, one of LOCALES."""
        return _filled(self.key, self.values, locale)

    def as_dict(self, locale: str = "en") -> dict:
        """The error as programs get it: a code that stays, and a sentence for people."""
        return {"error": {"code": self.key, "message": self.say(locale)}}

    def __str__(self) -> str:
        return self.say()

    def __reduce__(self):
        return _restored, (type(self), self.key, self.values)


@dataclass(frozen=True)
class Sentence:
    """A sentence of the same table that refuses nothing: a reason, or a part of another sentence."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(self.key)

    def __hash__(self) -> int:
        return hash(self.key)  # the values need not be hashable

    def but(self, **values: object) -> Sentence:
        """The same with other values."""
        return Sentence(self.key, {**self.values, **values})

    def say(self, locale: str = "en") -> str:
        """The sentence in a language of the interface, one of LOCALES."""
        return _filled(self.key, self.values, locale)

    def __str__(self) -> str:
        return self.say()


@dataclass(frozen=True)
class Listing:
    """Values one after another, as each language separates them; as a choice, the last after an “or”."""

    values: tuple[object, ...]
    choice: bool = False

    def __init__(self, values: Iterable[object], choice: bool = False) -> None:
        object.__setattr__(self, "values", tuple(values))
        object.__setattr__(self, "choice", choice)

    def say(self, locale: str) -> str:
        said = [_say(value, locale) for value in self.values]
        if self.choice:
            return ("或" if locale == "zh" else " or ").join(said)
        return ("、" if locale == "zh" else ", ").join(said)


_OF_SYSTEM = {
    errno.ENOENT: "missing",
    errno.EACCES: "not_permitted",
    errno.EPERM: "not_permitted",
    errno.EEXIST: "exists",
    errno.ENOTDIR: "no_folder",
    errno.EISDIR: "is_folder",
    errno.ENOTEMPTY: "folder_not_empty",
    errno.ENAMETOOLONG: "name_too_long",
    errno.ENOSPC: "disk_full",
    errno.EROFS: "read_only",
    errno.EADDRINUSE: "address_in_use",
    errno.EADDRNOTAVAIL: "address_not_here",
}


def system_reason(error: OSError) -> Sentence:
    """What the system has against a file or folder, without its path: for the end of a sentence."""
    if known := _OF_SYSTEM.get(error.errno or 0):
        return Sentence(known)
    return Sentence("system_reason", {"reason": error.strerror or type(error).__name__})


_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was wanting, whoever says so: Python, torch, or the system through either."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in _OUT_OF_MEMORY)


def as_user_error(error: BaseException, otherwise: str = "unexpected") -> UserError:
    """Any error in words for a user: its own if it has some, else that memory was wanting, or the key `otherwise`.

    The words of other errors may name paths: they are for the log.
    """
    if isinstance(error, UserError):
        return error
    return UserError("out_of_memory" if is_out_of_memory(error) else otherwise)


def preferred_locale(environment: Mapping[str, str]) -> str:
    """The language that an environment asks for: by HYMT_LANG, else as programs are told it. English for others."""
    for name in ("HYMT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if wanted := environment.get(name):
            return "zh" if wanted.lower().startswith("zh") else "en"
    return "en"


def _check(key: str) -> None:
    if key not in SENTENCES:
        raise KeyError(f"There is no sentence for the error “{key}”.")


def _filled(key: str, values: Mapping[str, object], locale: str) -> str:
    sentence = SENTENCES[key][LOCALES.index(locale)]
    return sentence.format(**{name: _say(value, locale) for name, value in values.items()})


def _say(value: object, locale: str) -> str:
    return value.say(locale) if isinstance(value, Sayable) else str(value)


def _restored(kind: type[UserError], key: str, values: dict) -> UserError:
    """For pickle and copy, which would pass no keywords."""
    return kind(key, **values)
