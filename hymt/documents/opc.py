"""Office's packages: which parts there are, by their content types, and what kind of file a package is."""

from __future__ import annotations

import re
from posixpath import join, normpath

from hymt.documents import xml_text
from hymt.documents.base import DocumentError
from hymt.documents.package import Package
from hymt.documents.xml_text import tags

_TYPES = "[Content_Types].xml"
_MIME = "mimetype"  # the part that tells what files of OpenDocument are
_MIME_BYTES = 200  # at most
_DEFAULT = re.compile(r"\.(\w+)$")
_MAIN = {  # how the content type of a file's main part ends, or what it says it is
    ".docx": "wordprocessingml.document.main+xml",
    ".pptx": "presentationml.presentation.main+xml",
    ".xlsx": "spreadsheetml.sheet.main+xml",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_MACROS = re.compile(r"macroEnabled|vbaProject")


def content_types(package: Package) -> list[tuple[str, str]]:
    """The parts of the package and their content types."""
    if _TYPES not in package.parts:
        return []
    text, *_ = xml_text.decode(package.read(_TYPES), package.name)
    found = list(tags(text))
    usual = {
        (tag.get("Extension") or "").lower(): tag.get("ContentType") or "" for tag in found if tag.local == "Default"
    }
    said = {
        (tag.get("PartName") or "").lstrip("/"): tag.get("ContentType") or ""
        for tag in found
        if tag.local == "Override"
    }
    return [(path, said.get(path) or usual.get(_ending(path), "")) for path in package.parts]


def _ending(path: str) -> str:
    found = _DEFAULT.search(path)
    return found[1].lower() if found else ""


def opened(name: str, data: bytes, suffix: str) -> tuple[Package, list[tuple[str, str]]]:
    """The package of a file that should be of the kind of this suffix, and its parts' content types.

    Raises DocumentError if it is damaged, locked, too large, of another kind, or has macros.
    """
    package = Package(name, data)
    types = content_types(package)
    kinds = [*(kind for _, kind in types), _mime(package)]
    if any(map(_MACROS.search, kinds)):
        raise DocumentError("has_macros", name=name, suffix=suffix)
    if not any(kind.endswith(_MAIN[suffix]) for kind in kinds):
        raise DocumentError("not_of_its_kind", name=name, suffix=suffix)
    return package, types


def _mime(package: Package) -> str:
    """What a file of OpenDocument says it is."""
    return package.read(_MIME)[:_MIME_BYTES].decode("ascii", "replace").strip() if _MIME in package.parts else ""


def paths(types: list[tuple[str, str]], ending: str) -> list[str]:
    """The parts of a content type with this ending, by the numbers in their names."""
    found = [path for path, kind in types if kind.endswith(ending)]
    return sorted(found, key=lambda path: [(part.isdigit(), part.zfill(9)) for part in re.findall(r"\d+|\D+", path)])


def related(package: Package, path: str) -> dict[str, str]:
    """What a part names by ids: the paths of other parts."""
    folder, _, name = path.rpartition("/")
    listed = f"{folder}/_rels/{name}.rels"
    if listed not in package.parts:
        return {}
    text, *_ = xml_text.decode(package.read(listed), package.name)
    found = (tag for tag in tags(text) if tag.local == "Relationship")
    return {tag.get("Id") or "": normpath(join(f"/{folder}", tag.get("Target") or "")).lstrip("/") for tag in found}
