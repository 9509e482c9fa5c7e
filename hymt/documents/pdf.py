"""PDF: its text as paragraphs, written as Markdown, as neither layout nor pictures can be kept.

What pages repeat at their tops and feet is left out and listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from hymt.documents import markdown, pdf_lines
from hymt.documents.base import DocumentError
from hymt.documents.pdf_lines import Line
from hymt.documents.pdf_paragraphs import Paragraph, paragraphs, without_running
from hymt.documents.plain import TextDocument
from hymt.errors import Listing, Sentence
from hymt.text.blocks import clean

_NAMED = 10  # pages or lines in a note
# what Markdown would take for a heading, a quotation, a table, code or a rule; and for a tag of HTML
_SIGN = re.compile(r"\A(?=#{1,6}\s|>|\||```|~~~|[=+-]+\s*\Z)")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def parse(name: str, data: bytes) -> TextDocument:
    """The text of these bytes. Raises DocumentError if they are no PDF, locked, without text or too large."""
    pages = pdf_lines.read(name, data)
    if not any(map(str.isalpha, "".join(line.text for page in pages for line in page))):
        raise DocumentError("pdf_scanned" if pages else "not_a_pdf", name=name)
    kept, running = without_running(pages)
    text, dropped = clean("".join(_written(paragraphs(kept))))
    return TextDocument(name, markdown.split(text, "keep"), False, dropped, tuple(_notes(pages, running)))


def _notes(pages: Sequence[Sequence[Line]], running: Sequence[str]) -> Iterator[Sentence]:
    yield Sentence("pdf_as_markdown")
    if running:
        yield Sentence("pdf_running_lines", {"lines": _some([f"“{line}”" for line in running])})
    if empty := [number for number, page in enumerate(pages, 1) if not page]:
        yield Sentence("pages_without_text", {"pages": _some(empty)})


def _some(values: Sequence[object]) -> Listing:
    return Listing([*values[:_NAMED], *(["…"] if len(values) > _NAMED else [])])


def _written(found: Iterable[Paragraph]) -> Iterator[str]:
    """Paragraphs as Markdown."""
    before = None
    for one in found:
        if before is not None:
            yield "\n" if one.item and before.item else "\n\n"
        yield f"{'#' * one.level} " if one.level else "- " if one.item else ""
        yield _TAG.sub(r"\<", one.text if one.level or one.item else _SIGN.sub(r"\\", one.text))
        before = one
    yield "\n"
