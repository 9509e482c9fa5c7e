"""How an engine is to choose tokens. Plain data: importing this needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from reprlib import repr as shown  # of a value that may be long

from hymt.errors import UserError

FUSED, REFERENCE = "fused", "reference"  # kernels: our own, or those of transformers and bitsandbytes
KERNELS = (FUSED, REFERENCE)
MAX_BEAMS = 8
MAX_TOP_K = 200
MIN_TEMPERATURE = 0.01  # above 0: it draws the likeliest alone, and scores divided by much less are no numbers
LIMITS = {  # the type of each field, and its least and largest value
    "beams": (int, 1, MAX_BEAMS),
    "temperature": (float, 0, 2),
    "top_k": (int, 1, MAX_TOP_K),
    "top_p": (float, 0.01, 1),
    "repetition_penalty": (float, 0.5, 2),
    "seed": (int, 0, 2**31 - 1),
}


@dataclass(frozen=True)
class Decoding:
    """How tokens are chosen.

    `temperature` 0 is greedy, above 0 draws from the `top_k` likeliest tokens, cut to the smallest set whose
    probability reaches `top_p`. `beams` above 1 is beam search, which draws nothing. `repetition_penalty`
    divides the positive and multiplies the negative scores of the tokens seen (arXiv:1909.05858).
    The same `seed` gives the same text, whatever else runs beside it. Numbers that say the same in another type, such
    as 8.0 beams, are taken. Raises UserError for what cannot be meant.
    """

    beams: int = 1
    temperature: float = 0.0
    top_k: int = 20
    top_p: float = 0.6
    repetition_penalty: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (kind, low, high) in LIMITS.items():
            object.__setattr__(self, name, _read(name, getattr(self, name), kind, low, high))
        if self.beams > 1 and self.temperature > 0:
            raise UserError("beams_and_sampling")

    @property
    def samples(self) -> bool:
        return self.temperature > 0


def _read(name: str, value: object, kind: type, low: float, high: float) -> int | float:
    """A field's value in its type. Raises UserError for another kind of thing, or a number out of range."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:  # NaN is in no range
        raise UserError("option_range", name=name, low=low, high=high, value=shown(value))
    if kind is int and value != int(value):
        raise UserError("option_whole", name=name, value=shown(value))
    if name == "temperature" and 0 < value < MIN_TEMPERATURE:
        raise UserError("temperature_too_low", low=MIN_TEMPERATURE, value=shown(value))
    return kind(value)
