"""Plain text: a line or a wrapped paragraph is a block, what is between lines stays as it was. Written as UTF-8."""

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from hymt.documents.encoding import decode
from hymt.errors import Sentence
from hymt.text.blocks import Block, BlockText, clean, split_lines
from hymt.text.wrapping import Lines


@dataclass(frozen=True)
class TextDocument:
    """A text file in blocks; `bom` says whether it began with a byte order mark, which it keeps."""

    name: str
    text: BlockText
    bom: bool
    dropped: int
    notes: tuple[Sentence, ...] = ()
    judge: Callable[[str], tuple[Sentence, ...]] = lambda text: ()

    @property
    def blocks(self) -> list[Block]:
        return self.text.blocks

    def write(self, translations: Sequence[str], target: str = "") -> bytes:
        """The file in UTF-8 with its blocks replaced, one for one."""
        return self.encoded(self.text.skeleton.fill(translations))

    def remarks(self, translations: Sequence[str]) -> tuple[Sentence, ...]:
        """What a person should look at in the file with these translations."""
        return self.judge(self.text.skeleton.fill(translations))

    def encoded(self, text: str) -> bytes:
        """A text as the bytes of such a file."""
        data = text.encode("utf-8", "replace")
        return codecs.BOM_UTF8 + data if self.bom else data


def parse(name: str, data: bytes, lines: Lines = "auto") -> TextDocument:
    """The document in these bytes. Raises DocumentError if it is no text."""
    return in_blocks(name, data, partial(split_lines, lines=lines))


def in_blocks(name: str, data: bytes, split: Callable[[str], BlockText]) -> TextDocument:
    """The document in these bytes; `split` finds its blocks. Raises DocumentError if it is no text."""
    text, bom = decode(data, name)
    text, dropped = clean(text)
    parts = split(text)
    wrapped = len(parts.skeleton.wraps)
    notes = (Sentence("lines_joined", {"count": wrapped}),) if wrapped else ()
    return TextDocument(name, parts, bom, dropped, notes)
