"""A block in chunks, and the chunks' translations put together again.

A chunk is a run of whole sentences of one block within a budget of tokens; none cuts through a mark. Tokens are counted
by a function of the caller's: no tokenizer is loaded here.
"""

import bisect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hymt.errors import UserError
from hymt.text.blocks import Block
from hymt.text.languages import LANGUAGES
from hymt.text.marks import Mark, has_prose, moved
from hymt.text.sentences import cut, sentence_ends

Spans = Callable[[str], list[tuple[int, int]]]
"""Text to the character spans of its tokens, in order (a fast tokenizer's offset mapping)."""

# No chunk is longer, and no more is tokenized at once: a line may be a megabyte.
LONGEST_CHUNK = 4096  # characters

_BLANKS = re.compile(r"\s*")
# Sentences follow one another without a space; Thai, Khmer, Burmese and Tibetan put one there.
_CLOSED_UP = {"zh", "zh-Hant", "yue", "ja"}


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is sent to the model at once, and what follows it in its block, verbatim.

    A `verbatim` one is not sent: it has nothing to translate. `marks` are those of its text.
    """

    text: str
    separator: str
    verbatim: bool = False
    marks: tuple[Mark, ...] = ()


def chunks(block: Block, language: str, budget: int, spans: Spans, max_sentences: int | None = None) -> list[Chunk]:
    """The block in chunks of at most `budget` tokens (and `max_sentences`); joined, they are the block.

    Sentences are packed as long as they fit. A sentence over the budget is cut after clause punctuation, else at white
    space, else between characters. A mark is never cut: one that is over the budget by itself is a verbatim chunk. Any
    other chunk has at least one character, even if that one takes more tokens than the budget. The block's text is
    clean; `language` is a key of LANGUAGES.
    """
    if budget < 1 or (max_sentences is not None and max_sentences < 1):
        raise UserError("chunk_too_short")
    text, whole = block.text, _Whole(block.marks)
    ends = [end for end in sentence_ends(text, language) if not whole.around(end)] + [len(text)]
    found: list[Chunk] = []
    start, guess = 0, 4 * budget
    while start < len(text):
        far = whole.before(_reach(start, ends, max_sentences), start)
        stop = _fill(text, start, far, ends, whole, budget, spans, guess)
        content = text[start:stop].rstrip()
        blanks = _BLANKS.match(text, stop)
        after = blanks.end() if blanks else stop
        marks = whole.within(start, start + len(content))
        found.append(Chunk(content, text[start + len(content) : after], not has_prose(content, marks), marks))
        # the next chunk is probably as long: measure a little more than that
        start, guess = after, (stop - start) * 5 // 4 + 16
    return found


class _Whole:
    """The marks of a block, which no cut may go through."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._marks = marks
        self._starts = [mark.start for mark in marks]

    def around(self, position: int) -> Mark | None:
        """The mark that a cut at `position` would go through."""
        index = bisect.bisect_left(self._starts, position) - 1
        return self._marks[index] if index >= 0 and position < self._marks[index].end else None

    def within(self, start: int, end: int) -> tuple[Mark, ...]:
        """The marks of a part of the text, by their places in it."""
        first, last = bisect.bisect_left(self._starts, start), bisect.bisect_left(self._starts, end)
        marks = self._marks[first:last]
        return tuple(moved(mark, -start) for mark in marks)

    def before(self, position: int, start: int) -> int:
        """The last place up to `position` that goes through no mark; the end of a mark that begins at `start`."""
        mark = self.around(position)
        if mark is None:
            return position
        return mark.start if mark.start > start else mark.end


def _reach(start: int, ends: list[int], max_sentences: int | None) -> int:
    """The furthest that a chunk from `start` may go, whatever its tokens."""
    far = min(start + LONGEST_CHUNK, ends[-1])
    if max_sentences is None:
        return far
    last = bisect.bisect_right(ends, start) + max_sentences - 1
    return min(far, ends[min(last, len(ends) - 1)])


def _fill(
    text: str, start: int, far: int, ends: list[int], whole: _Whole, budget: int, spans: Spans, guess: int
) -> int:
    """The end of the longest good chunk from `start`, measured alone: a cut can change a text's tokens."""
    stop = far
    better = _cut(text, start, start + _fitting(text[start:far], budget, spans, guess), ends, whole)
    while better < stop:
        stop = better
        fit = start + _fitting(text[start:stop], budget, spans, guess=LONGEST_CHUNK)
        if fit < stop:
            better = _cut(text, start, fit, ends, whole)
    return stop


def _cut(text: str, start: int, limit: int, ends: list[int], whole: _Whole) -> int:
    """The best cut in (start, limit] that goes through no mark; after a mark at `start` that is longer than that."""
    limit = whole.before(limit, start)
    while mark := whole.around(stop := cut(text, start, limit, ends)):
        if mark.start <= start:
            return mark.end
        limit = mark.start
    return stop


def _fitting(text: str, budget: int, spans: Spans, guess: int) -> int:
    """How many characters of `text` the first `budget` tokens cover; measures `guess` characters first."""
    while True:
        tokens = spans(text[:guess])
        if len(tokens) > budget:
            return tokens[budget][0]
        if guess >= len(text):
            return len(text)
        guess *= 2


def join_chunks(chunks: Sequence[Chunk], translations: Sequence[str], source: str, target: str) -> str:
    """The translated chunks of one block put together, with the separators that `separators` has."""
    between = separators(chunks, source, target)
    return "".join(part for pair in zip(translations, between, strict=True) for part in pair)


def separators(chunks: Sequence[Chunk], source: str, target: str) -> list[str]:
    """What follows each of a block's translated chunks, with the spaces that the target's script wants.

    Between sentences, a space is put in where a language without spaces gave none, and a single space
    is left out where the target closes up; any other separator is kept. Languages are keys of LANGUAGES.
    """
    changed = {}
    if not LANGUAGES[source].spaced and target not in _CLOSED_UP:
        changed[""] = " "
    if source not in _CLOSED_UP and target in _CLOSED_UP:
        changed[" "] = ""
    return [changed.get(chunk.separator, chunk.separator) for chunk in chunks[:-1]] + [
        chunk.separator for chunk in chunks[-1:]
    ]
