"""`hymt cache`: what is kept, shown and cleared."""

from __future__ import annotations

import json

import pytest

from hymt.commands.cache import main
from hymt.translation.journal import NAME, Journal


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("HYMT_CACHE", str(tmp_path / "kept"))
    journal = Journal(tmp_path / "kept" / NAME)
    for number in range(3):
        journal.put(b"%d" % number, b"answered")
    journal.close()
    return journal.path


def test_it_is_shown_and_cleared(kept, capsys):
    assert main([]) == 0
    path, said = capsys.readouterr().out.splitlines()
    assert path == str(kept) and said.startswith("3 answers, ") and "of at most 500" in said
    assert main(["--clear"]) == 0 and "It is empty." in capsys.readouterr().out
    assert main(["--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"path": str(kept), "answers": 0, "bytes": 0, "oldest": None, "max_bytes": 500 * 2**20}


def test_where_nothing_is_kept_none_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HYMT_CACHE", str(tmp_path / "kept"))
    assert main(["--clear"]) == 0 and "It is empty." in capsys.readouterr().out
    assert not (tmp_path / "kept").exists()
    monkeypatch.setenv("HYMT_CACHE", "off")
    assert main([]) == 0 and "HYMT_CACHE is off" in capsys.readouterr().out


def test_a_damaged_one_is_told_and_mended(kept, capsys):
    kept.write_bytes(b"no database" + kept.read_bytes()[11:])
    assert main([]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert main(["--clear"]) == 0 and main([]) == 0
    assert "It is empty." in capsys.readouterr().out
