"""PowerPoint's presentations: slides with their tables, charts and descriptions, speakers' notes, comments.

Formatting and what has no words stand as tags in the blocks' texts. The texts of masters and layouts stay.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from itertools import pairwise

from hymt.documents import drawingml, opc, xml_text
from hymt.documents.package import Package
from hymt.documents.packed import PackedDocument, notes_of, part_of
from hymt.documents.prose import has_words
from hymt.documents.speech import of_slides
from hymt.documents.xml_elements import Element, element_fields, outermost
from hymt.documents.xml_text import tags

_TEXTS = ("presentationml.slide+xml", "presentationml.notesSlide+xml", "ms-powerpoint.comments+xml")
_COMMENTS = "presentationml.comments+xml"
_MASTERS = ("presentationml.slideMaster+xml", "presentationml.slideLayout+xml")
_ID = re.compile(r"\s\w+:id\s*=\s*[\"']([^\"']*)")
_MAIN = "presentationml.presentation.main+xml"


def parse(name: str, data: bytes) -> PackedDocument:
    """The presentation in these bytes. Raises DocumentError if it is none, damaged, locked, too large or has macros."""
    package, types = opc.opened(name, data, ".pptx")
    left: Counter[str] = Counter()
    parts = []
    order = {path: number for number, path in enumerate(_slides(package, opc.paths(types, _MAIN)[0]))}
    for ending in _TEXTS:
        for path in sorted(opc.paths(types, ending), key=lambda path: order.get(path, len(order))):
            parts.append(part_of(package, path, partial(drawingml.fields, left=left)))
    for path in opc.paths(types, _COMMENTS):
        parts.append(part_of(package, path, partial(element_fields, names=("text",))))
    parts += drawingml.drawn(package, types, left)
    parts = [part for part in parts if part.text.blocks]
    masters = [path for ending in _MASTERS for path in opc.paths(types, ending)]
    left["masters_left"] = sum(_own_texts(xml_text.decode(package.read(path), name)[0]) for path in masters)
    others = (*masters, *opc.paths(types, _MAIN))
    return PackedDocument(name, package, parts, notes_of(left, package), others, of_slides)


def _slides(package: Package, main: str) -> list[str]:
    """The slides as they are shown."""
    text, *_ = xml_text.decode(package.read(main), package.name)
    paths = opc.related(package, main)
    ids = (tag.attributes for tag in tags(text) if tag.local == "sldId")
    return [paths.get(found[1], "") for attributes in ids if (found := _ID.search(attributes))]


def _own_texts(text: str) -> int:
    """How many shapes of a master or layout say something that slides show: those that are no placeholders."""
    shapes = (found for found in outermost(text, ("sp",)) if isinstance(found, Element))
    texts = (shape for shape in shapes if not any(tag.local == "ph" for tag in shape.among.tags))
    return sum(any(has_words(xml) for xml in _texts(shape)) for shape in texts)


def _texts(shape: Element) -> list[str]:
    text = shape.among.text
    return [text[tag.end : after.start] for tag, after in pairwise(shape.among.tags) if tag.local == "t"]
