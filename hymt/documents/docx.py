"""Word's documents: paragraphs, tables, text boxes, headers, footers, notes, comments, descriptions of pictures.

Formatting and what has no words stand as tags in the blocks' texts. What Word computes, deleted text under change
tracking and choices of content controls stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from hymt.documents import drawingml, opc, wordml, xml_text
from hymt.documents.packed import PackedDocument, notes_of, part_of
from hymt.documents.speech import of_word
from hymt.documents.xml_text import tags

_TEXTS = ("document.main+xml", "header+xml", "footer+xml", "footnotes+xml", "endnotes+xml", "comments+xml")
_STYLES = "wordprocessingml.styles+xml"
_HEADINGS = ("heading", "title", "subtitle")


def parse(name: str, data: bytes) -> PackedDocument:
    """The document in these bytes. Raises DocumentError if it is none, damaged, locked, too large or has macros."""
    package, types = opc.opened(name, data, ".docx")
    left: Counter[str] = Counter()
    styles = [path for path, kind in types if kind.endswith(_STYLES)]
    texts = [xml_text.decode(package.read(path), name)[0] for path in styles]
    part = wordml.Part(frozenset(style for text in texts for style in _headings(text)), left)
    parts = []
    for ending in _TEXTS:
        for path in opc.paths(types, f"wordprocessingml.{ending}"):
            parts.append(part_of(package, path, partial(wordml.fields, part=part)))
    parts += drawingml.drawn(package, types, left)
    parts = [one for one in parts if one.text.blocks]
    return PackedDocument(name, package, parts, notes_of(left, package), tuple(styles), of_word)


def _headings(text: str) -> Iterator[str]:
    """The styles of headings, and those that are based on them."""
    based: dict[str, str] = {}
    found: set[str] = set()
    style = ""
    for tag in tags(text):
        value = tag.get(f"{tag.name[: -len(tag.local)]}val") or ""
        if tag.local == "style" and not tag.closes:
            style = tag.get(f"{tag.name[: -len(tag.local)]}styleId") or ""
        elif tag.local == "name" and value.lower().startswith(_HEADINGS):
            found.add(style)
        elif tag.local == "basedOn":
            based[style] = value
    for style in found | based.keys():
        above, seen = style, set[str]()
        while above in based and above not in found and above not in seen:
            seen.add(above)
            above = based[above]
        if above in found:
            yield style
