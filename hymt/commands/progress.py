"""One line on standard error that is rewritten in place."""

from __future__ import annotations

import sys


class Line:
    """Shown on a terminal only; `note` writes lines that stay, also elsewhere."""

    def __init__(self) -> None:
        self._live, self._width = sys.stderr.isatty(), 0

    def say(self, line: str) -> None:
        if self._live:
            print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(line)

    def note(self, line: str) -> None:
        """A line that stays."""
        self.say("")
        print(("\r" if self._live else "") + line, file=sys.stderr)
