"""What every format gives: blocks of text to translate, and a way to write the file translated."""

from collections.abc import Sequence
from typing import Protocol

from hymt.errors import Sentence, UserError
from hymt.text.blocks import Block


class DocumentError(UserError):
    """A file that cannot be used. Its sentence says what is wrong and what to do, and never a path."""


class Document(Protocol):
    """A file that was read: its own name without folders, and its blocks in order."""

    @property
    def name(self) -> str: ...

    @property
    def blocks(self) -> list[Block]: ...

    @property
    def dropped(self) -> int:
        """How many control characters and the like were left out while reading."""
        ...

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """What is to be said of the choice of its blocks before they are translated."""
        ...

    def write(self, translations: Sequence[str], target: str = "") -> bytes:
        """The file with its blocks replaced, one for one. Raises ValueError if their number differs.

        `target` is the code of their language, for formats that name it.
        """
        ...
