"""A checkpoint's tensors as they lie in its safetensors files: where each one is, and its bytes, read piece by piece.

Pieces are read by plain system calls into a buffer of the caller's: as fast as from a mapped file, and a file that is
cut short is an error with its name, not the end of the process. Files are open from their header to their last piece:
what is put in their place meanwhile is not read.
"""

from __future__ import annotations

import json
import math
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise
from pathlib import Path

import torch

from hymt.errors import UserError

INDEX, SINGLE = "model.safetensors.index.json", "model.safetensors"
HEADER_BYTES = 8 * 2**20  # at most; a 7B's has 50 KB
FILES = 256  # at most: each stays open
DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,  # plain values, to be widened; with scales a config tells of a quantisation
    "I8": torch.int8,
    "U8": torch.uint8,
}


class IncompleteCheckpoint(UserError):
    """A tensor is missing or damaged, or has another shape or type than the model's."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A tensor in an open file: `begin` is the offset of its first byte."""

    file: FileIO
    begin: int
    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def path(self) -> Path:
        return Path(self.file.name)

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def row_bytes(self) -> int:
        """Bytes of one entry along the first dimension."""
        return self.nbytes // max(1, self.shape[0])

    def read(self, begin: int, end: int, buffer: torch.Tensor) -> torch.Tensor:
        """Rows `begin` to `end`, in the first bytes of a buffer (uint8, on the CPU). From any thread.

        Raises OSError, and IncompleteCheckpoint at the end of a file that is cut short.
        """
        taken = buffer[: (end - begin) * self.row_bytes]
        room, done = taken.numpy().data, 0
        offset = self.begin + begin * self.row_bytes
        while done < len(room):
            if not (got := os.preadv(self.file.fileno(), [room[done:]], offset + done)):
                raise IncompleteCheckpoint("file_cut_short", file=self.path.name)
            done += got
        return taken.view(self.dtype).view(end - begin, *self.shape[1:])


@contextmanager
def open_checkpoint(folder: Path) -> Iterator[dict[str, Stored]]:
    """The tensors of a checkpoint's one file, or of its many with an index; readable until the end of the context.

    Raises IncompleteCheckpoint, OSError.
    """
    with ExitStack() as files:
        if not (folder / INDEX).exists():
            yield _header(files.enter_context(_open(folder / SINGLE)))
            return
        where = _index(folder / INDEX)
        headers = {name: _header(files.enter_context(_open(folder / name))) for name in sorted(set(where.values()))}
        yield {name: headers[file][name] for name, file in where.items() if name in headers[file]}


def _open(path: Path) -> FileIO:
    """A regular file, open for reading without a buffer; opening a pipe by that name does not wait for its writer."""
    file = FileIO(path, opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise IncompleteCheckpoint("no_weights_file", file=path.name)
    return file


def _index(path: Path) -> dict[str, str]:
    """Which file of the same folder each tensor is in."""
    try:
        with _open(path) as file:
            where = _json(file, os.fstat(file.fileno()).st_size)["weight_map"]
        names = set(where.values())
        if len(names) > FILES or any(Path(name).name != name for name in names):
            raise ValueError("too many files, or files elsewhere")
        return where
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise IncompleteCheckpoint("no_list_of_tensors", file=path.name) from error


def _json(file: FileIO, length: int) -> dict:
    if length > HEADER_BYTES:
        raise ValueError(f"{length} bytes are more than a checkpoint's lists take")
    return json.loads(file.read(length))


def _header(file: FileIO) -> dict[str, Stored]:
    """The tensors of one file: its header is JSON behind its own length in 8 bytes, little-endian.

    Tensors of types that no model here has are left out.
    """
    path = Path(file.name)
    try:
        (length,) = struct.unpack("<Q", file.read(8))
        header = _json(file, length)
        header.pop("__metadata__", None)
        begin = 8 + length
        spans = sorted(_span(entry) for entry in header.values())
        found = {
            name: Stored(file, begin + entry["data_offsets"][0], DTYPES[entry["dtype"]], tuple(entry["shape"]))
            for name, entry in header.items()
            if entry["dtype"] in DTYPES
        }
    except (struct.error, ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise IncompleteCheckpoint("no_header", file=path.name) from error
    if any(second[0] < first[1] for first, second in pairwise(spans)):
        raise IncompleteCheckpoint("tensors_overlap", file=path.name)
    if spans and begin + spans[-1][1] > os.fstat(file.fileno()).st_size:
        raise IncompleteCheckpoint("file_cut_short", file=path.name)
    return found


def _span(entry: dict) -> tuple[int, int]:
    """Where a tensor begins and ends behind the header. Raises ValueError if that is not what its shape takes."""
    begin, end = entry["data_offsets"]
    shape, dtype = entry["shape"], DTYPES.get(entry["dtype"])
    if any(type(number) is not int or number < 0 for number in (begin, end, *shape)) or begin > end:
        raise ValueError("offsets and sizes must be whole numbers")
    if dtype and math.prod(shape) * dtype.itemsize != end - begin:
        raise ValueError("offsets and shape disagree")
    return begin, end
