"""The document itself with both languages: each line or paragraph, below it its translation; a cue holds both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from hymt.documents.base import DocumentError
from hymt.documents.bilingual.bitext import Bitext
from hymt.documents.fields import FieldSkeleton
from hymt.documents.plain import TextDocument
from hymt.errors import Listing
from hymt.text.blocks import Block, BlockText

_LINE_END = re.compile(r"\r\n|[\n\r]")
_GAP = re.compile(r"[ \t]*(?:\r\n|\n|\r)[ \t>]*")  # within a paragraph
_BULLET = re.compile(r"[^\s>]")
_HARD_BREAK = "  "  # of Markdown, at the end of a line


@dataclass(frozen=True)
class _Line:
    """A line of the document, or the lines of a wrapped paragraph: its blocks, and what stands around them in it."""

    ahead: str  # what stands between the line before and it
    before: str
    blocks: Sequence[Block]
    sources: Sequence[str]
    targets: Sequence[str]  # "" for one that is not translated
    between: Sequence[str]
    after: str
    goes_on: bool  # the next one is of the same paragraph

    def source(self) -> str:
        return f"{self.before}{self._joined(self.sources)}{self.after}"

    def target(self) -> str:
        """The translation where the source stands: below it in an item of a list, else with the same marks."""
        before = _BULLET.sub(" ", self.before) if self.blocks[0].kind == "item" else self.before
        said = [new or old for new, old in zip(self.targets, self.sources, strict=True)]
        return f"{before}{self._joined(said)}{self.after}"

    def in_cells(self) -> str:
        """A row of a table of Markdown, each cell with both."""
        pairs = zip(self.sources, self.targets, strict=True)
        cells = [f"{old}<br>{new}" if new else old for old, new in pairs]
        return f"{self.before}{self._joined(cells)}{self.after}"

    def _joined(self, texts: Sequence[str]) -> str:
        parts = [texts[0]]
        for between, text in zip(self.between, texts[1:], strict=True):
            parts += between, text
        return "".join(parts)


def write(bitext: Bitext) -> bytes:
    """The file. Raises DocumentError for a format that cannot hold both, see SUFFIXES."""
    document = bitext.document
    check(document.name)
    assert isinstance(document, TextDocument)  # all that are in the table
    return document.encoded(_WRITERS[PurePath(document.name).suffix.lower()](document, bitext.translations))


def check(name: str) -> None:
    """Raises DocumentError if a file of this name cannot hold both languages."""
    if PurePath(name).suffix.lower() not in _WRITERS:
        raise DocumentError("not_interleaved", name=name, kinds=Listing(_WRITERS))


def _cues(document: TextDocument, translations: Sequence[str]) -> str:
    assert isinstance(document.text.skeleton, FieldSkeleton)
    return document.text.skeleton.interleaved(translations)


def _text(document: TextDocument, translations: Sequence[str]) -> str:
    def both(line: _Line, line_end: str) -> str:
        return f"{line.source()}{line_end}{line.target()}"

    return _in_lines(document, translations, both)


def _markdown(document: TextDocument, translations: Sequence[str]) -> str:
    def both(line: _Line, line_end: str) -> str:
        kind = line.blocks[0].kind
        if kind == "cell":
            return line.in_cells()
        if kind == "heading":
            return f"{line.source()}{line_end}{line.target()}"
        end = _HARD_BREAK if line.goes_on else ""
        return f"{line.source().rstrip()}{_HARD_BREAK}{line_end}{line.target()}{end}"

    return _in_lines(document, translations, both)


def _in_lines(document: TextDocument, translations: Sequence[str], both: Callable[[_Line, str], str]) -> str:
    """The text with `both` in place of each line that has a translation."""
    separators = document.text.skeleton.separators
    found = next(filter(None, map(_LINE_END.search, separators)), None)
    line_end = found[0] if found else "\n"
    parts: list[str] = []
    ahead = separators[0]
    for line, after in _lines(document.text, translations):
        parts += line.ahead, both(line, line_end) if any(line.targets) else line.source()
        ahead = after
    return "".join([*parts, ahead])


def _lines(text: BlockText, translations: Sequence[str]) -> Iterator[tuple[_Line, str]]:
    """The lines that have blocks, each with what comes after it and before the next."""
    blocks, skeleton, separators = text.blocks, text.skeleton, text.skeleton.separators
    pairs = list(zip(blocks, translations, strict=True))
    start, before = 0, separators[0]
    for end in range(1, len(blocks) + 1):
        if end < len(blocks) and not _LINE_END.search(separators[end]):
            continue  # the next block stands in the same line
        numbered = list(enumerate(pairs[start:end], start))
        after, before_next = _after_line(separators[end])
        line = _Line(
            *_before_line(before),
            blocks[start:end],
            [skeleton.wrapped(index, block.text) for index, (block, _) in numbered],
            [said and skeleton.wrapped(index, said) for index, (_, said) in numbered],
            separators[start + 1 : end],
            after,
            end < len(blocks) and blocks[end].kind == "line" and bool(_GAP.fullmatch(separators[end])),
        )
        yield line, before_next
        start, before = end, before_next


def _before_line(text: str) -> tuple[str, str]:
    """What stands before the last line of a text, and that line."""
    end = max((match.end() for match in _LINE_END.finditer(text)), default=0)
    return text[:end], text[end:]


def _after_line(text: str) -> tuple[str, str]:
    """The first line of a text without its end, and what comes after it."""
    match = _LINE_END.search(text)
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


_WRITERS: dict[str, Callable[[TextDocument, Sequence[str]], str]] = {
    ".txt": _text,
    ".md": _markdown,
    ".markdown": _markdown,
    ".srt": _cues,
    ".vtt": _cues,
    ".ass": _cues,
}
