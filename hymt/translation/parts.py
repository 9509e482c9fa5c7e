"""A text in parts, each some lines long, with what of it is still in the source language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

PART_CHARACTERS = 4000  # a part ends with the next line then
LONGEST_PART = 20_000  # or here, within a line


class Run(NamedTuple):
    """Some text, and whether it is still in the source language."""

    text: str
    untranslated: bool = False


Part = tuple[Run, ...]
"""Some lines of a text. While it grows, all but its last few parts stay as they are."""


def plain(parts: Iterable[Part]) -> str:
    """The text alone."""
    return "".join(run.text for part in parts for run in part)


def in_parts(text: str) -> list[Part]:
    """A text that is there as a whole."""
    return Parts().followed_by([Run(text)])


class Parts:
    """Runs in parts, neighbours of one kind put together."""

    def __init__(self, full: Iterable[Part] = (), last: Sequence[Run] = ()) -> None:
        self._full, self._last = list(full), list(last)

    def followed_by(self, runs: Iterable[Run]) -> list[Part]:
        """These parts and some runs more; they themselves stay as they are."""
        longer = Parts(self._full, self._last)
        longer.add(runs)
        return [*longer._full, tuple(longer._last)] if longer._last else longer._full

    def add(self, runs: Iterable[Run]) -> None:
        for text, untranslated in runs:
            while text:
                end, full = self._room(text)
                self._put(text[:end], untranslated)
                text = text[end:]
                if full:
                    self._full.append(tuple(self._last))
                    self._last = []

    def _room(self, text: str) -> tuple[int, bool]:
        """How many characters of a text the last part takes, and whether it is full then."""
        size = sum(len(run.text) for run in self._last)
        if size + len(text) < PART_CHARACTERS:
            return len(text), False
        line_end = text.find("\n", max(0, PART_CHARACTERS - size - 1)) + 1
        if line_end and size + line_end <= LONGEST_PART:
            return line_end, True
        if size + len(text) < LONGEST_PART:
            return len(text), False
        room = LONGEST_PART - size
        return text.rfind(" ", 0, room) + 1 or room, True

    def _put(self, text: str, untranslated: bool) -> None:
        if self._last and self._last[-1].untranslated == untranslated:
            text = self._last.pop().text + text
        self._last.append(Run(text, untranslated))
