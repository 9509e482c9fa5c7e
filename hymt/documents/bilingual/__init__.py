"""Files that hold a document in both languages: a module a kind, each with `write(bitext)`.

`bilingual.write("tmx", Bitext(document, translations, source, target))`; KINDS has them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hymt.documents.base import DocumentError
from hymt.documents.bilingual import docx_table, html_table, interleaved, tmx, tsv, xliff
from hymt.documents.bilingual.bitext import Bitext, Row
from hymt.errors import Listing

__all__ = ["KINDS", "Bitext", "Kind", "Row", "beside", "check", "fits", "write"]


@dataclass(frozen=True)
class Kind:
    """How a kind is written, and the suffix of its files: "" for that of the document itself."""

    write: Callable[[Bitext], bytes]
    suffix: str


KINDS = {
    "html": Kind(html_table.write, ".html"),
    "docx": Kind(docx_table.write, ".docx"),
    "interleaved": Kind(interleaved.write, ""),
    "tsv": Kind(tsv.write, ".tsv"),
    "tmx": Kind(tmx.write, ".tmx"),
    "xliff": Kind(xliff.write, ".xlf"),
}


def check(kind: str, name: str) -> None:
    """Raises DocumentError if there is no such kind, or none for a file of this name."""
    if kind not in KINDS:
        raise DocumentError("unknown_bilingual", kind=kind, kinds=Listing(KINDS))
    if kind == "interleaved":
        interleaved.check(name)


def fits(kind: str, name: str) -> bool:
    """Whether a file of this name can be had in a kind."""
    try:
        check(kind, name)
    except DocumentError:
        return False
    return True


def write(kind: str, bitext: Bitext) -> bytes:
    """The file of one of KINDS. Raises DocumentError as `check` does."""
    check(kind, bitext.document.name)
    return KINDS[kind].write(bitext)


def beside(kind: str, translation: Path) -> Path:
    """Where the bilingual file of a kind lies: beside the translation, so that none takes the other's name."""
    return translation.with_name(f"{translation.stem}.bilingual{KINDS[kind].suffix or translation.suffix}")
