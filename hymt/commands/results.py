"""The folder that a command's results go to."""

from __future__ import annotations

import os
from pathlib import Path

from hymt.errors import UserError


def make_folder(folder: Path) -> None:
    """The folder, made if it is not there. Raises OSError, and UserError if nothing can be written in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError("out_not_writable", path=folder)
