"""What a job works on: the draft of each block, and the pieces of it that the model is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from hymt.models.loaded import Loaded
from hymt.text.segmentation import Chunk, join_chunks, separators
from hymt.translation.parts import Run

Route = list[tuple[str, str]]
"""The translation steps from source to target: (from, to) pairs of language codes."""


@dataclass(eq=False)
class Draft:
    """A block's translation in the making by one model: its chunks, and the text of each so far."""

    index: int  # of the block in its job
    loaded: Loaded
    route: Route
    chunks: list[Chunk]
    texts: list[str] = field(init=False)
    finished: list[bool] = field(init=False)
    left: int = field(init=False)  # chunks that are not finished

    def __post_init__(self) -> None:
        self.texts = [chunk.text if chunk.verbatim else "" for chunk in self.chunks]
        self.finished = [chunk.verbatim for chunk in self.chunks]
        self.left = self.finished.count(False)

    def finish(self, chunk: int) -> None:
        """Note that a chunk has its last text."""
        self.finished[chunk] = True
        self.left -= 1

    def pieces(self) -> list[Piece]:
        """What the model is asked for first."""
        return [Piece(self, number, 0, chunk.text) for number, chunk in enumerate(self.chunks) if not chunk.verbatim]

    def text(self) -> str:
        """The block's translation so far."""
        return join_chunks(self.chunks, self.texts, *self._languages).strip()

    def runs(self, whole: bool) -> list[Run]:
        """The block with the source of chunks that have no text yet, or with `whole`, of all that are not finished."""
        between = separators(self.chunks, *self._languages)
        shown = [done if whole else bool(text) for done, text in zip(self.finished, self.texts, strict=True)]
        rows = zip(self.chunks, self.texts, between, shown, strict=True)
        return [Run((text if new else chunk.text) + separator, not new) for chunk, text, separator, new in rows]

    @property
    def _languages(self) -> tuple[str, str]:
        return self.route[0][0], self.route[-1][1]


@dataclass(frozen=True, eq=False)
class Piece:
    """One step of the route of one chunk: what a request is made of, also if it has to be made again."""

    draft: Draft
    chunk: int
    step: int
    text: str
    penalty: float = 1.0  # the least repetition penalty

    @property
    def last(self) -> bool:
        """Whether its answer is the chunk's translation."""
        return self.step == len(self.draft.route) - 1

    def next(self, answer: str) -> Piece:
        """The next step of the route, from this one's answer."""
        return Piece(self.draft, self.chunk, self.step + 1, answer)
