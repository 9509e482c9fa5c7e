"""Draw docs/rooms.svg: the rooms of the house from the street inwards, and which imports from which.

`python tools/rooms.py` writes it. The order of the rooms is the tree in the README, said nowhere else; what they
import is read from the code, imports inside functions included. tests/test_rooms.py holds the code to the order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOUSE = "hymt"
DRAWING = ROOT / "docs" / "rooms.svg"
FRONT = ("hymt", "hymt.__main__")  # the package's own name, and what `python -m hymt` runs: no rooms

_TREE = re.compile(r"^```\n(app\.py .*?)^```$", re.MULTILINE | re.DOTALL)
_NAMES = re.compile(r"(?P<indent> *)(?P<names>\w+(?:/|\.py)(?: +\w+(?:/|\.py))*)(?:  +\S.*)?")


@dataclass(frozen=True)
class Room:
    """A line of the README's tree: one folder or file, or a few that belong together."""

    names: tuple[str, ...]  # as the tree has them: "ui/", "serving.py"

    @property
    def label(self) -> str:
        return " ".join(self.names)

    def holds(self, module: str) -> bool:
        """Whether a module, "hymt.ui.page" or "app", is in this room."""
        parts = module.split(".")
        return parts[min(1, len(parts) - 1)] in {name.rstrip("/").removesuffix(".py") for name in self.names}


@dataclass(frozen=True)
class Import:
    """One module's import of another. `late`: not as soon as the first is imported, but inside a function, or for
    the types only."""

    importer: str
    imported: str
    late: bool


# -- reading -------------------------------------------------------------------------------------------


def rooms(readme: str) -> list[Room]:
    """The rooms from the street inwards, as the tree in the README has them."""
    lines = [_NAMES.fullmatch(line) for line in _TREE.search(readme)[1].splitlines()]
    return [Room(tuple(line["names"].split())) for line in lines if line and line["names"] != f"{HOUSE}/"]


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Every module of the house, and the entry beside it."""
    files = [root / "app.py", *sorted((root / HOUSE).rglob("*.py"))]
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


def imports(files: dict[str, Path]) -> list[Import]:
    """What these modules import from one another."""
    return [
        Import(module, imported, late)
        for module, path in files.items()
        for statement, late in _statements(ast.parse(path.read_text(encoding="utf-8")), late=False)
        for imported in _imported(statement, files)
    ]


def _statements(node: ast.AST, late: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, late
        yield from _statements(child, late or _is_late(child))


def _is_late(node: ast.AST) -> bool:
    typing_only = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    return typing_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _imported(statement: ast.Import | ast.ImportFrom, files: dict[str, Path]) -> Iterator[str]:
    """The modules of the house that a statement names; `from a import b` is of a.b where that is a module."""
    if isinstance(statement, ast.Import):
        names = [alias.name for alias in statement.names]
    else:
        names = [f"{statement.module}.{alias.name}" for alias in statement.names]
        names = [name if name in files else statement.module for name in names]
    yield from dict.fromkeys(name for name in names if name and name.split(".")[0] == HOUSE)


def arrows(house: list[Room], found: Iterable[Import]) -> dict[tuple[int, int], bool]:
    """Which room imports from which, by their numbers; True where all of it is late. Raises LookupError for a module
    in no room."""
    result: dict[tuple[int, int], bool] = {}
    for one in found:
        if one.importer in FRONT or one.imported in FRONT:
            continue
        pair = number(house, one.importer), number(house, one.imported)
        if pair[0] != pair[1]:
            result[pair] = one.late and result.get(pair, True)
    return result


def number(house: list[Room], module: str) -> int:
    """The number of a module's room, 0 at the street. Raises LookupError."""
    for index, room in enumerate(house):
        if room.holds(module):
            return index
    raise LookupError(f"{module} is in no room of the README's tree")


# -- drawing -------------------------------------------------------------------------------------------

