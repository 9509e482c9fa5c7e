"""The tensors of a checkpoint on the disk, safetensors or pickled, read one at a time."""

from __future__ import annotations

import json
import pickle
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import torch

from hymt.models.stored import INDEX, SINGLE, IncompleteCheckpoint, Stored, open_checkpoint

PICKLED, PICKLED_INDEX = "pytorch_model.bin", "pytorch_model.bin.index.json"

MAPPED = 16 * 2**20  # bytes of a pickled file that may be in memory because they were read


class Checkpoint:
    """A folder's tensors by name; of safetensors, or where there are none, of pickled files.

    Floats of 8 bit are the FP16 that they stand for, as in a model that loads them. `header` has shapes and types, as
    tensors on the meta device. Raises IncompleteCheckpoint, OSError.
    """

    def __init__(self, folder: Path) -> None:
        if (folder / INDEX).exists() or (folder / SINGLE).exists():
            self._open_safetensors(folder)
        else:
            self._open_pickled(folder)

    def _open_safetensors(self, folder: Path) -> None:
        self._open = ExitStack()  # files stay open until the last reference to it is gone
        entries = self._open.enter_context(open_checkpoint(folder))
        self.files = sorted({entry.path for entry in entries.values()})
        self.header = {
            name: torch.empty(entry.shape, dtype=_least_half(entry.dtype), device="meta")
            for name, entry in entries.items()
        }
        self._readers = {name: partial(_read_stored, entry) for name, entry in entries.items()}

    def _open_pickled(self, folder: Path) -> None:
        self.files = _pickled_files(folder)
        self.header, self._readers = {}, {}
        for file in map(PickledFile, self.files):
            header = file.header()
            file.release()
            self.header |= header
            self._readers |= {name: partial(file.read, name) for name in header}

    @property
    def nbytes(self) -> int:
        """Bytes of the files."""
        return sum(file.stat().st_size for file in self.files)

    @property
    def dtype(self) -> torch.dtype:
        """The type of most of the values."""
        sizes: dict[torch.dtype, int] = {}
        for tensor in self.header.values():
            sizes[tensor.dtype] = sizes.get(tensor.dtype, 0) + tensor.numel()
        return max(sizes, key=sizes.__getitem__)

    def read(self, name: str) -> torch.Tensor:
        """A tensor with its values. Raises IncompleteCheckpoint, OSError."""
        return self._readers[name]()


def _read_stored(entry: Stored) -> torch.Tensor:
    found = entry.read(0, entry.shape[0], torch.empty(entry.nbytes, dtype=torch.uint8))
    return found.to(_least_half(entry.dtype))


def _least_half(dtype: torch.dtype) -> torch.dtype:
    return torch.float16 if dtype == torch.float8_e4m3fn else dtype


class PickledFile:
    """A file of torch.save, mapped. It is mapped anew now and then, so that what was read does not stay in memory.

    Files of the time before torch 1.6 cannot be mapped: they are held whole.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._touched = path, 0
        self._held: dict | None = None
        with path.open("rb") as file:
            self._is_archive = file.read(2) == b"PK"

    def header(self) -> dict[str, torch.Tensor]:
        tensors = self._tensors()
        return {name: value.to("meta") for name, value in tensors.items() if isinstance(value, torch.Tensor)}

    def read(self, name: str) -> torch.Tensor:
        found = self._tensors()[name]
        self._touched += found.nbytes
        if self._is_archive and self._touched > MAPPED:
            self.release()
        return found

    def release(self) -> None:
        self._held, self._touched = None, 0

    def _tensors(self) -> dict:
        if self._held is None:
            self._held = self._unpickled(mmap=self._is_archive)
        return self._held

    def _unpickled(self, mmap: bool) -> dict:
        try:
            found = torch.load(self.path, map_location="cpu", weights_only=True, mmap=mmap)
        except pickle.UnpicklingError as error:
            raise IncompleteCheckpoint("untrusted_pickle", file=self.path.name) from error
        except (RuntimeError, EOFError, ValueError) as error:
            raise _damaged(self.path) from error
        if not isinstance(found, dict):
            raise IncompleteCheckpoint("no_named_tensors", file=self.path.name)
        return found


def _damaged(path: Path) -> IncompleteCheckpoint:
    return IncompleteCheckpoint("damaged_file", file=path.name)


def _pickled_files(folder: Path) -> list[Path]:
    index, single = folder / PICKLED_INDEX, folder / PICKLED
    if not index.exists():
        if not single.exists():
            raise IncompleteCheckpoint("no_weights", name=folder.name, single=SINGLE, pickled=PICKLED)
        return [single]
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(index) from error
    for name in names:
        if not (folder / name).exists():
            raise IncompleteCheckpoint("shard_missing", file=name, index=index.name)
    return [folder / name for name in names]
