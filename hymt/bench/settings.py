"""What a run measures. Plain data and its parsing: importing this needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from hymt.errors import Listing, Sentence, UserError
from hymt.models.plan import WIDE_SLOTS
from hymt.models.precision import find_precision
from hymt.models.shape import SHAPE_1_8B, SHAPE_7B

RANDOM_SHAPES = {"7b": SHAPE_7B, "1.8b": SHAPE_1_8B}
PARTS = ("limits", "recipe", "generate", "continuous", "start", "hymt", "beams", "long", "swap")
GROUPS = {"baselines": ("recipe", "generate", "continuous"), "own": ("start", "hymt", "beams", "long", "swap")}


@dataclass(frozen=True)
class Settings:
    """`shape` is a random shape's name, a catalogue name, a hub id or a folder; lengths are in tokens.

    With limits in GiB as `gpu_memory`, cards of these sizes are measured, and no parts.
    """

    shape: str
    precisions: tuple[str, ...] = ("fp16", "int8", "nf4")
    widths: tuple[int, ...] = (1, 16, 64)
    prompt: int = 256
    new: int = 128
    chunks: int = 256
    parts: tuple[str, ...] = PARTS
    gpu_memory: tuple[float, ...] = ()

    @property
    def base_precision(self) -> str:
        """Where all baselines run: the first float precision asked for, or else the first."""
        return next((name for name in self.precisions if not find_precision(name).bits), self.precisions[0])


def read_precisions(value: str) -> tuple[str, ...]:
    """ "fp16,int8" → the precisions' names. Raises UserError that lists them."""
    return _distinct(find_precision(name).name for name in value.split(","))


def read_widths(value: str) -> tuple[int, ...]:
    """ "1,16" → (1, 16). Raises UserError that tells the limits."""
    return _distinct(read_count(word, WIDE_SLOTS[0]) for word in value.split(","))


def read_parts(value: str) -> tuple[str, ...]:
    """ "limits,own" → the parts, groups spelt out, in the order of a run. Raises UserError that lists them."""
    asked = {part for word in value.split(",") for part in _parts(word.strip().lower())}
    return tuple(part for part in PARTS if part in asked)


def _parts(word: str) -> tuple[str, ...]:
    if word in PARTS:
        return (word,)
    if word not in GROUPS:
        groups = [Sentence("group_of_parts", {"name": name, "parts": Listing(parts)}) for name, parts in GROUPS.items()]
        raise UserError("bad_part", part=word, parts=Listing(PARTS), groups=Listing(groups))
    return GROUPS[word]


def read_count(value: str, most: int = 2**20) -> int:
    """A whole number from 1 to `most`. Raises UserError."""
    word = value.strip()
    if not word.isdecimal() or not 1 <= int(word) <= most:
        reason = Sentence("most_sequences") if most == WIDE_SLOTS[0] else ""
        raise UserError("bad_count", value=word, most=most, reason=reason)
    return int(word)


def _distinct(values) -> tuple:
    return tuple(dict.fromkeys(values))
