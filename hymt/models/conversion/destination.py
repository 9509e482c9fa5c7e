"""The folder that a conversion makes: refused if it is there, written under another name, and named at the very end."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from hymt.hardware.memory import show_bytes

SPARE = 2**24  # bytes of the disk for headers, configs and what other programs write meanwhile
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".h5", ".msgpack", ".onnx", ".gguf", ".index.json")


class BadDestination(ValueError):
    """The folder asked for cannot be made; the message says why."""


def check(destination: Path) -> None:
    """Raises BadDestination for a folder that is there already, or whose parent is not."""
    if os.path.lexists(destination):
        raise BadDestination(f"“{destination}” exists already: remove it or choose another folder.")
    if not destination.parent.is_dir():
        raise BadDestination(f"There is no folder “{destination.parent}” to make “{destination.name}” in.")


def check_outside(destination: Path, source: str) -> None:
    """Raises BadDestination for a folder inside the source's, if that is a folder."""
    folder = Path(source).expanduser()
    if source and folder.is_dir() and folder.resolve() in destination.resolve().parents:
        raise BadDestination(f"“{destination}” would be inside the model's own folder: choose another place.")


def check_room(destination: Path, needed: int) -> None:
    """Raises BadDestination if the disk has no room for so many bytes."""
    free, needed = shutil.disk_usage(destination.parent).free, needed + SPARE
    if free < needed:
        raise BadDestination(
            f"The result needs {show_bytes(needed)} of the disk, and {show_bytes(free)} are free there: make room or "
            "choose another disk."
        )


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
