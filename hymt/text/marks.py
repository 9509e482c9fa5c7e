"""What stands in a text and is no prose: addresses, code, placeholders, tags. It has to survive a translation whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

MarkKind = Literal["address", "code", "placeholder", "tag"]

# a mail address has at most 64 characters before its sign: without a bound a long word takes quadratic time
_ADDRESS = (
    r"<?(?:(?:https?|ftp)://|www\.|mailto:)[!-~]+|(?:<|(?<![\w.+-]))[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+>?"
)
_CODE = r"(?P<ticks>`{1,3})(?!`)[^`\n]+(?P=ticks)(?!`)"
# {name} {0} {{ user.name }} ${name} $NAME %s %1$s %(name)d %.2f; a percent sign before a space is one of prose
_PLACEHOLDER = (
    r"\$?\{\{[^{}\n]*\}\}|\$?\{[\w.:#]*\}|\$[A-Z_][A-Z0-9_]*"
    r"|%(?:\d+\$|\(\w+\))?[-+#0]*(?:\d+|\*)?(?:\.\d+)?l{0,2}[diouxXeEfFgGcs@](?![A-Za-z])"
)
_TAG = r"</?[A-Za-z][\w:-]*(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))*\s*/?>"
_MARK = re.compile(
    f"(?P<address>{_ADDRESS})|(?P<code>{_CODE})|(?P<placeholder>{_PLACEHOLDER})|(?P<tag>{_TAG})", re.ASCII
)
_KINDS: tuple[MarkKind, ...] = get_args(MarkKind)


@dataclass(frozen=True, slots=True)
class Mark:
    """`text[start:end]` of a block is no prose."""

    start: int
    end: int
    kind: MarkKind


def find_marks(text: str) -> tuple[Mark, ...]:
    """The marks of a text, ascending and apart."""
    return tuple(Mark(*match.span(), kind=_kind(match)) for match in _MARK.finditer(text))


def _kind(match: re.Match) -> MarkKind:
    return next(kind for kind in _KINDS if match[kind] is not None)


def without_marks(text: str) -> str:
    """What is left of a text without its marks."""
    return _MARK.sub("", text)
