"""The files of a checkpoint are somebody else's: what is no regular file, or too large for what it is, is not read."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from hymt.errors import UserError

INDEX, SINGLE = "model.safetensors.index.json", "model.safetensors"
MAX_JSON = 2**20  # bytes of a config; an index and a tokenizer may have more
MAX_LARGE_JSON = 2**28
# what loading may open, transformers' tokenizer included
OPENED = ("*.json", "*.jinja", "*.model", "merges.txt", "tokenizer*", "*.safetensors", "additional_chat_templates/*")


class UnsupportedModel(UserError):
    """A checkpoint of another architecture, or none at all."""


class UnsafeModel(UnsupportedModel):
    """A checkpoint that is not read: out of bounds, or with files that are none."""


def read_json(path: Path, limit: int = MAX_JSON) -> Any:
    """What a JSON file of at most `limit` bytes says.

    Raises OSError, ValueError for what is not JSON, UnsafeModel for a file that is not regular or is too large.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        _check(path.name, os.fstat(file.fileno()), limit)
        text = file.read(limit).decode("utf-8")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError(f"{path.name} is nested too deeply.") from None


def check_files(folder: Path) -> None:
    """Whether all that a load may open is a regular file of a size that is usual for it.

    Raises UnsafeModel, OSError.
    """
    for pattern in OPENED:
        for path in folder.glob(pattern):
            _check(path.name, path.stat(), None if path.suffix == ".safetensors" else MAX_LARGE_JSON)
    if (folder / INDEX).exists():
        shards(folder)


def shards(folder: Path) -> list[str]:
    """The names of the files that a checkpoint's index lists. Raises OSError, UnsafeModel."""
    try:
        said = read_json(folder / INDEX, MAX_LARGE_JSON)
    except ValueError as error:
        raise UnsafeModel("bad_index") from error
    where = said.get("weight_map") if isinstance(said, dict) else None
    if not isinstance(where, dict) or not all(isinstance(name, str) for name in where.values()):
        raise UnsafeModel("bad_index")
    names = sorted(set(where.values()))
    if any(Path(name).name != name or not name.endswith(".safetensors") for name in names):
        raise UnsafeModel("bad_index")
    return names


def _check(name: str, status: os.stat_result, limit: int | None) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeModel("no_regular_file", file=name)
    if limit is not None and status.st_size > limit:
        raise UnsafeModel("file_of_model_too_large", file=name, limit=f"{limit // 2**20} MiB")


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a FIFO would be waited for, before it could be seen that it is one."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON.")
