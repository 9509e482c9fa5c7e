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
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from hymt.engine.projections import BLOCK, TOGETHER, int8_weight, is_projection, nf4_weight
from hymt.models.adapter import Adapter, LowRank
from hymt.models.shape import UnsupportedModel
from hymt.models.stored import IncompleteCheckpoint, Stored, open_checkpoint

if TYPE_CHECKING:
    from transformers import PreTrainedModel

OnFraction = Callable[[float], None]
Write = Callable[[int, int, torch.Tensor], None]  # rows `begin` to `end` of a tensor, and their values on the device
PIECE = 16 * 2**20  # bytes of a checkpoint that are read at once
READERS = 8


@dataclass(frozen=True, eq=False)
class Target:
    """Where a checkpoint's tensor goes. `whole` is the type that it has to have, of whole numbers; None for floats."""

    shape: tuple[int, ...]
    write: Write
    whole: torch.dtype | None = None

    def takes(self, dtype: torch.dtype) -> bool:
        return dtype.is_floating_point if self.whole is None else dtype == self.whole


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
    linears = _linears(model, bits, torch.device(device))
    if getattr(model.config, "quantization_config", None):
        if adapter:
            raise UnsupportedModel("quantised_weights_take_no_adapter")
        linears = _quantised_already(model, linears, bits)
    targets = linears | _others(model, torch.device(device))
    if adapter:
        targets |= _adapted(targets, adapter)
    _read(folder, targets, torch.device(device), on_fraction)


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
        targets[name] = Target(tuple(empty.shape), _copy_to(empty))
    model.tie_weights()
    kept = {name for name, _ in model.named_parameters()}
    return {name: target for name, target in targets.items() if name in kept}


def _linears(model: PreTrainedModel, bits: int | None, device: torch.device) -> dict[str, Target]:
    """The layers' projections; those with the same input side by side in one tensor."""
    make = {None: _dense, 8: _int8, 4: _nf4}[bits]
    if bits and getattr(model.config, "attention_bias", False):
        raise IncompleteCheckpoint("projections_with_bias")
    targets: dict[str, Target] = {}
    for prefix, layer in model.get_submodule("model.layers").named_children():
        for parent_name, groups in TOGETHER.items():
            for names in groups:
                slices = make(getattr(layer, parent_name), names, model.dtype, device)
                paths = [f"model.layers.{prefix}.{parent_name}.{name}.weight" for name in names]
                targets |= zip(paths, slices, strict=True)
    return targets


def _sizes(parent: nn.Module, names: tuple[str, ...]) -> list[tuple[int, int]]:
    shapes = [getattr(parent, name).weight.shape for name in names]
    return [(rows, columns) for rows, columns in shapes]


def _dense(parent: nn.Module, names: tuple[str, ...], dtype: torch.dtype, device: torch.device) -> list[Target]:
    sizes = _sizes(parent, names)
    whole = torch.empty(sum(rows for rows, _ in sizes), sizes[0][1], dtype=dtype, device=device)
    parts = whole.split([rows for rows, _ in sizes])
    for name, part in zip(names, parts, strict=True):
        getattr(parent, name).weight = nn.Parameter(part, requires_grad=False)
    return [Target(size, _copy_to(part)) for size, part in zip(sizes, parts, strict=True)]


def _int8(parent: nn.Module, names: tuple[str, ...], dtype: torch.dtype, device: torch.device) -> list[Target]:
    from bitsandbytes.functional import int8_vectorwise_quant
    from bitsandbytes.nn import Linear8bitLt

    sizes = _sizes(parent, names)
    counts = [rows for rows, _ in sizes]
    whole = torch.empty(sum(counts), sizes[0][1], dtype=torch.int8, device=device)
    absmax = torch.empty(sum(counts), device=device)
    targets = []
    for name, part, scale in zip(names, whole.split(counts), absmax.split(counts), strict=True):
        module = Linear8bitLt(part.shape[1], len(part), bias=False, has_fp16_weights=False, threshold=6, device="meta")
        module.weight = int8_weight(part, scale)
        setattr(parent, name, module)

        def write(begin: int, end: int, values: torch.Tensor, part=part, scale=scale) -> None:
            part[begin:end], scale[begin:end], _ = int8_vectorwise_quant(values.half())

        targets.append(Target(tuple(part.shape), write))
    return targets


def _nf4(parent: nn.Module, names: tuple[str, ...], dtype: torch.dtype, device: torch.device) -> list[Target]:
    from bitsandbytes.functional import get_4bit_type, quantize_4bit
    from bitsandbytes.nn import Linear4bit

    sizes = _sizes(parent, names)
    counts = [rows * size // 2 for rows, size in sizes]
    whole = torch.empty(sum(counts), 1, dtype=torch.uint8, device=device)
    blocks = [count * 2 // BLOCK for count in counts]
    absmax = torch.empty(sum(blocks), device=device)
    code = get_4bit_type("nf4", device=device, blocksize=BLOCK)
    targets = []
    for name, size, part, scale in zip(names, sizes, whole.split(counts), absmax.split(blocks), strict=True):
        module = Linear4bit(size[1], size[0], bias=False, compute_dtype=dtype, quant_type="nf4", device="meta")
        module.weight = nf4_weight(part, scale, size, code, dtype, module)
        setattr(parent, name, module)

        def write(begin, end, values, columns=size[1], part=part, scale=scale) -> None:
            packed, state = quantize_4bit(values.to(dtype), blocksize=BLOCK, quant_type="nf4")
            part[begin * columns // 2 : end * columns // 2] = packed
            scale[begin * columns // BLOCK : end * columns // BLOCK] = state.absmax

        targets.append(Target(size, write))
    return targets


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


def _quantised_already(model: PreTrainedModel, linears: dict[str, Target], bits: int | None) -> dict[str, Target]:
    """The targets of projections that bitsandbytes has quantised: their bytes as they are, and their scales."""
    targets = {}
    for name in linears:
        weight: Any = model.get_parameter(name)  # of one of bitsandbytes' classes
        match bits:
            case 8:
                parts = {name: weight.data, f"{name.removesuffix('weight')}SCB": weight.SCB}
            case 4:
                parts = {name: weight.data, f"{name}.absmax": weight.quant_state.absmax}
            case _:
                raise IncompleteCheckpoint("no_float_weights")
        for key, part in parts.items():
            whole = None if part.dtype.is_floating_point else part.dtype
            targets[key] = Target(tuple(part.shape), _copy_to(part), whole)
    return targets


def _copy_to(part: torch.Tensor) -> Write:
    def write(begin: int, end: int, values: torch.Tensor) -> None:
        part[begin:end] = values

    return write


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
