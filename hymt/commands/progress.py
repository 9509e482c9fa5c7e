"""How work goes: one line on standard error that is rewritten in place."""

from __future__ import annotations

import sys
import time

from hymt.commands.refusals import locale
from hymt.errors import Sentence, UserError


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


def amount(count: int, noun: str) -> str:
    """ "1 chunk", "2 chunks"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def took(figures, detected: bool = False) -> str:
    """What a job took; for a source language that was detected, how to name another."""
    reused = f", {amount(figures.reused, 'answer')} reused" if figures.reused else ""
    amounts = f"{amount(figures.chunks, 'chunk')}{reused}, {amount(figures.tokens, 'token')}"
    source = f"{figures.source} (detected; --from names another)" if detected else figures.source
    return f"{source} → {figures.target}, {amounts} in {figures.seconds:.1f} s"


def cut(figures) -> str:
    """What is said of answers that met their limit."""
    return f"{amount(figures.truncated, 'chunk')} met the limit of length; the translation there may be cut"


def lost(figures) -> str:
    """What is said of numbers that a translation lacks."""
    return f"lines whose translation lacks a number: {figures.lines_said}"


class JobLine(Line):
    """A job's events on one line of standard error, and its figures at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._noted_at = 0.0

    def progress(self, event) -> None:
        if getattr(event, "fraction", None) is None or time.monotonic() - self._noted_at < 0.2:
            return
        self._noted_at = time.monotonic()
        left = f", {event.remaining_seconds:.0f} s left" if event.remaining_seconds is not None else ""
        self.say(f"{event.fraction:4.0%}, {event.figures.tokens} tokens{left}")

    def conclude(self, last, detected: bool = False) -> int:
        from hymt.translation.events import Done, Failed

        figures = last.figures
        if isinstance(last, Done) and not figures.chunks:
            self.note("There are no words in it to translate: it stays as it is.")
            return 0
        speed = f"({figures.tokens_per_second:.0f} tokens/s), {figures.model} {figures.precision}"
        self.note(f"{took(figures, detected)} {speed}")
        if figures.truncated:
            print(f"hymt: {cut(figures)}", file=sys.stderr)
        if figures.terms:
            print(f"hymt: {figures.terms.sentence().say(locale())}", file=sys.stderr)
        if figures.lost_numbers:
            print(f"hymt: {lost(figures)}", file=sys.stderr)
        if isinstance(last, Done):
            return 0
        reason = last.error if isinstance(last, Failed) else Sentence("stopped_by_user")
        print(f"hymt: {UserError('partly_translated', reason=reason).say(locale())}", file=sys.stderr)
        return 1
