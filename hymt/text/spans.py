"""Where in a text something stands that is translated by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["line", "heading", "item", "cell"]


@dataclass(frozen=True, slots=True)
class Span:
    """Where a block stands in a text. `lines` are the starts and ends of its lines where they are to be joined."""

    start: int
    end: int
    kind: BlockKind = "line"
    lines: tuple[tuple[int, int], ...] = ()
