"""The house: what its rooms import from one another, and how long its files and functions are."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter

import pytest

from tools.rooms import DRAWING, FRONT, HOUSE, ROOT, Import, Room, arrows, drawing, imports, modules, number, rooms

MODULES = modules()
TEXTS = {module: path.read_text(encoding="utf-8") for module, path in MODULES.items()}
IMPORTS = imports(MODULES)
ROOMS = rooms((ROOT / "README.md").read_text(encoding="utf-8"))
LINES_A_FILE, LINES_A_FUNCTION = 400, 50


def upwards(house: list[Room], found: list[Import]) -> list[Import]:
    inside = [one for one in found if not {one.importer, one.imported} & set(FRONT)]
    return [one for one in inside if number(house, one.importer) > number(house, one.imported)]


def circle(found: list[Import]) -> list[str] | None:
    """Modules that import one another in turn, imports inside functions included; None if there are none."""
    graph: dict[str, set[str]] = {}
    for one in found:
        graph.setdefault(one.importer, set()).add(one.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_the_tree_in_the_readme_names_the_rooms_there_are():
    there = {path.name + "/" if path.is_dir() else path.name for path in (ROOT / HOUSE).iterdir()}
    there = {name for name in there if not name.startswith(("_", "."))} | {"app.py"}
    named = [name for room in ROOMS for name in room.names]
    assert sorted(named) == sorted(there)


def test_no_import_runs_upwards():
    assert not upwards(ROOMS, IMPORTS)


def test_imports_run_in_no_circle():
    assert circle(IMPORTS) is None


def test_the_package_itself_imports_no_room():
    """What it offers it imports on first use: `hymt --help` must not wait for torch."""
    assert not [one for one in IMPORTS if one.importer == HOUSE]
    from_package = {
        alias.name
        for text in TEXTS.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == HOUSE
        for alias in node.names
        if f"{HOUSE}.{alias.name}" not in MODULES
    }
    assert from_package <= {"__version__"}  # by its offers a room would reach one above it, unseen


def test_the_drawing_is_what_the_code_imports():
    assert DRAWING.read_text(encoding="utf-8") == drawing(), "write it anew: python tools/rooms.py"


def test_files_are_short():
    lines = {module: len(text.splitlines()) for module, text in TEXTS.items()}
    assert not {module: count for module, count in lines.items() if count > LINES_A_FILE}


def test_functions_are_short():
    lines = {
        f"{module}.{node.name}": node.end_lineno - node.lineno + 1
        for module, text in TEXTS.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not {function: count for function, count in lines.items() if count > LINES_A_FUNCTION}


# -- the reading itself, on a house of three rooms --------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    """A house of app.py, page/ and engine/, whose files have the texts given by their names."""

    def build(**texts: str) -> tuple[list[Room], list[Import]]:
        for place in ("app", "hymt/__init__", "hymt/page/__init__", "hymt/engine/__init__", "hymt/engine/cache"):
            path = tmp_path / f"{place}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts.get(place.replace("/", "_"), ""), encoding="utf-8")
        tree = "```\napp.py     the entry\nhymt/\n  page/    what is\n           seen\n  engine/  what runs\n```\n"
        return rooms(tree), imports(modules(tmp_path))

    return build


def test_rooms_are_read_from_a_tree(small):
    house, _ = small()
    assert [room.label for room in house] == ["app.py", "page/", "engine/"]
    assert [number(house, name) for name in ("app", "hymt.page", "hymt.engine.cache")] == [0, 1, 2]
    with pytest.raises(LookupError, match=r"hymt\.attic"):
        number(house, "hymt.attic")


def test_an_import_upwards_is_seen_wherever_it_stands(small):
    late = "def run():\n    if True:\n        from hymt import page\n"
    house, found = small(hymt_engine_cache=late, app="import hymt.page")
    assert upwards(house, found) == [Import("hymt.engine.cache", "hymt.page", late=True)]
    house, found = small(hymt_engine_cache="from hymt.page import words")
    assert upwards(house, found) == [Import("hymt.engine.cache", "hymt.page", late=False)]


def test_an_arrow_is_late_only_where_all_its_imports_are(small):
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from hymt.engine import cache\n"
    house, found = small(app="def run():\n    import hymt.page\n", hymt_page___init__=typed)
    assert arrows(house, found) == {(0, 1): True, (1, 2): True}
    house, found = small(app="import hymt.page\ndef run():\n    import hymt.page\n")
    assert arrows(house, found) == {(0, 1): False}


def test_a_circle_is_seen_also_within_a_room(small):
    _, found = small(
        hymt_engine___init__="from hymt.engine import cache", hymt_engine_cache="def run():\n    import hymt.engine\n"
    )
    assert set(circle(found)) == {"hymt.engine", "hymt.engine.cache"}


# -- what the documents name --------------------------------------------------------------------------------


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_documents_name_only_files_that_there_are(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:hymt|tests|tools|docs|examples)/[\w./*]*)`", text)
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    here = [*named, *((ROOT / document).parent.joinpath(path).resolve().relative_to(ROOT) for path in linked)]
    assert here and not [str(path) for path in here if not list(ROOT.glob(str(path).rstrip("/")))]
