"""Documents in both languages: the second is the first in capitals."""

from __future__ import annotations

from collections.abc import Sequence

from hymt.documents import markdown, plain, subtitles
from hymt.documents.bilingual import Bitext
from hymt.text.languages import LANGUAGES

PARSERS = {"txt": plain.parse, "md": markdown.parse, "srt": subtitles.parse, "vtt": subtitles.parse}


def bitext(name: str, text: str, left: Sequence[int] = (), said: Sequence[str] = (), target: str = "ar") -> Bitext:
    """A file's blocks, each with what is `said` or else its text in capitals; those numbered in `left` have nothing."""
    document = PARSERS[name.rpartition(".")[2]](name, text.encode("utf-8", "replace"))
    said = said or [block.text.upper() for block in document.blocks]
    translations = ["" if number in left else one for number, one in enumerate(said)]
    return Bitext(document, translations, LANGUAGES["en"], LANGUAGES[target])
