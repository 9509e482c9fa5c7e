"""Files that are written whole or not at all, after a look at where they go."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from hymt.errors import UserError


def check_destination(out: Path, *sources: str | Path | None) -> None:
    """Raises UserError if a file cannot be written there, or is among the sources."""
    if out.is_dir():
        raise UserError("out_is_folder", path=out)
    if out.exists() and any(given and Path(given).exists() and os.path.samefile(out, given) for given in sources):
        raise UserError("overwrites_source", path=out)
    folder = out.resolve().parent
    if not folder.is_dir():
        raise UserError("no_out_folder", path=out.parent)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError("out_not_writable", path=out)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under another name first, so that no half-written one ever bears its own. Raises OSError."""
    partial = path.with_name(f"{path.name}.part")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise
