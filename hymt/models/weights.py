"""A checkpoint's weights on their way from safetensors files to a device, quantised there piece by piece.

The device never holds more than the finished weights and a few pieces, and what the fused network reads at once lies
side by side from the start. A checkpoint that was read before comes from the page cache; several threads keep the bus
to a GPU busy.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from hymt.engine.projections import BLOCK, TOGETHER, int8_weight, is_projection, nf4_weight
from hymt.models.adapter import Adapter, LowRank
from hymt.models.placing import Place, Target, Write, place
from hymt.models.shape import UnsupportedModel
from hymt.models.stored import IncompleteCheckpoint, Stored, open_checkpoint

if TYPE_CHECKING:
    from transformers import PreTrainedModel

OnFraction = Callable[[float], None]
PIECE = 16 * 2**20  # bytes of a checkpoint that are read at once
READERS = 8


def read_weights(
    model: PreTrainedModel,
    folder: Path,
    bits: int | None,
    device: str,
    on_fraction: OnFraction,
    adapter: Adapter | None = None,
) -> None:
    """Give a model on the meta device its weights: in its own float type, or the layers' linears in 8 or 4 `bits`.

    An adapter is added to the weights in FP32 before they are rounded. A checkpoint that is quantised already has to be
    so in as many bits, and takes none. Raises IncompleteCheckpoint, OSError, UnsupportedModel for an adapter of another
    model.
    """
    places = _linears(model, bits, torch.device(device))
    stored = bool(getattr(model.config, "quantization_config", None))
    fill(folder, places, _others(model, torch.device(device)), stored, torch.device(device), on_fraction, adapter)


def fill(
    folder: Path,
    places: dict[str, Place],
    others: dict[str, Target],
    stored: bool,
    device: torch.device,
    on_fraction: OnFraction,
    adapter: Adapter | None = None,
) -> None:
    """Read a checkpoint into its places: the layers' linears and all `others`, by name; `stored` if it is quantised.

    Raises what `read_weights` raises.
    """
    if stored and adapter:
        raise UnsupportedModel("quantised_weights_take_no_adapter")
    if stored and any(one.scale is None for one in places.values()):
        raise IncompleteCheckpoint("no_float_weights")
    targets = dict(others)
    for name, one in places.items():
        targets |= one.stored_targets(name) if stored else {name: one.target}
    if adapter:
        targets |= _adapted(targets, adapter)
    _read(folder, targets, device, on_fraction)


# -- where weights go --------------------------------------------------------------------------------------


def _others(model: PreTrainedModel, device: torch.device) -> dict[str, Target]:
    """Embedding, norms and head, in the model's float type."""
    targets = {}
    for name, parameter in list(model.named_parameters()):
        if parameter.device.type != "meta" or is_projection(name):
            continue
        empty = torch.empty(parameter.shape, dtype=parameter.dtype, device=device)
        parent, _, leaf = name.rpartition(".")
        setattr(model.get_submodule(parent), leaf, nn.Parameter(empty, requires_grad=False))
        targets[name] = Target.of(empty)
    model.tie_weights()
    kept = {name for name, _ in model.named_parameters()}
    return {name: target for name, target in targets.items() if name in kept}


def _linears(model: PreTrainedModel, bits: int | None, device: torch.device) -> dict[str, Place]:
    """The layers' projections; those with the same input side by side in one tensor."""
    if bits and getattr(model.config, "attention_bias", False):
        raise IncompleteCheckpoint("projections_with_bias")
    set_up = {None: _set_dense, 8: _set_int8, 4: _set_nf4}[bits]
    found: dict[str, Place] = {}
    for prefix, layer in model.get_submodule("model.layers").named_children():
        for parent_name, groups in TOGETHER.items():
            for names in groups:
                parent = getattr(layer, parent_name)
                sizes = [tuple(getattr(parent, name).weight.shape) for name in names]
                _, places = place(sizes, bits, model.dtype, device)
                for name, one in zip(names, places, strict=True):
                    set_up(parent, name, one, model.dtype)
                    found[f"model.layers.{prefix}.{parent_name}.{name}.weight"] = one
    return found


def _set_dense(parent: nn.Module, name: str, place: Place, dtype: torch.dtype) -> None:
    getattr(parent, name).weight = nn.Parameter(place.part, requires_grad=False)


def _set_int8(parent: nn.Module, name: str, place: Place, dtype: torch.dtype) -> None:
    from bitsandbytes.nn import Linear8bitLt

    rows, columns = place.shape
    module = Linear8bitLt(columns, rows, bias=False, has_fp16_weights=False, threshold=6, device="meta")
    module.weight = int8_weight(place.part, place.scales)
    setattr(parent, name, module)


