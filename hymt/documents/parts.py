"""The parts of a package that hold text, as one document: blocks in order, and the file with its parts rewritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hymt.text.blocks import Block, BlockText


class Part(Protocol):
    """A part with text in it."""

    @property
    def blocks(self) -> list[Block]: ...

    def write(self, translations: Sequence[str], target: str = "") -> bytes: ...


@dataclass(frozen=True)
class XmlPart:
    """A part in XML, written in the encoding that it came in; `in_language` has it name the language of its texts."""

    text: BlockText
    encoding: str
    bom: bytes
    in_language: Callable[[str, str], str] | None = None

    @property
    def blocks(self) -> list[Block]:
        return self.text.blocks

    def write(self, translations: Sequence[str], target: str = "") -> bytes:
        """The part with its blocks replaced, one for one."""
        text = self.text.skeleton.fill(translations)
        if target and self.in_language:
            text = self.in_language(text, target)
        return self.bom + text.encode(self.encoding, "xmlcharrefreplace")


def numbered(parts: Mapping[str, Part]) -> list[Block]:
    """The blocks of all parts, which are by their paths, numbered in order."""
    found = [block for part in parts.values() for block in part.blocks]
    return [replace(block, line=number) for number, block in enumerate(found, 1)]


def written(parts: Mapping[str, Part], translations: Sequence[str], target: str) -> dict[str, bytes]:
    """The parts whose blocks are translated. Raises ValueError if there is not one translation a block."""
    if len(translations) != sum(len(part.blocks) for part in parts.values()):
        raise ValueError("There must be one translation a block.")
    changed, done = {}, 0
    for path, part in parts.items():
        said = translations[done : done + len(part.blocks)]
        done += len(said)
        if list(said) != [block.text for block in part.blocks]:
            changed[path] = part.write(said, target)
    return changed
