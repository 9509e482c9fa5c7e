"""Which files of folders and patterns are translated, and where each goes."""

from __future__ import annotations

import os

import pytest

from hymt.commands.sources import Task, are_several, tasks
from hymt.errors import UserError


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to be in, with files to translate."""
    monkeypatch.chdir(tmp_path)
    for name in ("docs/b.md", "docs/a.txt", "docs/deep/er/c.MD", "else/o.txt", "other/a.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("Good morning.")
    return tmp_path


def found(*files, out="out", kind=None):
    return {str(task.source): str(task.out) for task in tasks(files, out, kind)}


def refused(*files, out="out", kind=None):
    with pytest.raises(UserError) as error:
        tasks(files, out, kind)
    return error.value.key


TREE = {"docs/a.txt": "out/a.txt", "docs/b.md": "out/b.md", "docs/deep/er/c.MD": "out/deep/er/c.MD"}


def test_a_folder_is_the_same_tree_below_another(here):
    assert found("docs") == found("docs/") == TREE
    assert list(found("docs")) == list(TREE)


def test_hidden_and_unknown_files_are_left(here):
    for name in (".a.txt", ".git/a.txt", "deep/.x/a.txt", "picture.png", "noname", "a.txt.part"):
        (here / "docs" / name).parent.mkdir(exist_ok=True)
        (here / "docs" / name).write_text("Good morning.")
    (here / "docs" / "folder.txt").mkdir()
    assert found("docs") == TREE
    assert found("docs/**/*") == TREE
    assert found("docs/.a.txt") == {"docs/.a.txt": "out/.a.txt"}  # it is named


def test_links_lead_to_nothing_outside_the_folder(here):
    (here / "docs/outside.txt").symlink_to(here / "else/o.txt")
    (here / "docs/folder").symlink_to(here / "else")
    (here / "docs/loop").symlink_to(here / "docs")
    (here / "docs/nowhere.txt").symlink_to(here / "none.txt")
    (here / "docs/inside.txt").symlink_to("a.txt")
    inside = {"docs/inside.txt": "out/inside.txt"}
    assert found("docs") == found("docs/**/*.*") == TREE | inside


def test_a_pattern_keeps_the_tree_below_its_folder(here):
    assert found("docs/*.md") == {"docs/b.md": "out/b.md"}
    assert found("docs/**/*.[mM][dD]") == {"docs/b.md": "out/b.md", "docs/deep/er/c.MD": "out/deep/er/c.MD"}
    assert found("*/a.txt", out="x") == {"docs/a.txt": "x/docs/a.txt", "other/a.txt": "x/other/a.txt"}
    (here / "odd[1].txt").write_text("Good morning.")
    assert found("odd[1].txt") == {"odd[1].txt": "out/odd[1].txt"}  # there is such a file


def test_files_by_name_are_beside_one_another(here):
    assert found("docs/a.txt", "docs/deep/er/c.MD") == {"docs/a.txt": "out/a.txt", "docs/deep/er/c.MD": "out/c.MD"}
    assert found("docs/a.txt", "docs/deep/../a.txt", "docs") == TREE  # each once


def test_results_are_no_sources(here):
    (here / "docs/fr").mkdir()
    (here / "docs/fr/a.txt").write_text("Bonjour.")
    into = {source: f"docs/fr/{out.removeprefix('out/')}" for source, out in TREE.items()}
    assert found("docs", out="docs/fr") == found("docs/**/*.*", out="docs/fr/") == into


def test_no_source_is_overwritten(here):
    os.link(here / "docs/a.txt", here / "else/a.txt")
    for files, out in ((["docs"], "docs"), (["docs", "other"], "other"), (["docs/*.txt"], "docs"), (["docs"], "else")):
        assert refused(*files, out=out) == "overwrites_source"
    (here / "docs/b.bilingual.md").write_text("Good morning.")
    (here / "link").symlink_to("docs")
    assert refused("docs/b.bilingual.md", "docs/b.md", out="link", kind="interleaved") == "overwrites_source"


def test_no_two_have_the_same_result(here):
    assert refused("docs/a.txt", "other/a.txt") == "same_result"
    assert refused("docs", "other") == "same_result"
    (here / "docs/b.txt").write_text("Good morning.")
    assert refused("docs", kind="html") == "same_result"  # b.bilingual.html
    assert len(tasks(["docs"], "out", "interleaved")) == 4


def test_a_folder_for_the_results_is_wanted(here):
    assert refused("docs", out=None) == "out_folder_wanted"
    assert refused("docs", out="docs/a.txt") == "out_not_folder"
    (here / "empty").mkdir()
    assert refused("none/*.txt") == refused("empty") == "no_files_found"


def test_one_file_to_a_file_is_not_several(here):
    assert not are_several(["docs/a.txt"], "a.fr.txt") and not are_several(["docs/a.txt"], None)
    assert not are_several(["none.txt"], "a.fr.txt")
    for files, out in ((["docs"], None), (["a.txt", "b.txt"], "x"), (["docs/*.md"], "x"), (["docs/a.txt"], "x/")):
        assert are_several(files, out)
    assert are_several(["docs/a.txt"], "other")  # a folder that there is


def test_a_task_is_done_when_no_result_is_older(here):
    source, out, both = here / "docs/a.txt", here / "a.txt", here / "a.bilingual.html"
    task = Task(source, out, both)
    assert not task.is_done()
    out.write_text("Bonjour.")
    both.write_text("<table>")
    for path, moment in ((source, 1000), (out, 1000), (both, 1000)):
        os.utime(path, (moment, moment))
    assert task.is_done() and Task(source, out).is_done()
    os.utime(source, (1001, 1001))
    assert not task.is_done()
    os.utime(out, (2000, 2000))
    assert not task.is_done() and Task(source, out).is_done()
    both.unlink()
    assert not task.is_done()
    out.write_text(source.read_text())  # copied, as it has no words
    assert task.is_done()
