"""JSON of strings, as programs keep their texts: values are translated; keys, structure and blanks stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial

from hymt.documents import icu, plain
from hymt.documents.base import DocumentError
from hymt.documents.fields import Field, from_fields
from hymt.documents.prose import has_words
from hymt.text.blocks import BlockText

_STRING = re.compile(r'"(?P<content>(?:[^"\\]++|\\.)*+)"(?P<key>\s*+:)?')


def parse(name: str, data: bytes) -> plain.TextDocument:
    """The document in these bytes. Raises DocumentError if it is no text or no JSON."""
    return plain.in_blocks(name, data, partial(_split, name=name))


def _split(text: str, name: str) -> BlockText:
    try:
        json.loads(text, parse_int=str)  # a number of a million digits takes minutes
    except json.JSONDecodeError as error:
        raise DocumentError("not_json", name=name, line=error.lineno) from error
    except RecursionError as error:
        raise DocumentError("nested_too_deep", name=name) from error
    return from_fields(text, _fields(text))


def _fields(text: str) -> Iterator[Field]:
    ascii_only = text.isascii() and "\\u" in text  # as a program that escapes all else has written it
    for string in _STRING.finditer(text):
        if string["key"] is None and has_words(value := json.loads(f'"{string["content"]}"')):
            write = partial(_escaped, ascii_only=ascii_only)
            yield Field(*string.span("content"), value, write, codes=icu.CODES, split=icu.split)


def _escaped(text: str, ascii_only: bool) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]
