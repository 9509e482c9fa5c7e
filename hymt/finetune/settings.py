"""What a fine-tuning run is asked to do. Plain data: importing this needs no torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from hymt.errors import Listing, UserError

METHODS = ("lora", "full")
LEARNING_RATES = {"lora": 2e-4, "full": 2e-5}  # what 7B models stand; small ones learn faster
MOST = {
    **{"epochs": 10**6, "learning_rate": 10, "steps": 10**9, "save_every": 10**9, "seed": 2**32 - 1},
    **dict.fromkeys(("batch_size", "accumulate", "rank", "alpha", "max_tokens"), 2**20),
}


@dataclass(frozen=True)
class Settings:
    """`source` and `target` are codes of languages; lengths are in tokens. Raises UserError for what cannot be meant.

    A step takes `accumulate` batches of `batch_size` pairs. `steps` ends the run earlier or later than `epochs`. Every
    `save_every` steps a checkpoint is kept, for a run that is killed; never if it is 0. LoRA's change is scaled by
    `alpha` / `rank`.
    """

    model: str
    source: str
    target: str
    method: str = "lora"
    precision: str = "fp32"
    gradient_checkpointing: bool = False
    epochs: float = 3.0
    steps: int | None = None
    learning_rate: float = LEARNING_RATES["lora"]
    batch_size: int = 8
    accumulate: int = 1
    rank: int = 16
    alpha: int = 32
    max_tokens: int = 512
    eval_share: float = 0.05
    save_every: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UserError("unknown_method", method=self.method, known=Listing(METHODS))
        for name in ("epochs", "learning_rate"):
            if not (math.isfinite(value := getattr(self, name)) and value > 0):
                raise UserError("must_be_positive", name=name.replace("_", " "), value=value)
        for name in ("batch_size", "accumulate", "rank", "alpha", "max_tokens"):
            if getattr(self, name) < 1:
                raise UserError("must_be_one", name=name.replace("_", " "), value=getattr(self, name))
        if self.steps is not None and self.steps < 1:
            raise UserError("too_few_steps", value=self.steps)
        if self.save_every < 0:
            raise UserError("bad_save_every", value=self.save_every)
        for name, most in MOST.items():
            if (getattr(self, name) or 0) > most:
                raise UserError(
                    "must_be_less", name=name.replace("_", " "), most=f"{most:,}", value=getattr(self, name)
                )
        if self.seed < 0:
            raise UserError("must_be_natural", name="seed", value=self.seed)
        if not 0 <= self.eval_share <= 0.5:
            raise UserError("bad_eval_share", value=self.eval_share)
        if self.method == "full" and self.precision in ("int8", "nf4"):
            raise UserError("quantised_in_full")

    def as_dict(self) -> dict:
        return asdict(self)
