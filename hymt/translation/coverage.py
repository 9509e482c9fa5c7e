"""What became of a glossary's terms in a translation."""

from __future__ import annotations

from collections.abc import Sequence

from hymt.text.blocks import Block
from hymt.text.glossary import Glossary, missing
from hymt.translation.events import Coverage, Missing


def coverage(
    glossary: Glossary, blocks: Sequence[Block], translations: Sequence[str | None], source: str, target: str
) -> Coverage:
    """How many terms blocks have, and which of them translations lack; what has none yet (None) does not count."""
    found, lacking = 0, list[Missing]()
    for block, translation in zip(blocks, translations, strict=True):
        terms = [one.term for one in glossary.find(block.text, source, block.marks)] if translation is not None else []
        found += len(terms)
        absent = missing((glossary.targets[term] for term in terms), translation or "", target)
        for wanted in absent:
            term = next(one for one in terms if glossary.targets[one] == wanted)
            lacking.append(Missing(block.line, term, wanted))
    return Coverage(found, tuple(lacking))
