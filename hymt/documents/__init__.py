"""Files in, blocks of text to translate, files out: one module a format. No torch, no Gradio.

`document = read("letter.md")`, then `document.write(translations)`, one translation a block.
"""

import stat
from collections.abc import Callable
from pathlib import Path

from hymt.documents import (
    bilingual,
    content,
    docx,
    epub,
    gettext,
    html,
    json_strings,
    markdown,
    odf,
    pdf,
    plain,
    pptx,
    subtitles,
    table,
    xliff,
    xlsx,
)
from hymt.documents.base import Document, DocumentError
from hymt.errors import Listing, system_reason
from hymt.text.wrapping import Lines

__all__ = [
    "MAX_BYTES",
    "MAX_BYTES_WITH_PICTURES",
    "PACKED",
    "SUFFIXES",
    "Document",
    "DocumentError",
    "bilingual",
    "load",
    "read",
    "suffix_of_translation",
]

MAX_BYTES = 10_000_000  # of a text
MAX_BYTES_WITH_PICTURES = 25_000_000  # of a file that may hold them

# of the lines of their paragraphs the reader may choose what becomes
_TYPED: dict[str, Callable[[str, bytes, Lines], Document]] = {
    ".txt": plain.parse,
    ".md": markdown.parse,
    ".markdown": markdown.parse,
}
_FORMATS: dict[str, Callable[[str, bytes], Document]] = {
    ".srt": subtitles.parse,
    ".vtt": subtitles.parse,
    ".ass": subtitles.parse,
    ".csv": table.parse,
    ".tsv": table.parse,
    ".po": gettext.parse,
    ".pot": gettext.parse,
    ".json": json_strings.parse,
    ".xlf": xliff.parse,
    ".xliff": xliff.parse,
    ".docx": docx.parse,
    ".pptx": pptx.parse,
    ".xlsx": xlsx.parse,
    ".odt": odf.parse,
    ".odp": odf.parse,
    ".ods": odf.parse,
    ".html": html.parse,
    ".htm": html.parse,
    ".xhtml": html.parse,
    ".epub": epub.parse,
    ".pdf": pdf.parse,
}
SUFFIXES = (*_TYPED, *_FORMATS)
PACKED = (".docx", ".pptx", ".xlsx", ".odt", ".odp", ".ods", ".epub")  # no text files: they cannot be shown as they are
_WITH_PICTURES = (*PACKED, ".pdf")
_WRITTEN_AS = {".pdf": ".md"}  # what cannot be written as it came


def read(path: str | Path, max_bytes: int | None = None, lines: Lines = "auto") -> Document:
    """The document in this file, by its suffix (see SUFFIXES), of at most `max_bytes` (MAX_BYTES or
    MAX_BYTES_WITH_PICTURES). `lines` is for typed texts: see `Lines`.

    Raises DocumentError, whose message can be shown: a missing, unreadable, unknown, too large, mislabelled, binary or
    empty file, or one with nothing to translate.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DocumentError("unknown_kind", name=path.name, kinds=Listing(SUFFIXES))
    usual = MAX_BYTES_WITH_PICTURES if suffix in _WITH_PICTURES else MAX_BYTES
    data = load(path, usual if max_bytes is None else max_bytes)
    content.check(path.name, data, SUFFIXES)
    typed = _TYPED.get(suffix)
    document = typed(path.name, data, lines) if typed else _FORMATS[suffix](path.name, data)
    if not document.blocks:
        raise DocumentError("no_words", name=path.name)
    return document


def suffix_of_translation(name: str | Path) -> str:
    """The suffix of what a file of this name becomes."""
    suffix = Path(name).suffix
    return _WRITTEN_AS.get(suffix.lower(), suffix)


def load(path: Path, max_bytes: int) -> bytes:
    """The bytes of a file of at most so many. Raises DocumentError."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError("not_a_file", name=path.name)
        if status.st_size > max_bytes:
            size, limit = (f"{count / 1e6:.1f}" for count in (status.st_size, max_bytes))
            raise DocumentError("file_too_large", name=path.name, size=size, limit=limit)
        return path.read_bytes()
    except OSError as error:
        raise DocumentError("file_unreadable", name=path.name, reason=system_reason(error)) from error
