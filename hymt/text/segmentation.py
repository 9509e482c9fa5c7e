"""Text into blocks, blocks into chunks, and both together again.

A block is one line without its white space, markers and line end; what stands between blocks is kept
verbatim, so the shape of a text cannot be lost. A chunk is a run of whole sentences of one block within
a budget of tokens. Tokens are counted by a function of the caller's: no tokenizer is loaded here.
"""

import bisect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hymt.errors import UserError
from hymt.text.languages import LANGUAGES
from hymt.text.sentences import cut, sentence_ends

Spans = Callable[[str], list[tuple[int, int]]]
"""Text to the character spans of its tokens, in order (a fast tokenizer's offset mapping)."""

# No chunk is longer, and no more is tokenized at once: a line may be a megabyte.
LONGEST_CHUNK = 4096  # characters

# Every line end that Python knows.
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
# Indentation, quote marks, headings, bullets, task boxes and numbers, in any order.
_MARKERS = re.compile(
    r"(?:[\s\ufeff]|>|\#{1,6}\s|[-*+•‣◦▪●○■□◆·–—]\s|\[[ xX]\]\s|\(?\d{1,3}[.)]\s|（?\d{1,3}[、．）])*+"
)
_ADDRESS = re.compile(
    r"<?(?:(?:https?|ftp)://|www\.|mailto:)[!-~]+|<?[\w.+-]+@[\w-]+(?:\.[\w-]+)+>?",
    re.ASCII,
)
_BLANKS = re.compile(r"\s*")
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
# Sentences follow one another without a space; Thai, Khmer, Burmese and Tibetan put one there.
_CLOSED_UP = {"zh", "zh-Hant", "yue", "ja"}


@dataclass(frozen=True)
class Blocks:
    """A text in parts: `separators[0] blocks[0] separators[1] … blocks[-1] separators[-1]`."""

    blocks: list[str]
    separators: list[str]

    def join(self, translations: Sequence[str]) -> str:
        """The text with its blocks replaced, one for one. Raises ValueError if their number differs."""
        parts = [self.separators[0]]
        for translation, separator in zip(translations, self.separators[1:], strict=True):
            parts += translation, separator
        return "".join(parts)


@dataclass(frozen=True)
class Chunk:
    """What is sent to the model at once, and what follows it in its block, verbatim."""

    text: str
    separator: str


def clean(text: str) -> tuple[str, int]:
    """The text without what no model should see and no file should carry, and the number of such characters.

    Dropped: control characters other than tab and line ends, U+FEFF, U+FFFE, U+FFFF, lone surrogates.
    Zero-width joiners and bidi marks stay: Persian and emoji need them.
    """
    return _UNWANTED.subn("", text)


def translatable(text: str) -> bool:
    """Whether there is anything to translate: a letter, and not only a web or mail address."""
    return any(map(str.isalpha, text)) and not _ADDRESS.fullmatch(text)


def split_lines(text: str) -> Blocks:
    """The text's lines as blocks; `split_lines(text).join(blocks)` is the text again, exactly."""
    return from_spans(text, line_spans(text))


def line_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each line's content: what stands after its markers, without trailing blanks."""
    for line in _LINE.finditer(text):
        start = _MARKERS.match(text, line.start(), line.end()).end()
        yield start, start + len(text[start : line.end()].rstrip())


def from_spans(text: str, spans: Iterable[tuple[int, int]]) -> Blocks:
    """The text with the translatable ones of `spans` (ascending, apart) as its blocks."""
    blocks, separators, end = [], [], 0
    for start, stop in spans:
        if translatable(text[start:stop]):
            blocks.append(text[start:stop])
            separators.append(text[end:start])
            end = stop
    return Blocks(blocks, [*separators, text[end:]])


def chunks(block: str, language: str, budget: int, spans: Spans, max_sentences: int | None = None) -> list[Chunk]:
    """The block in chunks of at most `budget` tokens (and `max_sentences`); joined, they are the block.

    Sentences are packed as long as they fit. A sentence over the budget is cut after clause punctuation,
    else at white space, else between characters. A chunk has at least one character, even if that one
    takes more tokens than the budget. `block` is clean text; `language` is a key of LANGUAGES.
    """
    if budget < 1 or (max_sentences is not None and max_sentences < 1):
        raise UserError("chunk_too_short")
    ends = [*sentence_ends(block, language), len(block)]
    found, start, guess = [], 0, 4 * budget
    while start < len(block):
        far = _reach(start, ends, max_sentences)
        stop = _fill(block, start, far, ends, budget, spans, guess)
        text = block[start:stop].rstrip()
        after = _BLANKS.match(block, stop).end()
        found.append(Chunk(text, block[start + len(text) : after]))
        # the next chunk is probably as long: measure a little more than that
        start, guess = after, (stop - start) * 5 // 4 + 16
    return found


def _reach(start: int, ends: list[int], max_sentences: int | None) -> int:
    """The furthest that a chunk from `start` may go, whatever its tokens."""
    far = min(start + LONGEST_CHUNK, ends[-1])
    if max_sentences is None:
        return far
    last = bisect.bisect_right(ends, start) + max_sentences - 1
    return min(far, ends[min(last, len(ends) - 1)])


def _fill(block: str, start: int, far: int, ends: list[int], budget: int, spans: Spans, guess: int) -> int:
    """The end of the longest good chunk from `start`, measured alone: a cut can change a text's tokens."""
    stop, better = far, cut(block, start, start + _fitting(block[start:far], budget, spans, guess), ends)
    while better < stop:
        stop = better
        fit = start + _fitting(block[start:stop], budget, spans, guess=LONGEST_CHUNK)
        if fit < stop:
            better = cut(block, start, fit, ends)
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
    """The translated chunks of one block put together, with the spaces that the target's script wants.

    Between sentences, a space is put in where a language without spaces gave none, and a single space
    is left out where the target closes up; any other separator is kept. Languages are keys of LANGUAGES.
    """
    opens = not LANGUAGES[source].spaced and target not in _CLOSED_UP
    closes = source not in _CLOSED_UP and target in _CLOSED_UP
    parts = []
    for chunk, translation in zip(chunks, translations, strict=True):
        separator = chunk.separator
        if separator == "" and opens:
            separator = " "
        elif separator == " " and closes:
            separator = ""
        parts += translation, separator
    return "".join(parts[:-1]) + (chunks[-1].separator if chunks else "")
