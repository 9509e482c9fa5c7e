"""A checkpoint's tensors as they lie in its safetensors files: where each one is, and its bytes, read piece by piece.

Pieces are read by plain system calls into a buffer of the caller's: as fast as from a mapped file, and a file that is
cut short is an error with its name, not the end of the process.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import torch

from hymt.errors import UserError

INDEX, SINGLE = "model.safetensors.index.json", "model.safetensors"
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
    """A tensor is missing or damaged, or has another shape than the model's."""


@dataclass(frozen=True)
class Stored:
    """A tensor in a file: `begin` is the offset of its first byte."""

    file: Path
    begin: int
    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def row_bytes(self) -> int:
        """Bytes of one entry along the first dimension."""
        return self.nbytes // max(1, self.shape[0])

    def read(self, begin: int, end: int, buffer: torch.Tensor) -> torch.Tensor:
        """Rows `begin` to `end`, in the first bytes of a buffer (uint8, on the CPU).

        Raises OSError, and IncompleteCheckpoint at the end of a file that is cut short.
        """
        taken = buffer[: (end - begin) * self.row_bytes]
        room, done = memoryview(taken.numpy()), 0
        with self.file.open("rb", buffering=0) as file:
            file.seek(self.begin + begin * self.row_bytes)
            while done < len(room):
                if not (got := file.readinto(room[done:])):
                    raise IncompleteCheckpoint("file_cut_short", file=self.file.name)
                done += got
        return taken.view(self.dtype).view(end - begin, *self.shape[1:])


def stored_tensors(folder: Path) -> dict[str, Stored]:
    """The tensors of a checkpoint's one file, or of its many with an index. Raises IncompleteCheckpoint, OSError."""
    if not (folder / INDEX).exists():
        return _header(folder / SINGLE)
    where = json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"]
    files = {name: _header(folder / name) for name in sorted(set(where.values()))}
    return {name: files[file][name] for name, file in where.items() if name in files[file]}


def _header(path: Path) -> dict[str, Stored]:
    """The tensors of one file: its header is JSON behind its own length in 8 bytes, little-endian."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            told = json.loads(file.read(min(length, path.stat().st_size)))
        told.pop("__metadata__", None)
        begin = 8 + length
        return {
            name: Stored(path, begin + entry["data_offsets"][0], DTYPES[entry["dtype"]], tuple(entry["shape"]))
            for name, entry in told.items()
            if entry["dtype"] in DTYPES
        }
    except (struct.error, ValueError, AttributeError, KeyError, TypeError) as error:
        raise IncompleteCheckpoint("no_header", file=path.name) from error
