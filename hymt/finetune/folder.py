"""The folder of a run: checkpoints while it lasts, then an adapter or a model, whose config comes last.

`run.json` marks a run that is not finished; it holds the settings, which a resumed run must share, and the scores
before training. A kill at any moment leaves either that, or the finished result.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import is_zipfile  # as torch.save writes

from hymt.documents.whole import write_whole
from hymt.errors import Listing, UserError
from hymt.models.adapter import CONFIG

RUN, CHECKPOINTS, RESULT = "run.json", "checkpoints", "result"
LAST = (CONFIG, "config.json")  # what makes a folder an adapter or a model
STATE = "trainer_state.json"  # the last file that the Trainer writes of a checkpoint


@dataclass(frozen=True)
class RunFolder:
    path: Path

    @property
    def checkpoints(self) -> Path:
        return self.path / CHECKPOINTS

    @property
    def finished(self) -> bool:
        return any((self.path / name).exists() for name in LAST)

    @property
    def begun(self) -> bool:
        return (self.path / RUN).exists()

    def check(self, resume: bool) -> None:
        """Raises UserError if a run cannot begin here, or not go on here."""
        name = self.path.name
        if self.finished:
            if self.begun:
                self._clean()
            raise UserError("run_finished", name=name)
        if self.begun:
            if not resume:
                raise UserError("run_unfinished", name=name)
        elif self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise UserError("not_a_run", name=name)

    def begin(self, settings: Mapping[str, object]) -> dict:
        """Note a run's settings, or find them noted; returns what `note` added since.

        Raises UserError if they differ.
        """
        if not self.begun:
            self.path.mkdir(parents=True, exist_ok=True)
            self._write({"settings": dict(settings)})
            return {}
        try:
            noted = json.loads((self.path / RUN).read_text(encoding="utf-8"))
            before = noted.pop("settings")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError("run_unreadable", file=RUN, name=self.path.name) from error
        different = sorted(key for key in before | settings if before.get(key) != settings.get(key))
        if different:
            was = Listing(f"{key.replace('_', ' ')} {before.get(key)}" for key in different)
            raise UserError("run_differs", name=self.path.name, settings=was)
        return noted

    def note(self, **values) -> None:
        """Keep something for a resumed run."""
        self._write(json.loads((self.path / RUN).read_text(encoding="utf-8")) | values)

    def _write(self, content: dict) -> None:
        write_whole(self.path / RUN, json.dumps(content, ensure_ascii=False, indent=1))

    def last_checkpoint(self) -> Path | None:
        """The newest whole checkpoint; those that a kill or a full disk left in pieces are deleted."""
        found = [(int(m[1]), path) for path in self.checkpoints.glob("*") if (m := re.search(r"-(\d+)$", path.name))]
        for _, path in sorted(found, reverse=True):
            if _is_whole(path):
                return path
            shutil.rmtree(path)
        return None

    def stage(self) -> Path:
        """An empty folder for the result's files."""
        staged = self.path / RESULT
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir()
        return staged

    def publish(self) -> None:
        """Move the result's files up, what makes them a model last; then delete what only a run needs."""
        for file in sorted((self.path / RESULT).iterdir(), key=lambda file: file.name in LAST):
            file.replace(self.path / file.name)
        self._clean()

    def _clean(self) -> None:
        for folder in (self.checkpoints, self.path / RESULT):
            shutil.rmtree(folder, ignore_errors=True)
        (self.path / RUN).unlink(missing_ok=True)


def _is_whole(checkpoint: Path) -> bool:
    """Whether the last file of a checkpoint is there, and each can be read to its end."""
    checks = {".json": _is_json, ".safetensors": _is_safetensors, **dict.fromkeys((".pt", ".pth", ".bin"), is_zipfile)}
    files = [file for file in checkpoint.glob("*") if file.is_file()]
    return (checkpoint / STATE).exists() and all(checks.get(file.suffix, Path.exists)(file) for file in files)


def _is_safetensors(path: Path) -> bool:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt"):  # it compares the header with the size
            return True
    except (OSError, SafetensorError):
        return False


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
        return True
    except (OSError, ValueError, RecursionError):
        return False
