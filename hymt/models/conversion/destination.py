"""The folder that a conversion makes: refused if it is there, written under another name, and named at the very end."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from hymt.errors import UserError
from hymt.hardware.memory import show_bytes

SPARE = 2**24  # bytes of the disk for headers, configs and what other programs write meanwhile
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".h5", ".msgpack", ".onnx", ".gguf", ".index.json")


def check(destination: Path) -> None:
    """Raises UserError for a folder that is there already or whose parent is not, OSError for a name that is none."""
    with suppress(FileNotFoundError, NotADirectoryError):
        os.lstat(destination)
        raise UserError("destination_exists", path=destination)
    if not destination.parent.is_dir():
        raise UserError("destination_without_parent", parent=destination.parent, name=destination.name)


def check_outside(destination: Path, origin: str) -> None:
    """Raises UserError for a folder inside the origin's, if that is a folder."""
    folder = Path(origin).expanduser()
    if origin and folder.is_dir() and folder.resolve() in destination.resolve().parents:
        raise UserError("destination_inside", path=destination)


def check_room(destination: Path, needed: int) -> None:
    """Raises UserError if the disk has no room for `needed` bytes."""
    free, needed = shutil.disk_usage(destination.parent).free, needed + SPARE
    if free < needed:
        raise UserError("destination_too_small", needed=show_bytes(needed), free=show_bytes(free))


def left_over(destination: Path) -> list[Path]:
    """Folders of conversions to the same destination that were killed, or are still running."""
    return sorted(destination.parent.glob(f".{escape(destination.name)}.part-*"))


@contextmanager
def unfinished(destination: Path) -> Iterator[Path]:
    """A hidden folder beside the destination, for its files; it gets the destination's name when all are on the disk.

    Whatever ends the process before leaves no folder of that name. An exception also deletes what was written.
    """
    partial = destination.with_name(f".{destination.name}.part-{secrets.token_hex(4)}")
    partial.mkdir()
    try:
        yield partial
        for file in partial.iterdir():
            sync(file)
        sync(partial)
        partial.rename(destination)
        sync(destination.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of files, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def companions(folder: Path) -> list[Path]:
    """The files that go along with a model's weights: tokenizer, template, generation config, licence, card."""
    kept = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return sorted(path for path in kept if not path.name.endswith(WEIGHTS))
