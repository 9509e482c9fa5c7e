"""The lines of a PDF, read in a process of its own: its parser is a native library, and the file is somebody else's.

As a program (`python -m hymt.documents.pdf_lines`) this file is that process: it reads a PDF from its standard input
and writes JSON to its output. It is ended if it takes too long.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from math import isfinite
from statistics import median

from hymt.documents.base import DocumentError
from hymt.hardware.processes import command, environment, limit_memory

MOST_PAGES = 3000
MOST_CHARACTERS = 10_000_000
MOST_LINES = 200_000
SECONDS = 60  # a book of 500 pages takes one
MEMORY = 2**31  # bytes of address space that the process may take
_SAMPLE = 10  # letters that tell where a line stands and how large it is
_LOCKED = (4, 5)  # PDFium's FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY
_HYPHEN, _PARTING = ord("-"), (0x02, 0xFFFE)  # how PDFium gives a hyphen at the end of a line, without the line end


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page as it reads, and where it stands, in points from the page's lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    size: float  # the height of its letters' boxes


def read(name: str, data: bytes) -> list[list[Line]]:
    """The lines of each page, in the order in which the file has them.

    Raises DocumentError if it is no PDF, locked, too large or takes too long.
    """
    try:
        answer = _answer(data)
    except (subprocess.TimeoutExpired, ValueError) as error:  # or it has died, perhaps for want of memory
        raise DocumentError("pdf_too_slow", name=name) from error
    if answer == "pdf_too_large":
        raise DocumentError("pdf_too_large", name=name, pages=f"{MOST_PAGES:,}")
    if isinstance(answer, str):
        raise DocumentError("pdf_locked" if answer == "pdf_locked" else "not_a_pdf", name=name)
    return [[Line(*line) for line in page] for page in answer]


def _answer(data: bytes) -> list[list[list]] | str:
    """What the process says of a PDF. Raises TimeoutExpired, or ValueError if it says nothing."""
    process = command("hymt.documents.pdf_lines")
    done = subprocess.run(process, input=data, capture_output=True, timeout=SECONDS, env=environment())
    return json.loads(done.stdout)


# -- the process -------------------------------------------------------------------------------------------


def main() -> None:
    limit_memory(MEMORY)
    json.dump(_pages(sys.stdin.buffer.read()), sys.stdout)


def _pages(data: bytes) -> list[list[tuple]] | str:
    """The lines of each page as tuples, or the key of what is wrong."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return "pdf_locked" if getattr(error, "err_code", None) in _LOCKED else "not_a_pdf"
    if len(document) > MOST_PAGES:
        return "pdf_too_large"
    pages: list[list[tuple]] = []
    characters = lines = 0
    for number in range(len(document)):
        try:
            page = document[number]
            text = page.get_textpage()
            characters += text.count_chars()
            if characters > MOST_CHARACTERS or lines > MOST_LINES:
                return "pdf_too_large"
            pages.append([astuple(line) for line in _lines(text)])
        except pypdfium2.PdfiumError:  # a damaged page among others
            pages.append([])
            continue
        lines += len(pages[-1])
        text.close()
        page.close()
    return pages


def _lines(page) -> Iterator[Line]:
    """The lines of a page of pypdfium2."""
    from pypdfium2 import raw

    codes = [raw.FPDFText_GetUnicode(page, at) for at in range(page.count_chars())]
    begin = 0
    for at, code in enumerate([*codes, 0x0A]):
        if code in (0x0A, 0x0D, *_PARTING):
            end = at + (code in _PARTING)
            inside = [one for one in range(begin, end) if not chr(codes[one]).isspace()]
            if inside:
                yield _line(page, codes, inside)
            begin = at + 1


def _line(page, codes: list[int], inside: list[int]) -> Line:
    """The line of characters from the first to the last of `inside`."""
    first, last = (page.get_charbox(at, loose=True) for at in (inside[0], inside[-1]))
    sample = [page.get_charbox(at, loose=True) for at in inside[:: len(inside) // _SAMPLE + 1]]
    shown = (_HYPHEN if code in _PARTING else code for code in codes[inside[0] : inside[-1] + 1] if code)
    text = "".join(map(chr, shown)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # halves become one
    places = (first[0], last[2], median(box[1] for box in sample), median(box[3] - box[1] for box in sample))
    return Line(text, *(place if isfinite(place) else 0.0 for place in places))


if __name__ == "__main__":
    main()
