"""What a job works on: the draft of each block, and the pieces of it that the model is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from hymt.models.loaded import Loaded
from hymt.text.evening import even
from hymt.text.protection import (
    Marked,
    Stretch,
    as_stretch,
    kept,
    left_over,
    numbered,
    restored,
    so_far,
    split,
    unframed,
)
from hymt.text.segmentation import Chunk, join_chunks, separators
from hymt.translation.parts import Run

Route = list[tuple[str, str]]
"""The translation steps from source to target: (from, to) pairs of language codes."""


@dataclass
class Split:
    """A chunk whose marks are not given to the model from a step of its route on: the texts of its stretches."""

    step: int
    texts: list[str | None]


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
    frames: dict[int, tuple[str, str]] = field(init=False, default_factory=dict)  # what stands around chunks' prose
    splits: dict[int, Split] = field(init=False, default_factory=dict)  # of chunks that are split

    def __post_init__(self) -> None:
        self.texts = [chunk.text if chunk.verbatim else "" for chunk in self.chunks]
        self.finished = [chunk.verbatim for chunk in self.chunks]
        self.left = self.finished.count(False)

    def pieces(self) -> list[Piece]:
        """What the model is asked for first."""
        pieces = []
        for number, chunk in enumerate(self.chunks):
            if not chunk.verbatim:
                before, source, after = unframed(Marked(chunk.text, chunk.marks))
                self.frames[number] = before, after
                pieces.append(Piece(self, number, 0, source))
        return pieces

    def put(self, chunk: int, text: str) -> None:
        """Set the text of a chunk, within what stands around it."""
        before, after = self.frames.get(chunk, ("", ""))
        self.texts[chunk] = before + text + after

    def finish(self, piece: Piece, text: str) -> bool:
        """Take the translation of a piece; whether its chunk is finished by that."""
        if piece.stretch is not None:
            texts = self.splits[piece.chunk].texts
            texts[piece.stretch] = as_stretch(text, piece.source.text, self._languages[1])
            if None in texts:
                return False
            text = "".join(stretch for stretch in texts if stretch is not None)
        self.put(piece.chunk, text)
        self.finished[piece.chunk] = True
        self.left -= 1
        return True

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


class Way(Enum):
    """How the marks of a piece are given to the model; the next where an answer has lost one."""

    NUMBERED = "numbered"
    AS_THEY_ARE = "as they are"
    SPLIT = "split"  # not at all: the prose between them is translated by itself


@dataclass(frozen=True, eq=False)
class Piece:
    """One step of the route of one chunk: what a request is made of, also if it has to be made again.

    `stretch` is its place in a chunk that was split.
    """

    draft: Draft
    chunk: int
    step: int
    source: Marked
    penalty: float = 1.0  # the least repetition penalty
    way: Way = Way.NUMBERED
    stretch: int | None = None

    @property
    def last(self) -> bool:
        """Whether its answer is the chunk's translation."""
        return self.step == len(self.draft.route) - 1

    @property
    def shown(self) -> str:
        """What the model is given."""
        if self.way is Way.AS_THEY_ARE:
            return self.source.text
        return even(numbered(self.source))

    def read(self, answer: str) -> Marked | None:
        """The answer with its marks; None if one was lost, doubled or misplaced."""
        if not self.source.marks:
            return Marked(answer)
        return (restored if self.way is Way.NUMBERED else kept)(answer, self.source)

    def so_far(self, answer: str) -> str:
        """An answer that is not whole, to be shown."""
        return so_far(answer, self.source) if self.way is Way.NUMBERED else answer

    def next(self, answer: Marked) -> Piece:
        """The next step of the route, from this one's answer."""
        return Piece(self.draft, self.chunk, self.step + 1, answer, stretch=self.stretch)

    def otherwise(self) -> list[Piece]:
        """What to ask for where an answer has lost a mark."""
        if self.way is Way.NUMBERED:
            return [replace(self, way=Way.AS_THEY_ARE, penalty=1.0)]
        return self._by_stretches(split(self.source))

    def again(self, answer: Marked) -> list[Piece]:
        """What to ask for where an answer left words within tags as they were."""
        if not self.source.marks or self.stretch is not None or not self.last:
            return []
        stretches = left_over(answer, self.source)
        return self._by_stretches(stretches) if stretches else []

    def _by_stretches(self, stretches: list[Stretch]) -> list[Piece]:
        texts = [one.text if one.verbatim else None for one in stretches]
        self.draft.splits[self.chunk] = Split(self.step, texts)
        return [
            Piece(self.draft, self.chunk, self.step, Marked(one.text), way=Way.SPLIT, stretch=number)
            for number, one in enumerate(stretches)
            if not one.verbatim
        ]
