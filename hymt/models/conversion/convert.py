"""From one checkpoint to another: each tensor is read, cast or quantised, and written with the others of its shard.

Never more than a shard and a tensor are in memory, whatever the model's size.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from hymt.engine.projections import BLOCK
from hymt.errors import UserError, is_out_of_memory
from hymt.hardware.devices import detect_device
from hymt.models import loading
from hymt.models.adapter import Adapter
from hymt.models.catalogue import Model, find_model
from hymt.models.conversion import destination as destinations
from hymt.models.conversion.checkpoint import Checkpoint
from hymt.models.conversion.comparison import Agreement, compare, obstacle
from hymt.models.conversion.forms import PRECISION_OF, Form, Losses
from hymt.models.precision import PRECISIONS, Precision
from hymt.models.shape import ModelShape, UnsupportedModel
from hymt.models.stored import INDEX, SINGLE, IncompleteCheckpoint
from hymt.models.tokenizer import ChatTokenizer
from hymt.models.weights import check_changes

HEAD, EMBEDDING = "lm_head.weight", "model.embed_tokens.weight"
OnProgress = Callable[[str, float], None]  # what is being done, and how much of it is


@dataclass(frozen=True)
class Conversion:
    """What a conversion did. `before` and `after` are precisions, `dtype` the type that values were cast to.

    Sizes are bytes of the weights' files; `losses` are of the tensors that have any.

    `notes` tell what else one should know; without a `comparison` `unchecked` says why.
    """

    model: str
    before: str
    after: str
    dtype: str
    bytes_before: int
    bytes_after: int
    files_before: int
    files_after: int
    values: int
    losses: list[Losses]
    seconds: float
    notes: list[str] = field(default_factory=list)
    comparison: Agreement | None = None
    unchecked: str | None = None


def convert(
    origin: str,
    destination: Path,
    form: Form,
    shard_bytes: int,
    check: bool | None,
    on_progress: OnProgress,
) -> Conversion:
    """Write a model (catalogue name, hub id or folder) in another form to a new folder, in shards of `shard_bytes`.

    An adapter ("BASE + ADAPTER") is added to the weights before they are rounded, as the loader does it.
    `check`: run both and compare their outputs; None does it where that is quick. Raises UserError, for a
    destination that cannot be before it reads anything; OSError.
    """
    began = time.monotonic()
    destinations.check(destination)
    model = loading.identify(find_model(origin))
    for place in (model.weights, model.adapter):
        destinations.check_outside(destination, place)
    folder = loading.fetch(model, lambda part: on_progress("downloading", part))
    converter = Converter(model, folder, form, shard_bytes, loading.fetch_adapter(model))
    destinations.check_room(destination, converter.needed_bytes)
    converter.notes += [
        f"“{path.name}” is left over from a conversion that was killed: delete it, unless one is running."
        for path in destinations.left_over(destination)
    ]
    comparison: Agreement | None = None
    unchecked: str | None = "--no-check was given"
    with destinations.unfinished(destination) as partial:
        losses = converter.write(partial, on_progress)
        bytes_after = converter.verify(partial)
        if check is not False:
            on_progress("comparing the outputs", 0)
            comparison, unchecked = converter.compare(partial, asked=bool(check))
    return Conversion(
        model=model.name,
        before=converter.original_precision.label,
        after=form.precision.label,
        dtype=form.dtype,
        bytes_before=converter.checkpoint.nbytes,
        bytes_after=bytes_after,
        files_before=len(converter.checkpoint.files),
        files_after=len(converter.shards),
        values=sum(shape.numel() for shape in converter.shapes.values()),
        losses=losses,
        seconds=time.monotonic() - began,
        notes=converter.notes,
        comparison=comparison,
        unchecked=unchecked,
    )


@dataclass(frozen=True)
class Shard:
    """The model's tensors that make one file, and the bytes of what is stored for them."""

    names: list[str]
    nbytes: int


