"""Aligned TSV: a line a block, its source and its translation; as corpora have it, and `hymt finetune` reads it."""

from __future__ import annotations

from hymt.documents.bilingual.bitext import Bitext

HEADING = "source\ttarget"


def write(bitext: Bitext) -> bytes:
    """The lines below a heading. A tab or line end in a text becomes a blank, as the format has no escapes."""
    lines = (f"{_cell(row.source)}\t{_cell(row.target)}" for row in bitext.rows())
    return "".join(f"{line}\n" for line in (HEADING, *lines)).encode("utf-8", "replace")


def _cell(text: str) -> str:
    return " ".join(text.split())
