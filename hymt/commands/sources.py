"""Which files a command is to translate, and where each goes: folders and patterns, in the same tree below another."""

from __future__ import annotations

import filecmp
import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hymt.errors import UserError

_PATTERN = re.compile(r"[*?[]")


@dataclass(frozen=True)
class Task:
    """A file, its translation's place, and that of the bilingual file if one is wanted."""

    source: Path
    out: Path
    bilingual: Path | None = None

    @property
    def results(self) -> tuple[Path, ...]:
        return (self.out, self.bilingual) if self.bilingual else (self.out,)

    def is_done(self) -> bool:
        """Whether all results are there and none is older than the source."""
        try:
            changed = self.source.stat().st_mtime_ns
            if self.out.stat().st_mtime_ns < changed:
                return False
            if self.bilingual is None or filecmp.cmp(self.out, self.source, shallow=False):  # it has no words
                return True
            return self.bilingual.stat().st_mtime_ns >= changed
        except OSError:
            return False


def are_several(files: Sequence[str], out: str | None) -> bool:
    """Whether a folder of results is meant: for several files, a folder, a pattern, or by the name of `out`."""
    if len(files) > 1 or Path(files[0]).is_dir() or _is_pattern(files[0]):
        return True
    return out is not None and (out.endswith(("/", os.sep)) or Path(out).is_dir())


def tasks(files: Sequence[str], out: str | None, kind: str | None) -> list[Task]:
    """The files that these values name, in order, and where their results go. `kind` is one of bilingual files.

    Raises UserError if there are none, if two would have the same result, or one would overwrite a source.
    """
    from hymt.documents import suffix_of_translation
    from hymt.documents.bilingual import beside

    if not out:
        raise UserError("out_folder_wanted")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise UserError("out_not_folder", path=out)
    found: dict[tuple[Path, Path], Task] = {}  # of a file that is named twice, one
    for value in files:
        for source, root in _named(value, folder):
            below = source.relative_to(root)
            to = folder / below.with_suffix(suffix_of_translation(below))
            found.setdefault((source.resolve(), to), Task(source, to, beside(kind, to) if kind else None))
    if not found:
        raise UserError("no_files_found")
    all_of_them = list(found.values())
    _check_apart(all_of_them)
    return all_of_them


def _check_apart(all_of_them: Sequence[Task]) -> None:
    sources = {identity for task in all_of_them if (identity := _identity(task.source))}
    taken: dict[Path, Path] = {}
    for task in all_of_them:
        for result in task.results:
            if _identity(result) in sources:
                raise UserError("overwrites_source", path=result)
            other = taken.setdefault(result.resolve(), task.source)
            if other != task.source:
                raise UserError("same_result", first=other, second=task.source, path=result)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _named(value: str, out: Path) -> Iterator[tuple[Path, Path]]:
    """The files that a value names, each with the folder below which its place is kept."""
    path = Path(value)
    if path.is_dir():
        yield from ((found, path) for found in _in_folder(path, out))
    elif _is_pattern(value):
        root = _root(value)
        matches = (Path(match) for match in sorted(glob.glob(value, recursive=True)))
        yield from ((found, root) for found in matches if found.is_file() and _is_wanted(found, root, out))
    else:
        yield path, path.parent


def _is_pattern(value: str) -> bool:
    return bool(_PATTERN.search(value)) and not os.path.lexists(value)


def _root(pattern: str) -> Path:
    """The folder that a pattern begins with."""
    parts = Path(pattern).parts
    return Path(*parts[: next(place for place, part in enumerate(parts) if _PATTERN.search(part))])


def _in_folder(folder: Path, out: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found = (Path(place, name) for name in sorted(names))
        yield from (path for path in found if path.is_file() and _is_wanted(path, folder, out))


def _is_wanted(path: Path, root: Path, out: Path) -> bool:
    """Whether a file of a folder is to be translated: of a known kind, not hidden, no result and not from elsewhere."""
    from hymt.documents import SUFFIXES

    below = path.relative_to(root)
    if path.suffix.lower() not in SUFFIXES or any(part.startswith(".") for part in below.parts):
        return False
    if any((root / folder).is_symlink() for folder in [*below.parents][:-1]):
        return False
    real, top, results = path.resolve(), root.resolve(), out.resolve()
    return real.is_relative_to(top) and not (results.is_relative_to(top) and top != results and results in real.parents)