STEP, WIDTH, HEIGHT = 42, 126, 28  # from a room to the next, both ways; of a room with a name of usual length
LEFT, TOP = 12, 46
STYLE = """
  .ground { fill: #ffffff } .room { fill: #eef0fb; stroke: #5a63c8 } .name { fill: #1f2440 }
  .way { stroke: #8a90c4 } .dot { fill: #5a63c8; stroke: #5a63c8 } .late { fill: #ffffff } .head { fill: #5a63c8 }
  .note { fill: #5b6078 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0f1220 } .room { fill: #20264a; stroke: #9aa3f5 } .name { fill: #eceefc }
    .way { stroke: #6870b0 } .dot { fill: #9aa3f5; stroke: #9aa3f5 } .late { fill: #0f1220 } .head { fill: #9aa3f5 }
    .note { fill: #a9afcc }
  }
  text { font: 13px ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif }
  .way { stroke-width: 1.3; fill: none } .room, .dot { stroke-width: 1.3 }
"""


def draw(house: list[Room], found: dict[tuple[int, int], bool]) -> str:
    """The drawing: rooms as stairs; a room's line runs to the right and turns, at a dot, down to what it imports."""
    parts = [*_ways(house, found), *_boxes(house), *_dots(house, found), *_notes(house)]
    width, height = 2 * LEFT + WIDTH + STEP * (len(house) - 1), TOP + STEP * len(house)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f"<title>Rooms and their imports</title>\n<style>{STYLE}</style>\n"
        f'<rect class="ground" width="{width}" height="{height}" rx="8"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _middle(index: int) -> int:
    """The height of a room's middle, and of its line."""
    return TOP + STEP * index + HEIGHT // 2


def _column(index: int) -> int:
    """Where the arrow into a room stands."""
    return LEFT + STEP * index + WIDTH - STEP // 2


def _ways(house: list[Room], found: dict[tuple[int, int], bool]) -> Iterator[str]:
    for index in range(len(house)):
        if targets := [target for importer, target in found if importer == index]:
            begin = LEFT + STEP * index + WIDTH
            yield f'<path class="way" d="M{begin} {_middle(index)}H{_column(max(targets))}"/>'
        if importers := [importer for importer, target in found if target == index]:
            x, end = _column(index), TOP + STEP * index
            yield f'<path class="way" d="M{x} {_middle(min(importers))}V{end - 6}"/>'
            yield f'<path class="head" d="M{x} {end}l-4.5 -8h9z"/>'


def _boxes(house: list[Room]) -> Iterator[str]:
    for index, room in enumerate(house):
        width = max(WIDTH, 8 * len(room.label) + 8)
        x, y = LEFT + STEP * index + WIDTH - width, TOP + STEP * index
        yield f'<rect class="room" x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="6"/>'
        middle = f'x="{x + width / 2:g}" y="{_middle(index) + 4.5}"'
        yield f'<text class="name" text-anchor="middle" {middle}>{escape(room.label)}</text>'


def _dots(house: list[Room], found: dict[tuple[int, int], bool]) -> Iterator[str]:
    for (importer, target), late in sorted(found.items()):
        says = f"{house[importer].label} imports {house[target].label}{', late' if late else ''}"
        place = f'cx="{_column(target)}" cy="{_middle(importer)}" r="4"'
        yield f'<circle class="dot{" late" if late else ""}" {place}><title>{escape(says)}</title></circle>'


def _notes(house: list[Room]) -> Iterator[str]:
    yield f'<text class="note" x="{LEFT}" y="{TOP - 18}">the street</text>'
    x, y = LEFT + 6, TOP + STEP * len(house) - 46
    for late, says in ((False, "imports, as soon as it is imported"), (True, "imports late, inside functions")):
        yield f'<circle class="dot{" late" if late else ""}" cx="{x}" cy="{y}" r="4"/>'
        yield f'<text class="note" x="{x + 12}" y="{y + 4.5}">{says}</text>'
        y += 22


def drawing() -> str:
    """What docs/rooms.svg is to be."""
    house = rooms((ROOT / "README.md").read_text(encoding="utf-8"))
    return draw(house, arrows(house, imports(modules())))


if __name__ == "__main__":
    DRAWING.write_text(drawing(), encoding="utf-8")
