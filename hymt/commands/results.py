"""Where a command's result goes: checked before the work, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from hymt.errors import UserError


def check_destination(out: Path, *sources: str | None) -> None:
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


def make_folder(folder: Path) -> None:
    """The folder, made if it is not there. Raises OSError, and UserError if nothing can be written in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError("out_not_writable", path=folder)