class Converter:
    """One conversion: making it reads the tensors' names, shapes and types, and nothing else.

    `shapes` are the tensors to write. Raises UnsupportedModel, IncompleteCheckpoint, OSError.
    """

    def __init__(
        self, model: Model, folder: Path, form: Form, shard_bytes: int, adapter: Adapter | None = None
    ) -> None:
        self.model, self.folder, self.form, self.adapter = model, folder, form, adapter
        self.shape = ModelShape.read(folder)
        if self.shape.stored:
            label = PRECISIONS[self.shape.stored].label
            raise UnsupportedModel("converted_already", model=model.name, label=label)
        self.device = detect_device()
        self.notes: list[str] = []
        self.checkpoint = Checkpoint(folder)
        self.shapes = self._shapes()
        self.changes = adapter.changes() if adapter else {}
        if adapter:
            check_changes(adapter, self.changes, {name: tuple(shape) for name, shape in self.shapes.items()})
        if form.quantised:
            self._check_quantisable()
        self.shards = self._shards(shard_bytes)
        self.companions = [path for path in destinations.companions(folder) if path.name != "config.json"]

    @property
    def original_precision(self) -> Precision:
        return PRECISIONS[PRECISION_OF[str(self.checkpoint.dtype).removeprefix("torch.")]]

    @property
    def needed_bytes(self) -> int:
        """Bytes of the disk that the result takes."""
        return sum(shard.nbytes for shard in self.shards) + sum(path.stat().st_size for path in self.companions)

    # -- what there is to do ---------------------------------------------------------------------------

    def _shapes(self) -> dict[str, torch.Size]:
        """The tensors that the model has, by name, each found in the checkpoint as it should be."""
        shapes, header = _parameters(self.folder), self.checkpoint.header
        for name, shape in shapes.items():
            if name not in header:
                raise IncompleteCheckpoint("tensor_missing", tensor=name)
            found = header[name]
            if found.shape != shape:
                raise IncompleteCheckpoint("tensor_shape", tensor=name, found=tuple(found.shape), wanted=tuple(shape))
            if str(found.dtype).removeprefix("torch.") not in PRECISION_OF:
                raise IncompleteCheckpoint("tensor_dtype", tensor=name, found=found.dtype)
        if HEAD in header and HEAD not in shapes and not self._is_tied():
            self.notes.append(f"{HEAD} differs from the embedding that config.json ties it to: both are written.")
            shapes[HEAD] = header[HEAD].shape
        if strange := sorted(header.keys() - shapes.keys() - {HEAD}):
            others = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
            self.notes.append(f"Left out, as the model has no such tensors: {', '.join(strange[:3])}{others}.")
        return shapes

    def _is_tied(self) -> bool:
        return torch.equal(self.checkpoint.read(HEAD), self.checkpoint.read(EMBEDDING))

    def _check_quantisable(self) -> None:
        if why := self.form.precision.unavailable(self.device):
            raise why
        if any(name.endswith("proj.bias") for name in self.shapes):
            raise UnsupportedModel("projections_with_bias")
        sizes = {shape[-1] for name, shape in self.shapes.items() if self.form.of(name)[1] == "nf4"}
        if any(size % BLOCK for size in sizes):
            raise UnsupportedModel("nf4_rows", block=BLOCK)

    def _shards(self, shard_bytes: int) -> list[Shard]:
        """The tensors in the model's order, as many a file as its size allows."""
        shards: list[Shard] = []
        names: list[str] = []
        filled = 0
        for name, shape in self.shapes.items():
            size = sum(stored.nbytes for stored in self.form.layout(name, shape).values())
            if names and filled + size > shard_bytes:
                shards.append(Shard(names, filled))
                names, filled = [], 0
            names.append(name)
            filled += size
        return [*shards, Shard(names, filled)]

    # -- doing it --------------------------------------------------------------------------------------

    def write(self, partial: Path, on_progress: OnProgress) -> list[Losses]:
        """Write everything, config.json last; returns what was lost of each tensor that lost anything."""
        from safetensors.torch import save_file

        losses: list[Losses] = []
        where: dict[str, str] = {}
        total, done = sum(shape.numel() for shape in self.shapes.values()), 0
        for number, shard in enumerate(self.shards, 1):
            file = _file_name(number, len(self.shards))
            stored: dict[str, torch.Tensor] = {}
            for name in shard.names:
                tensors, lost = self.form.make(name, self._read(name), self.device.torch_name)
                stored |= tensors
                losses += [lost] if lost else []
                done += lost.values
                on_progress(f"writing {file}", done / total)
            save_file(stored, partial / file, metadata={"format": "pt"})
            destinations.sync(partial / file)
            where |= dict.fromkeys(stored, file)
            del stored, tensors
        if len(self.shards) > 1:
            size = sum(shard.nbytes for shard in self.shards)
            index = {"metadata": {"total_size": size}, "weight_map": where}
            _write_json(partial / INDEX, index)
        for path in self.companions:
            shutil.copyfile(path, partial / path.name)
        _write_json(partial / "hymt.json", self.model.sidecar())
        config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        config.pop("torch_dtype", None)  # transformers' name of it before version 5
        _write_json(partial / "config.json", config | self.form.config())
        return losses

    def _read(self, name: str) -> torch.Tensor:
        """A tensor of the checkpoint with the adapter's change, if there is one."""
        tensor = self.checkpoint.read(name)
        change = self.changes.get(name)
        return tensor if change is None else change.added(0, len(tensor), tensor)

    def verify(self, partial: Path) -> int:
        """The bytes of the files, which hold all that the model needs as a loader will look for it.

        Raises UserError if they do not.
        """
        wanted = {
            name: (stored.shape, stored.dtype)
            for original_name, shape in self.shapes.items()
            for name, stored in self.form.layout(original_name, shape).items()
        }
        written = Checkpoint(partial)
        found = {name: (stored.shape, stored.dtype) for name, stored in written.header.items()}
        if wrong := sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)):
            raise UserError("badly_written", tensor=wrong[0])
        return written.nbytes

    def compare(self, partial: Path, asked: bool) -> tuple[Agreement | None, str | None]:
        """The comparison of original and result, or why there is none. Raises UserError if the result fails."""
        runs = [self.original_precision, self.form.precision]
        if why := obstacle(self.shape, runs, self.device, asked):
            return None, why
        if self.adapter and not list(self.folder.glob("*.safetensors")):
            return None, "the loader adds adapters to safetensors alone"
        try:
            tokenizer = ChatTokenizer(self.folder)
        except UnsupportedModel as error:
            return None, str(error).rstrip(".")
        try:
            sides = ((self.folder, runs[0], self.adapter), (partial, runs[1], None))
            return compare(*sides, tokenizer, self.model.family, self.device), None
        except Exception as error:
            if is_out_of_memory(error):
                return None, "there was not enough memory"
            raise UserError("run_failed", reason=f"{type(error).__name__}: {error}") from error


def _parameters(folder: Path) -> dict[str, torch.Size]:
    """The shapes of the parameters that transformers' class has for a config.json, tied ones once."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    return {name: parameter.shape for name, parameter in model.named_parameters()}


def _file_name(number: int, count: int) -> str:
    return SINGLE if count == 1 else f"model-{number:05}-of-{count:05}.safetensors"


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
