"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from hymt.documents.base import DocumentError
from hymt.errors import Sayable, Sentence


@dataclass(frozen=True)
class _Content:
    """A kind of content, by the key of its name; the suffix that such a file should have, and others it may have."""

    key: str
    suffix: str = ""
    others: tuple[str, ...] = ()


_ZIP = _Content(
    "kind_zip", others=(".docx", ".pptx", ".xlsx", ".odt", ".odp", ".ods", ".epub")
)  # perhaps a damaged one
_OLE = _Content("kind_office", others=(".docx", ".pptx", ".xlsx"))  # as are those with a password
_IMAGE, _ARCHIVE = _Content("kind_image"), _Content("kind_archive")
_BEGINNINGS = {
    b"%PDF": _Content("kind_pdf", ".pdf"),
    b"PK\x03\x04": _ZIP,
    b"PK\x05\x06": _ZIP,  # an empty one
    b"\xd0\xcf\x11\xe0": _OLE,
    b"{\\rtf": _Content("kind_rtf"),
    b"\x89PNG": _IMAGE,
    b"\xff\xd8\xff": _IMAGE,
    b"GIF8": _IMAGE,
    b"\x1f\x8b": _ARCHIVE,
    b"7z\xbc\xaf": _ARCHIVE,
    b"Rar!\x1a": _ARCHIVE,
    b"BZh": _ARCHIVE,
    b"\xfd7zXZ": _ARCHIVE,
}
# packages, by a part that each has, or by what they say in a part of its own
_PARTS = {
    "word/document.xml": _Content("kind_word", ".docx"),
    "xl/workbook.xml": _Content("kind_workbook", ".xlsx"),
    "ppt/presentation.xml": _Content("kind_slides", ".pptx"),
}
_OPEN = b"application/vnd.oasis.opendocument"
_TYPES = {
    _OPEN + b".text": _Content("kind_odf", ".odt"),
    _OPEN + b".spreadsheet": _Content("kind_odf", ".ods"),
    _OPEN + b".presentation": _Content("kind_odf", ".odp"),
    b"application/epub+zip": _Content("kind_epub", ".epub"),
}
_LONGEST_TYPE = 100  # bytes
_TEXT, _PAGE = _Content("kind_text", ".txt"), _Content("kind_page", ".html", (".htm", ".xhtml"))
_PAGE_BEGINS = (b"<!doctype html", b"<html")
_SAMPLE = 1000  # bytes
_NO_TEXTS = {".pdf", *_ZIP.others}


def check(name: str, data: bytes, suffixes: Collection[str]) -> None:
    """Raises DocumentError if these bytes are another kind of file than its name says. `suffixes` are what is read."""
    suffix = PurePath(name).suffix.lower()
    found = _recognised(data) or (_kind_of_text(data) if suffix in _NO_TEXTS else None)
    if found is None or suffix in (found.suffix, *found.others):
        return
    if found.suffix in suffixes:
        raise DocumentError("mislabelled", name=name, kind=Sentence(found.key), suffix=found.suffix)
    if suffix in _NO_TEXTS:
        raise DocumentError("other_content", name=name, kind=Sentence(found.key))
    raise DocumentError("binary_file", name=name, kind=Sentence(found.key))


def refuse_binary(data: bytes, name: str | Sayable) -> None:
    """Raises DocumentError if these bytes begin as a file that is no text."""
    if found := _recognised(data):
        raise DocumentError("binary_file", name=name, kind=Sentence(found.key))


def _recognised(data: bytes) -> _Content | None:
    """What these bytes are, if they are no text."""
    found = next((content for beginning, content in _BEGINNINGS.items() if data.startswith(beginning)), None)
    return _packed(data) if found is _ZIP else found


def _packed(data: bytes) -> _Content:
    try:
        package = zipfile.ZipFile(BytesIO(data))
        names = set(package.namelist())
        said = package.open("mimetype").read(_LONGEST_TYPE).strip() if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, RuntimeError, OSError):
        return _ZIP
    return _TYPES.get(said) or next((content for part, content in _PARTS.items() if part in names), _ZIP)


def _kind_of_text(data: bytes) -> _Content | None:
    """What these bytes are if they are a text; None for what may be a damaged file."""
    sample = data[:_SAMPLE]
    if not sample or b"\0" in sample:
        return None
    return _PAGE if sample.lstrip().lower().startswith(_PAGE_BEGINS) else _TEXT
