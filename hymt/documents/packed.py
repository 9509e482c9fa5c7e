"""Documents of several parts in a package: the blocks of all, and the parts that change written anew."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from hymt.documents import xml_text
from hymt.documents.fields import Field, from_fields
from hymt.documents.package import Package
from hymt.errors import Sentence
from hymt.text.blocks import Block, BlockText
from hymt.text.languages import LANGUAGES

_SAMPLE = 10_000  # characters that tell the direction of a text
_SIGNATURES = ("_xmlsignatures/", "META-INF/documentsignatures.xml")


@dataclass(frozen=True)
class Part:
    """A part of the file with text in it."""

    path: str
    text: BlockText
    encoding: str
    bom: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What a translation changes besides words: the language, and the direction where the target's is another.

    `rtl` is the new direction, None if it stays.
    """

    language: str
    rtl: bool | None


Finish = Callable[[str, str, Change], str]
"""The path of a part, its text and the change, to its text with language and direction."""


@dataclass(frozen=True)
class PackedDocument:
    """A document in blocks, numbered in the order in which its parts have them.

    `others` are parts without words of their own that tell languages or directions.
    """

    name: str
    package: Package
    parts: list[Part]
    notes: tuple[Sentence, ...] = ()
    others: tuple[str, ...] = ()
    finish: Finish = field(default=lambda path, text, change: text)
    dropped: int = 0

    @property
    def blocks(self) -> list[Block]:
        found = [block for part in self.parts for block in part.text.blocks]
        return [replace(block, line=number) for number, block in enumerate(found, 1)]

    def write(self, translations: Sequence[str], target: str = "") -> bytes:
        """The file with its blocks replaced, one for one. Raises ValueError if their number differs."""
        blocks = self.blocks
        if len(translations) != len(blocks):
            raise ValueError("There must be one translation a block.")
        if list(translations) == [block.text for block in blocks]:
            return self.package.written({})
        change = Change(target, _turned(blocks, target)) if target else None
        changed, done = {}, 0
        for part in self.parts:
            said = translations[done : done + len(part.text.blocks)]
            done += len(said)
            if change or list(said) != [block.text for block in part.text.blocks]:
                filled = self._finished(part.path, part.text.skeleton.fill(said), change)
                changed[part.path] = _encoded(filled, part.encoding, part.bom)
        for path in self.others if change else ():
            text, encoding, bom = xml_text.decode(self.package.read(path), self.name)
            if path not in changed and (finished := self._finished(path, text, change)) != text:
                changed[path] = _encoded(finished, encoding, bom)
        return self.package.written(changed)

    def _finished(self, path: str, text: str, change: Change | None) -> str:
        return self.finish(path, text, change) if change else text


def _encoded(text: str, encoding: str, bom: bytes) -> bytes:
    return bom + text.encode(encoding, "xmlcharrefreplace")


def part_of(package: Package, path: str, fields: Callable[[str], Iterable[Field]]) -> Part:
    """A part with its fields as blocks. Raises DocumentError."""
    text, encoding, bom = xml_text.decode(package.read(path), package.name)
    return Part(path, from_fields(text, fields(text)), encoding, bom)


def notes_of(left: Counter[str], package: Package) -> tuple[Sentence, ...]:
    """What is to be said of texts that are left, by the key of the sentence, of embedded files and of signatures."""
    left["embedded_left"] = sum("/embeddings/" in path and not path.endswith("/") for path in package.parts)
    found = [Sentence(key, {"count": number}) for key, number in sorted(left.items()) if number]
    signed = any(path.startswith(_SIGNATURES) for path in package.parts)
    return (*found, Sentence("signature_lost")) if signed else tuple(found)


def _turned(blocks: Sequence[Block], target: str) -> bool | None:
    """Whether the target is written from right to left, if the blocks are not; None if both go one way."""
    rtl = is_rtl("".join(block.text for block in blocks[:1000])[:_SAMPLE])
    return LANGUAGES[target].rtl if LANGUAGES[target].rtl != rtl else None


def is_rtl(text: str) -> bool:
    """Whether most letters of a text are of scripts that go from right to left."""
    directions = Counter(map(unicodedata.bidirectional, text))
    return directions["R"] + directions["AL"] > directions["L"]
