"""Texts on the disk: for the owner's eyes, for a day, and never after their process."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from hymt.service.private_folder import PrivateFolder, remove_leftovers, sweep

SCRIPT = """
import os, signal, sys
from hymt.service.private_folder import private_folder
(private_folder() / "letter.txt").write_text("secret")
print(private_folder(), flush=True)
if sys.argv[1] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run(how: str, directory) -> str:
    environment = os.environ | {"TMPDIR": str(directory)}
    done = subprocess.run([sys.executable, "-c", SCRIPT, how], env=environment, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_process_takes_its_folder_with_it(tmp_path):
    assert run("ends", tmp_path).startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_next_process_removes_what_a_killed_one_left(tmp_path):
    left = run("killed", tmp_path)
    assert os.path.exists(f"{left}/letter.txt")
    assert os.stat(left).st_mode & 0o777 == 0o700
    run("ends", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_living_processs_folder_stays():
    folder = PrivateFolder()
    remove_leftovers()
    assert folder.path.is_dir()
    folder.remove()
    assert not folder.path.exists()


def test_what_is_old_is_swept_with_its_empty_folder(tmp_path):
    for name, age in (("old/letter.txt", 100), ("new/letter.txt", 0)):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text("text")
        for one in (path, path.parent):
            os.utime(one, (time.time() - age, time.time() - age))
    sweep(tmp_path, older_than=50)
    sweep(tmp_path, older_than=50)
    assert (tmp_path / "new/letter.txt").exists()
    assert not (tmp_path / "old/letter.txt").exists()
