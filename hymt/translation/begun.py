"""What a job that was stopped or failed has done already, for one that goes on where it ended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hymt.models.variant import Variant
from hymt.text.blocks import Block
from hymt.translation.asking import Options


@dataclass(frozen=True)
class Asked:
    """What a job was asked for, but for its visit: equal ones have equal translations."""

    texts: str  # a hash of them
    source: str
    target: str
    options: Options
    origin: str
    precision: str

    @classmethod
    def of(cls, blocks: Iterable[Block], source: str, target: str, options: Options, variant: Variant) -> Asked:
        texts = hashlib.sha256()
        for block in blocks:
            data = block.text.encode()
            texts.update(len(data).to_bytes(8, "big") + data)
        return cls(texts.hexdigest(), source, target, options, variant.origin, variant.precision)


@dataclass(frozen=True)
class Begun:
    """The finished translations of a job, by their block's index."""

    asked: Asked
    finished: Mapping[int, str]

    def of(self, asked: Asked) -> Mapping[int, str]:
        """What of it serves a job that is asked for this."""
        return self.finished if asked == self.asked else {}