def _set_nf4(parent: nn.Module, name: str, place: Place, dtype: torch.dtype) -> None:
    from bitsandbytes.functional import get_4bit_type
    from bitsandbytes.nn import Linear4bit

    rows, columns = place.shape
    module = Linear4bit(columns, rows, bias=False, compute_dtype=dtype, quant_type="nf4", device="meta")
    code = get_4bit_type("nf4", device=place.part.device, blocksize=BLOCK)
    module.weight = nf4_weight(place.part, place.scales, place.shape, code, dtype, module)
    setattr(parent, name, module)


def _adapted(targets: dict[str, Target], adapter: Adapter) -> dict[str, Target]:
    """The targets that an adapter changes, each with the change before its write."""
    changes = adapter.changes()
    check_changes(adapter, changes, {name: target.shape for name, target in targets.items()})
    return {name: Target(targets[name].shape, _add(change, targets[name].write)) for name, change in changes.items()}


def check_changes(adapter: Adapter, changes: dict[str, LowRank], shapes: dict[str, tuple[int, ...]]) -> None:
    """Raises UnsupportedModel if a change is of no weight among those with these shapes, or of another shape."""
    for name, change in changes.items():
        if name not in shapes:
            raise UnsupportedModel("adapter_lacks_weight", name=adapter.folder.name, tensor=name)
        if shapes[name] != change.shape:
            sizes = {"found": change.shape, "wanted": shapes[name]}
            raise UnsupportedModel("adapter_of_another", name=adapter.folder.name, tensor=name, **sizes)


def _add(change: LowRank, write: Write) -> Write:
    return lambda begin, end, values: write(begin, end, change.added(begin, end, values))


# -- reading -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Piece:
    """Rows `begin` to `end` of a stored tensor on their way to where they belong."""

    stored: Stored
    begin: int
    end: int
    write: Write

    @property
    def nbytes(self) -> int:
        return (self.end - self.begin) * self.stored.row_bytes


def _read(folder: Path, targets: dict[str, Target], device: torch.device, on_fraction: OnFraction) -> None:
    with open_checkpoint(folder) as tensors, ThreadPoolExecutor(READERS if device.type == "cuda" else 1) as pool:
        pieces = list(_pieces(tensors, targets))
        total, done = sum(piece.nbytes for piece in pieces), 0
        move = _Mover(device, max(piece.nbytes for piece in pieces))
        for count in pool.map(move, pieces):
            done += count
            on_fraction(done / total)


def _pieces(tensors: dict[str, Stored], targets: dict[str, Target]) -> Iterator[Piece]:
    """In the order of the files, so that a disk reads them from one end to the other."""
    if missing := targets.keys() - tensors.keys():
        raise IncompleteCheckpoint("tensor_missing", tensor=min(missing))
    for name in sorted(targets, key=lambda name: (tensors[name].path, tensors[name].begin)):
        stored, target = tensors[name], targets[name]
        if stored.shape != target.shape:
            raise IncompleteCheckpoint("tensor_shape", tensor=name, found=stored.shape, wanted=target.shape)
        if not target.takes(stored.dtype):
            raise IncompleteCheckpoint("tensor_values", tensor=name, found=stored.dtype)
        rows = max(1, PIECE // stored.row_bytes)
        for begin in range(0, stored.shape[0], rows):
            yield Piece(stored, begin, min(begin + rows, stored.shape[0]), target.write)


class _Mover:
    """Reads a piece, takes it to the device and writes it; each thread has a buffer of its own, pinned for a GPU.

    All use the default stream: it is the one that bitsandbytes quantises NF4 on, whatever the current one is.
    """

    def __init__(self, device: torch.device, largest: int) -> None:
        self.device, self.largest, self.own = device, largest, threading.local()

    @torch.inference_mode()
    def __call__(self, piece: Piece) -> int:
        if not hasattr(self.own, "buffer"):
            self.own.buffer = torch.empty(self.largest, dtype=torch.uint8, pin_memory=self.device.type == "cuda")
        values = piece.stored.read(piece.begin, piece.end, self.own.buffer)
        if self.device.type != "cuda":
            piece.write(piece.begin, piece.end, values)
            return values.nbytes
        with torch.cuda.device(self.device):
            piece.write(piece.begin, piece.end, values.to(self.device, non_blocking=True))
            written = torch.cuda.Event()
            written.record()
        written.synchronize()  # the buffer is the next piece's
        return values.nbytes
