"""What a tensor becomes: cast to 16 bit with what that loses counted, or quantised as bitsandbytes stores it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from hymt.engine.projections import BLOCK, is_projection, nf4_state
from hymt.models.precision import PRECISIONS, Precision

PIECE = 2**22  # values that are cast or quantised at once


PRECISION_OF = {"float64": "fp32", "float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}  # that runs torch's types


@dataclass(frozen=True)
class Losses:
    """Values of a tensor that a narrower type cannot hold.

    `overflowed`: finite ones that became infinite; `vanished`: others than zero that became zero; `unfit`: infinite
    or not a number in the original already. `values` is how many the tensor has.
    """

    name: str
    values: int = 0
    overflowed: int = 0
    vanished: int = 0
    unfit: int = 0

    def __bool__(self) -> bool:
        return bool(self.overflowed or self.vanished or self.unfit)


@dataclass(frozen=True)
class Form:
    """What the weights become: `dtype` is torch's name of a 16-bit type, `quantised` "int8", "nf4" or None.

    Quantised are the layers' projections; embedding, head and norms are of the 16-bit type then too.
    """

    dtype: str = "float16"
    quantised: str | None = None

    @property
    def precision(self) -> Precision:
        return PRECISIONS[self.quantised or PRECISION_OF[self.dtype]]

    def of(self, name: str) -> tuple[torch.dtype, str | None]:
        """The type that a tensor is cast to, and how it is quantised then. bitsandbytes makes INT8 of FP16 alone."""
        quantised = self.quantised if is_projection(name) else None
        return torch.float16 if quantised == "int8" else getattr(torch, self.dtype), quantised

    def layout(self, name: str, shape: torch.Size) -> dict[str, torch.Tensor]:
        """The tensors that are stored for one of the model's: names, shapes and types, most on the meta device."""
        return _layout(name, shape, *self.of(name))

    def make(self, name: str, tensor: torch.Tensor, device: str) -> tuple[dict[str, torch.Tensor], Losses]:
        """The same with their values, and what casting lost. Quantising is done on the device."""
        dtype, quantised = self.of(name)
        rounded, losses = cast(name, tensor, dtype)
        return (quantise(name, rounded, quantised, device) if quantised else {name: rounded}), losses

    def config(self) -> dict:
        """What config.json says of it, as transformers writes and reads it."""
        said: dict = {"dtype": self.dtype}
        if self.quantised == "int8":
            said["quantization_config"] = {
                "quant_method": "bitsandbytes",
                "load_in_8bit": True,
                "load_in_4bit": False,
                "llm_int8_has_fp16_weight": False,
                "llm_int8_threshold": 6.0,
                "llm_int8_skip_modules": ["lm_head"],
            }
        elif self.quantised == "nf4":
            said["quantization_config"] = {
                "quant_method": "bitsandbytes",
                "load_in_8bit": False,
                "load_in_4bit": True,
                "bnb_4bit_quant_type": "nf4",
                "bnb_4bit_compute_dtype": self.dtype,
                "bnb_4bit_quant_storage": "uint8",
                "bnb_4bit_use_double_quant": False,
                "llm_int8_skip_modules": ["lm_head"],
            }
        return said


def cast(name: str, tensor: torch.Tensor, dtype: torch.dtype) -> tuple[torch.Tensor, Losses]:
    """A contiguous copy in another type, rounded as torch does, and what that lost."""
    rounded = torch.empty(tensor.shape, dtype=dtype)
    unfit = overflowed = vanished = 0
    for old, new in zip(tensor.reshape(-1).split(PIECE), rounded.view(-1).split(PIECE), strict=True):
        new.copy_(old)
        if bad := _not_finite(new):
            unfit += (already := _not_finite(old))
            overflowed += bad - already
        vanished += int(old.count_nonzero() - new.count_nonzero())
    return rounded, Losses(name, tensor.numel(), overflowed, vanished, unfit)


def _not_finite(values: torch.Tensor) -> int:
    low, high = values.aminmax()  # NaN if there is one; several times as fast as to look at each value
    if low.isfinite() and high.isfinite():
        return 0
    return values.numel() - int(values.isfinite().sum())


def _layout(name: str, shape: torch.Size, dtype: torch.dtype, quantised: str | None) -> dict[str, torch.Tensor]:
    if quantised is None:
        return {name: torch.empty(shape, dtype=dtype, device="meta")}
    if quantised == "int8":
        rows = torch.empty(shape, dtype=torch.int8, device="meta")
        return _stored_int8(name, rows, torch.empty(shape[0], device="meta"))
    packed = torch.empty(shape.numel() // 2, 1, dtype=torch.uint8, device="meta")
    return _stored_nf4(name, packed, torch.empty(shape.numel() // BLOCK, device="meta"), shape, dtype)


def quantise(name: str, weight: torch.Tensor, quantised: str, device: str) -> dict[str, torch.Tensor]:
    """The tensors that bitsandbytes stores for a projection's weight (N, K) in 16 bit; K a multiple of 64 for NF4.

    It is quantised on the device, in pieces, as `read_weights` does it.
    """
    return (_quantise_int8 if quantised == "int8" else _quantise_nf4)(name, weight, device)


def _quantise_int8(name: str, weight: torch.Tensor, device: str) -> dict[str, torch.Tensor]:
    from bitsandbytes.functional import int8_vectorwise_quant

    rows, absmax = torch.empty(weight.shape, dtype=torch.int8), torch.empty(len(weight))
    for begin, end in _row_pieces(weight):
        rows[begin:end], absmax[begin:end], _ = int8_vectorwise_quant(weight[begin:end].to(device).half())
    return _stored_int8(name, rows, absmax)


def _stored_int8(name: str, rows: torch.Tensor, absmax: torch.Tensor) -> dict[str, torch.Tensor]:
    module = name.removesuffix("weight")
    row_major = torch.zeros((), dtype=torch.uint8)
    return {name: rows, f"{module}SCB": absmax, f"{module}weight_format": row_major}


def _quantise_nf4(name: str, weight: torch.Tensor, device: str) -> dict[str, torch.Tensor]:
    from bitsandbytes.functional import quantize_4bit

    packed, absmax = torch.empty(weight.numel() // 2, 1, dtype=torch.uint8), torch.empty(weight.numel() // BLOCK)
    columns = weight.shape[1]
    for begin, end in _row_pieces(weight):
        piece, state = quantize_4bit(weight[begin:end].to(device), blocksize=BLOCK, quant_type="nf4")
        packed[begin * columns // 2 : end * columns // 2] = piece
        absmax[begin * columns // BLOCK : end * columns // BLOCK] = state.absmax
    return _stored_nf4(name, packed, absmax, weight.shape, weight.dtype)


def _stored_nf4(name: str, packed, absmax, shape: torch.Size, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    from bitsandbytes.functional import get_4bit_type

    state = nf4_state(absmax, shape, get_4bit_type("nf4", device="cpu", blocksize=BLOCK), dtype)
    return {name: packed} | {f"{name}.{key}": value for key, value in state.as_dict(packed=True).items()}


def _row_pieces(weight: torch.Tensor) -> Iterator[tuple[int, int]]:
    rows = max(1, PIECE // weight.shape[1])
    for begin in range(0, len(weight), rows):
        yield begin, min(begin + rows, len(weight))
