"""The lines of pages as paragraphs: what a printed page shows by gaps, indents, sizes and short last lines."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from hymt.documents.pdf_lines import Line
from hymt.text.wrapping import goes_on, join

_RUNNING_ON = 3  # pages that have a line before it counts as a running one
_OUTERMOST = 2  # lines at the top and the foot of a page that may be running ones
_NUMBER = re.compile(r"[0-9]{1,6}")
_BULLET = re.compile(r"(?:[•‣◦▪●○■□∙·\uf0a7\uf0b7]\s*|[-–*]\s+)(?=\S)")
_NUMBERED = re.compile(r"\(?\d{1,3}[.)]\s")
_LARGER = 1.15  # times the usual size, from which on a line is a heading
_LEVELS = 3
_LONGEST_HEADING = 200  # characters
_GAP = 1.3  # times the usual distance of lines, from which on another paragraph begins
_ALIKE = 0.15  # part of a size by which two that count as one may differ
_INDENT = 0.8  # times the size
_SLACK = 2  # characters that a line may have had left
_SAMPLE = 500  # lines of a page that tell its margins


@dataclass(frozen=True)
class Paragraph:
    """A paragraph in one line; `level` is that of a heading, 0 for none."""

    text: str
    level: int = 0
    item: bool = False


def without_running(pages: Sequence[Sequence[Line]]) -> tuple[list[list[Line]], list[str]]:
    """The pages without lines that they repeat at their tops and feet, page numbers aside; an example of each.

    Headings stay, also those that are numbered as pages are.
    """
    usual = _Usual(pages)
    outer = [
        {line: set(_alike(line, number)) for line in _outermost(page) if not usual.level(line)}
        for number, page in enumerate(pages)
    ]
    count = Counter(said for edge in outer for said in set().union(*edge.values()))
    running = {said for said, times in count.items() if times >= _RUNNING_ON}
    kept: list[list[Line]] = []
    examples: dict[str, str] = {}
    for page, edge in zip(pages, outer, strict=True):
        gone = {line for line, alike in edge.items() if alike & running}
        kept.append([line for line in page if line not in gone])
        for line in page:
            if line in gone:
                examples.setdefault(_NUMBER.sub("#", line.text), line.text)
    return kept, list(examples.values())


def _outermost(page: Sequence[Line]) -> list[Line]:
    by_height = sorted(page, key=lambda line: line.bottom)
    return [*by_height[:_OUTERMOST], *by_height[_OUTERMOST:][-_OUTERMOST:]]


def _alike(line: Line, page: int) -> Iterator[str]:
    """A line as it is, and with its first or last number counted from that of the page."""
    yield line.text
    numbers = list(_NUMBER.finditer(line.text))
    for number in (*numbers[:1], *numbers[-1:]):
        yield f"{line.text[: number.start()]}#{int(number[0]) - page}{line.text[number.end() :]}"


def paragraphs(pages: Sequence[Sequence[Line]]) -> Iterator[Paragraph]:
    """The paragraphs of all pages in order; one may go on over a page's end."""
    usual = _Usual(pages)
    lines: list[Line] = []
    for page in pages:
        margins = _Margins(page)
        for line in page:
            if lines and not _belongs(lines, line, usual, margins):
                yield _paragraph(lines, usual)
                lines = []
            lines.append(line)
            margins.see(line)
    if lines:
        yield _paragraph(lines, usual)


class _Usual:
    """The size of most letters, those of headings, and how far apart lines of a size are."""

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        letters: Counter[float] = Counter()
        steps: defaultdict[float, list[float]] = defaultdict(list)
        for page in pages:
            for before, line in zip([None, *page], page, strict=False):
                letters[_size(line)] += len(line.text)
                if before and _size(before) == _size(line) and before.bottom > line.bottom:
                    steps[_size(line)].append(before.bottom - line.bottom)
        self.size = max(letters, key=letters.__getitem__, default=0.0)
        self._steps = {size: median(found) for size, found in steps.items()}
        larger = sorted((size for size in letters if size >= self.size * _LARGER), reverse=True)
        self._levels = {size: min(level, _LEVELS) for level, size in enumerate(larger, 1)}

    def level(self, line: Line) -> int:
        return self._levels.get(_size(line), 0)

    def step(self, line: Line) -> float:
        return min(self._steps.get(_size(line), 2 * line.size), 2 * line.size)


def _size(line: Line) -> float:
    return round(line.size * 2) / 2


class _Margins:
    """How far to the right the lines of a page go, by where they begin."""

    def __init__(self, page: Sequence[Line]) -> None:
        self._page = page[:_SAMPLE]
        self._known: dict[tuple[int, float], float] = {}
        self.before: Line | None = None  # the line before on this page
        self.widest = max((line.right for line in page), default=0.0)

    def see(self, line: Line) -> None:
        self.before = line

    def right(self, line: Line) -> float:
        place = int(line.left // (4 * max(line.size, 1))), _size(line)
        if place not in self._known:
            near = [one for one in self._page if abs(one.left - line.left) <= 4 * line.size and _size(one) == place[1]]
            rights = sorted(one.right for one in near) or [line.right]
            self._known[place] = rights[int(len(rights) * 0.9) - (len(rights) == 1)]
        return max(self._known[place], line.right)


def _belongs(lines: Sequence[Line], line: Line, usual: _Usual, margins: _Margins) -> bool:
    """Whether a line goes on with a paragraph."""
    last = lines[-1]
    if abs(last.size - line.size) > _ALIKE * max(last.size, line.size) or _BULLET.match(line.text):
        return False
    step = last.bottom - line.bottom
    over_the_end = margins.before is None or step <= 0 or step > 4 * line.size
    if over_the_end:  # of a page or a column
        return goes_on(last.text, line.text) and not usual.level(line)
    if step > _GAP * usual.step(line):
        return False
    if usual.level(line):
        return goes_on(last.text, line.text) or not _had_room(last, line, margins.widest)
    listed = _BULLET.match(lines[0].text) or _NUMBERED.match(lines[0].text)
    if line.left - last.left > _INDENT * line.size and not listed:
        return False
    return goes_on(last.text, line.text) or not _had_room(last, line, margins.right(line))


def _had_room(line: Line, following: Line, right: float) -> bool:
    """Whether the first word of the following line would have had its place in a line that may go as far as `right`."""
    letter = (line.right - line.left) / max(1, len(line.text))
    word = following.text.split(" ", 1)[0]
    return line.right + (len(word) + 1 + _SLACK) * letter < right


def _paragraph(lines: Sequence[Line], usual: _Usual) -> Paragraph:
    text = " ".join(join([line.text.strip() for line in lines]).split())
    bullet = _BULLET.match(text)
    level = usual.level(lines[0]) if len(text) <= _LONGEST_HEADING and not bullet else 0
    return Paragraph(text[bullet.end() :] if bullet else text, level, bullet is not None)
