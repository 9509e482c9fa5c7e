"""What the log is told of an error: where it came from, never its words, which may quote a text."""

from __future__ import annotations

import traceback


def places(error: BaseException | None) -> str:
    """The kind of an error, of what caused it, and where both arose."""
    parts = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        parts.append("\n".join([type(error).__name__, *lines]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nafter ".join(parts)
