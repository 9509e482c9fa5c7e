"""What a job works on: the draft of each block, and the pieces of it that the model is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property

from hymt.models.loaded import Loaded
from hymt.text.alignment import Attention, Bare, bare, behind, is_tag, with_tags
from hymt.text.capitals import in_capitals, in_normal_case, is_in_capitals, is_left
from hymt.text.evening import even
from hymt.text.glossary import Glossary, missing
from hymt.text.literals import guarded
from hymt.text.marks import has_prose
from hymt.text.protection import (
    Marked,
    Stretch,
    as_stretch,
    kept,
    left_over,
    numbered,
    prose_only,
    restored,
    so_far,
    split,
    unframed,
)
from hymt.text.segmentation import Chunk, join_chunks, separators
from hymt.text.terms import around_terms, as_literals, put_in, wanted, with_capital, without_terms
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
    head: tuple[int, int] | None = None  # of the model, by which tags are put into translations
    glossary: Glossary | None = None
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
                pieces.append(Piece(self, number, 0, self._with_terms(source)))
        return pieces

    def _with_terms(self, source: Marked) -> Marked:
        """The source with marks around its terms; where nothing would tell their places on the way, as literals."""
        if self.glossary is None:
            return source
        marked = around_terms(source, self.glossary, self._languages[0])
        return marked if self.head or len(self.route) == 1 else as_literals(marked)

    def put(self, chunk: int, text: str) -> None:
        """Set the text of a chunk, within what stands around it."""
        before, after = self.frames.get(chunk, ("", ""))
        self.texts[chunk] = before + text + after

    def finish(self, piece: Piece, answer: Marked) -> bool:
        """Take the translation of a piece; whether its chunk is finished by that."""
        text = (in_capitals(answer) if piece.capitals else answer).text
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
    """How the marks of a piece are given to the model; the next where an answer has lost one.

    Tags are not given to a model that has an alignment head: they are put into its answer.
    """

    NUMBERED = "numbered"
    AS_THEY_ARE = "as they are"
    SPLIT = "split"  # not at all: the prose between them is translated by itself


@dataclass(frozen=True, eq=False)
class Piece:
    """One step of the route of one chunk: what a request is made of, also if it has to be made again.

    `stretch` is its place in a chunk that was split. `answered` is an answer whose tags are still to be placed.
    """

    draft: Draft
    chunk: int
    step: int
    source: Marked
    penalty: float = 1.0  # the least repetition penalty
    way: Way = Way.NUMBERED
    stretch: int | None = None
    answered: Marked | None = None
    capitals: bool = False  # whether the source is in normal case, for a text in capitals
    before: tuple[Piece, Marked] | None = None  # what was asked, and its answer, which lacked what is a mark here

    @cached_property
    def bare(self) -> Bare | None:
        """The source without its tags, where they are put into the answer."""
        tagged = self.draft.head and any(map(is_tag, self.source.marks))
        return bare(self.source) if tagged else None

    @property
    def given(self) -> Marked:
        """The source with the marks that the model is given."""
        return self.bare.text if self.bare else without_terms(self.source)

    @property
    def last(self) -> bool:
        """Whether its answer is the chunk's translation."""
        return self.step == len(self.draft.route) - 1

    @property
    def shown(self) -> str:
        """What the model is given."""
        if self.way is Way.AS_THEY_ARE:
            return self.given.text
        return even(numbered(self.given))

    def read(self, answer: str) -> Marked | None:
        """The answer with the marks that the model was given; None if one was lost, doubled or misplaced."""
        if not self.given.marks:
            return Marked(answer)
        return (restored if self.way is Way.NUMBERED else kept)(answer, self.given)

    def so_far(self, answer: str) -> str:
        """An answer that is not whole, to be shown."""
        return so_far(answer, self.given) if self.way is Way.NUMBERED else answer

    def next(self, answer: Marked) -> Piece:
        """The next step of the route, from this one's answer."""
        return Piece(self.draft, self.chunk, self.step + 1, answer, stretch=self.stretch, capitals=self.capitals)

    def better(self, answer: Marked) -> Piece | None:
        """What to ask for where an answer left capitals as they were, or lacks numbers, names or quotation marks."""
        source, target = self.draft.route[self.step]
        if not self.capitals and is_in_capitals(prose_only(self.given)) and is_left(answer.text, self.given.text):
            return replace(self, source=in_normal_case(self.source, source), capitals=True, penalty=1.0)
        if self.before and self.before[0].before:
            return None
        marked = guarded(self.source, answer, target)
        if marked is None:
            return None
        return replace(self, source=marked, way=Way.NUMBERED, penalty=1.0, before=(self, answer))

    def otherwise(self) -> list[Piece]:
        """What to ask for where an answer has lost a mark."""
        if self.way is Way.NUMBERED and self.given.marks:
            return [replace(self, way=Way.AS_THEY_ARE, penalty=1.0)]
        return self._split()

    def again(self, answer: Marked) -> Marked | list[Piece]:
        """The answer as it is taken, or what to ask for before: where its tags and terms belong, or words within tags
        that it left as they were."""
        lacks = self._lacks(answer)
        if self.bare and (lacks or not self.last or any(map(is_tag, without_terms(self.source).marks))):
            return [replace(self, answered=answer)]
        if lacks:
            return self._with_literals()
        if not self.given.marks or self.stretch is not None or not self.last:
            return with_capital(answer)
        stretches = left_over(answer, self.given)
        return self._by_stretches(stretches) if stretches else with_capital(answer)

    def tagged(self, answered: Marked, attention: Attention | None) -> Marked | list[Piece]:
        """The answer with its tags and terms, or what to ask for where it has no room for them, or nothing tells their
        places."""
        answer = with_tags(answered, self.source, attention) if attention else None
        if answer is None:
            return self._split() if self.stretch is None else behind(answered, self.source)
        if not self.last or not wanted(self.source):
            return answer
        answer = put_in(answer, self.languages[1])
        return self._with_literals() if self._lacks(answer) else with_capital(answer)

    @property
    def languages(self) -> tuple[str, str]:
        """From which and into which language its step is."""
        return self.draft.route[self.step]

    def _lacks(self, answer: Marked) -> bool:
        """Whether the chunk's translation would lack a term."""
        terms = wanted(self.source)
        return self.last and bool(terms) and bool(missing(terms, answer.text, self.languages[1]))

    def _with_literals(self) -> Marked | list[Piece]:
        """What to ask for where an answer lacks a term: the source with all of them as marks, if it has other words."""
        source = as_literals(self.source)
        if not has_prose(source.text, source.marks):
            return with_capital(source)
        return [replace(self, source=source, answered=None, way=Way.NUMBERED, penalty=1.0, before=None)]

    def _split(self) -> list[Piece]:
        """The source around the marks that an answer lost; tags that can be placed stay with their words."""
        lost_code = self.bare is not None and self.given.marks
        source = as_literals(self.source)
        return self._by_stretches(split(source, is_tag) if lost_code else split(source))

    def _by_stretches(self, stretches: list[Stretch]) -> list[Piece]:
        texts = [one.text if one.verbatim else None for one in stretches]
        capitals = self.capitals
        self.draft.splits[self.chunk] = Split(self.step, texts)
        return [
            Piece(
                self.draft, self.chunk, self.step, Marked(one.text, one.marks), 1.0, Way.SPLIT, number, None, capitals
            )
            for number, one in enumerate(stretches)
            if not one.verbatim
        ]
