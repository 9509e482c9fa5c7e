"""What the parts of an engine are to one another: the decoder drives a network and its batches, and the fused network
computes by the operations of its device.

In shapes: `rows` are rows of the cache, a slot each; `tokens` all tokens of a pass, one behind the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from hymt.engine.cache import SlotCache
from hymt.engine.decoding import Decoding
from hymt.engine.projections import Projection


class Network(Protocol):
    """A model's way from tokens to logits, over the rows of a cache of its own."""

    cache: SlotCache
    device: torch.device  # where tokens are put in and logits come out

    @property
    def captures(self) -> bool:
        """Whether `decode` may be captured in a CUDA graph: it neither waits for the device nor needs `length`."""

    def prefill(self, prompts: list[list[int]], rows: list[int]) -> torch.Tensor:
        """Fill the rows of the cache with prompts, one each; returns the logits after each (prompts, vocab).

        Other rows stay as they are. What a row holds beyond its prompt has no meaning.
        """

    def decode(self, tokens: torch.Tensor, positions: torch.Tensor, length: int) -> torch.Tensor:
        """One token for each of the first rows: tokens and positions (width,) → logits (width, vocab).

        Each is stored at its position and attends to all up to there. `length` is the filled length of the longest
        row, its new token included.
        """

    def attention(self, texts: list[list[int]], layer: int, heads: Sequence[int]) -> list[torch.Tensor]:
        """How much each token of some texts attends in some heads of a layer to each up to itself.

        One (heads, tokens, tokens) in FP32 for each text; the rows of the cache stay as they are.
        """


@dataclass(frozen=True, eq=False)
class Shape:
    """What the operations need to know of a model."""

    heads: int
    kv_heads: int
    head_dim: int
    eps: float


@dataclass(frozen=True, eq=False)
class Layer:
    """One decoder layer; norms are (hidden,) or (head_dim,)."""

    input_norm: torch.Tensor
    qkv: Projection
    query_norm: torch.Tensor
    key_norm: torch.Tensor
    out: Projection
    post_norm: torch.Tensor
    gate_up: Projection
    down: Projection

    @property
    def norms(self) -> list[torch.Tensor]:
        return [self.input_norm, self.query_norm, self.key_norm, self.post_norm]

    @property
    def projections(self) -> list[Projection]:
        return [self.qkv, self.out, self.gate_up, self.down]


class Pass(Protocol):
    """One way of some tokens through all layers: whole prompts, or a new token for each of the first rows.

    A layer's `keys` and `values` are (slots, kv_heads, max_len, head_dim).
    """

    def rotate_store(
        self, product: torch.Tensor, layer: Layer, keys: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        """Rotate and norm the queries and keys of a layer's `qkv` product, and store keys and values at the tokens'
        places; returns the queries (tokens, heads, head_dim)."""

    def attend(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, consumer: Projection
    ) -> torch.Tensor:
        """Each query over its row's keys up to its own → (tokens, heads · head_dim), for `consumer`."""


class Operations(Protocol):
    """What the fused network asks of a device.

    A product is (splits, tokens, N): whoever reads it adds up its parts, which a device may leave apart to save a pass
    over memory. What is made for a `consumer` lies in the order that the product with it wants, and goes nowhere else.
    """

    def prefill(
        self,
        positions: torch.Tensor,
        token_rows: torch.Tensor,
        prompt_rows: torch.Tensor,
        starts: torch.Tensor,
        lengths: list[int],
    ) -> Pass:
        """Whole prompts, one behind the other: positions and token_rows (tokens,), the others one a prompt."""

    def decode(self, positions: torch.Tensor, rows: torch.Tensor, length: int) -> Pass:
        """One token for each of the first rows: positions and rows (width,); `length` as `Network.decode` has it."""

    def product(self, x: torch.Tensor, projection: Projection) -> torch.Tensor:
        """x (tokens, K), made for this projection → (splits, tokens, N)."""

    def add_norm(
        self, product: torch.Tensor | None, residual: torch.Tensor, weight: torch.Tensor, consumer: Projection
    ) -> torch.Tensor:
        """Add a product, if there is one, to the residual (tokens, hidden) in place; returns its RMS norm."""

    def swiglu(self, product: torch.Tensor, consumer: Projection) -> torch.Tensor:
        """SiLU of the first half of a `gate_up` product's columns, times the second: (tokens, N / 2)."""


class Batch(Protocol):
    """The sequences of one beam count: their state on the device, and their next tokens.

    Sequence i has the rows `rows[i * beams:(i + 1) * beams]` of the cache, and the same places in `tokens`.
    """

    beams: int
    rows: list[int]
    decodings: list[Decoding]  # of each sequence
    tokens: torch.Tensor  # the newest of each row
    length: torch.Tensor  # tokens of each sequence's answer

    @property
    def parents(self) -> torch.Tensor | None:
        """Which of its sequence's beams each beam goes on from (sequences, beams), after each `advance`; None where a
        sequence has but one."""

    @property
    def features(self) -> tuple[bool, bool]:
        """What a step of these sequences has to do: draw at random, and penalise repetition. A step that is captured
        in a CUDA graph serves for the same features only."""

    def __len__(self) -> int:
        """How many sequences there are."""

    def admit(self, rows: list[int], prompts: list[list[int]], decodings: list[Decoding], limits: list[int]) -> None:
        """Add sequences at the end; each one's prompt is in the first of its rows. `limits` are tokens of answers."""

    def advance(self, logits: torch.Tensor, begin: int, end: int) -> None:
        """Choose the next token of the sequences `begin` to `end`: logits (sequences · beams, vocab).

        Waits for nothing. `end` may lie beyond the last sequence: what is computed there has no meaning.
        """

    def news_of(self, begin: int) -> torch.Tensor:
        """What `read` reads, of the sequences from `begin` on."""

    @staticmethod
    def read(news: torch.Tensor) -> tuple[Sequence[int | list[int]], list[bool]]:
        """Of news on the host: each sequence's newest token, or all its settled ones; whether that was the last."""

    def remove(self, index: int) -> None:
        """Forget a sequence; the last one takes its place."""
