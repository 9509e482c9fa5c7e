"""Files in, blocks of text to translate, files out: one module a format. No torch, no Gradio.

`document = read("letter.md")`, then `document.write(translations)`, one translation a block.
"""

import stat
from collections.abc import Callable
from pathlib import Path

from hymt.documents import markdown, plain
from hymt.documents.base import Document, DocumentError
from hymt.documents.review import bilingual

__all__ = ["MAX_BYTES", "SUFFIXES", "Document", "DocumentError", "bilingual", "read"]

MAX_BYTES = 10_000_000

_FORMATS: dict[str, Callable[[str, bytes], Document]] = {
    ".txt": plain.parse,
    ".md": markdown.parse,
    ".markdown": markdown.parse,
}
SUFFIXES = tuple(_FORMATS)


def read(path: str | Path, max_bytes: int = MAX_BYTES) -> Document:
    """The document in this file, by its suffix (see SUFFIXES).

    Raises DocumentError, whose message can be shown: a missing, unreadable, unknown, too large,
    binary or empty file, or one with nothing to translate.
    """
    path = Path(path)
    parse = _FORMATS.get(path.suffix.lower())
    if parse is None:
        raise DocumentError(f"“{path.name}” is not of a known kind. Choose one of {', '.join(SUFFIXES)}.")
    document = parse(path.name, _load(path, max_bytes))
    if not document.blocks:
        raise DocumentError(f"“{path.name}” has no text to translate. Choose a file with words in it.")
    return document


def _load(path: Path, max_bytes: int) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(f"“{path.name}” is not a file. Choose a single file.")
        if status.st_size > max_bytes:
            raise DocumentError(
                f"“{path.name}” has {status.st_size / 1e6:.1f} MB; the limit is {max_bytes / 1e6:.1f} MB."
                " Split it into smaller files."
            )
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DocumentError(
            f"“{path.name}” cannot be read ({reason}). Check that it is there and that it may be opened."
        ) from error
