"""A document and its translation, block by block: what every bilingual file is written from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hymt.documents import xml_text
from hymt.documents.base import Document
from hymt.text.blocks import BlockKind, clean
from hymt.text.languages import Language

_NOT_XML = re.compile(r"[\v\f]")  # of what `clean` leaves


@dataclass(frozen=True, slots=True)
class Row:
    """A block and its translation as readers see them; `target` is empty where there is none yet."""

    line: int
    kind: BlockKind
    source: str
    target: str


@dataclass(frozen=True)
class Bitext:
    """A document and its translations, one a block, "" for a block that is not translated."""

    document: Document
    translations: Sequence[str]
    source: Language
    target: Language

    def rows(self) -> list[Row]:
        """A row a block. Raises ValueError if there are not as many translations as blocks."""
        pairs = zip(self.document.blocks, self.translations, strict=True)
        return [Row(block.line, block.kind, block.seen(block.text), block.seen(said)) for block, said in pairs]


def escape(text: str) -> str:
    """A text as the content of an XML element or attribute, without the characters that XML cannot have."""
    return xml_text.escape(_NOT_XML.sub(" ", clean(text)[0])).replace('"', "&quot;")
