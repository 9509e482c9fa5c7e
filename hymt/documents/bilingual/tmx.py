"""TMX 1.4, a translation memory: a unit for each block that is translated."""

from __future__ import annotations

from collections.abc import Iterator

from hymt import __version__
from hymt.documents.bilingual.bitext import Bitext, Row, escape


def write(bitext: Bitext) -> bytes:
    """The memory. Its segments are blocks, which may hold several sentences."""
    return "".join(f"{line}\n" for line in _lines(bitext)).encode("utf-8", "replace")


def _lines(bitext: Bitext) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<tmx version="1.4">'
    yield (
        f'<header creationtool="hymt" creationtoolversion="{__version__}" segtype="block" o-tmf="hymt" adminlang="en" '
        f'srclang="{bitext.source.code}" datatype="plaintext"/>'
    )
    yield "<body>"
    for number, row in enumerate(bitext.rows(), 1):
        if row.target:
            yield _unit(number, row, bitext)
    yield "</body>"
    yield "</tmx>"


def _unit(number: int, row: Row, bitext: Bitext) -> str:
    sides = ((bitext.source, row.source), (bitext.target, row.target))
    said = "".join(f'<tuv xml:lang="{language.code}"><seg>{escape(text)}</seg></tuv>' for language, text in sides)
    return f'<tu tuid="{number}">{said}</tu>'
