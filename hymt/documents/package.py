"""Files that are a ZIP of parts, as of Office: parts that are not changed keep their bytes."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO

from hymt.documents.base import DocumentError

MOST_PARTS = 10_000
MOST_BYTES = 300_000_000  # of all parts, unpacked
MOST_TEXT = 60_000_000  # of a part that is read as text
_OLE = b"\xd0\xcf\x11\xe0"  # an older Office file, or a newer one that is encrypted
_TYPE = "mimetype"  # a part that OCF and OpenDocument want first and not packed
_ENCRYPTED = 0x1  # in a part's flags


class Package:
    """The parts of a file. Raises DocumentError if it is damaged, locked or far larger than it looks."""

    def __init__(self, name: str, data: bytes) -> None:
        if data.startswith(_OLE):
            raise DocumentError("office_locked", name=name)
        self.name, self._data = name, data
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise DocumentError("damaged_package", name=name) from error
        infos = self._zip.infolist()
        self.parts = [info.filename for info in infos]
        if len(set(self.parts)) < len(infos):
            raise DocumentError("damaged_package", name=name)
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            raise DocumentError("office_locked", name=name)
        if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > MOST_BYTES:
            raise DocumentError("package_too_large", name=name)
        if self._damaged():
            raise DocumentError("damaged_package", name=name)

    def _damaged(self) -> bool:
        """Whether a part cannot be unpacked: it would only be found out when all is translated."""
        try:
            return self._zip.testzip() is not None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
            return True

    def size(self, parts: Iterable[str]) -> int:
        """How many bytes some parts have, unpacked."""
        return sum(self._zip.getinfo(part).file_size for part in parts)

    def read(self, part: str) -> bytes:
        """The bytes of a part that holds text. Raises DocumentError if it is missing or too large."""
        if part not in self.parts:
            raise DocumentError("damaged_package", name=self.name)
        if self._zip.getinfo(part).file_size > MOST_TEXT:
            raise DocumentError("package_too_large", name=self.name)
        return self._zip.read(part)

    def written(self, changed: Mapping[str, bytes]) -> bytes:
        """The file with other bytes in some of its parts; with none, the very same file."""
        if not changed:
            return self._data
        file = BytesIO()
        with zipfile.ZipFile(file, "w") as new:
            for info in sorted(self._zip.infolist(), key=lambda info: info.filename != _TYPE):
                content = changed.get(info.filename)
                new.writestr(_like(info), self._zip.read(info) if content is None else content)
        return file.getvalue()


def _like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The entry of a part with its date and its way to be packed, for a new file."""
    entry = zipfile.ZipInfo(info.filename, info.date_time)
    entry.compress_type, entry.external_attr, entry.create_system = (
        zipfile.ZIP_STORED if info.filename == _TYPE else info.compress_type,
        info.external_attr,
        info.create_system,
    )
    return entry
