"""Keys in the source and in the table: every one that is used has a sentence, every sentence is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import hymt
from hymt.errors.sentences import SENTENCES

ROOT = Path(hymt.__file__).parent
TABLES = {ROOT / "errors" / f"of_{name}.py" for name in ("texts", "models", "serving", "commands")}
MODULES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py")) if path not in TABLES}
EACH = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
# what passes between rooms
NOT_FOR_USERS = {
    "_Gone",
    "BadTemplate",
    "Disconnected",
    "EngineClosed",
    "UnsupportedLayer",
}  # what passes between rooms


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def classes() -> Iterator[tuple[str, set[str]]]:
    """The classes of all modules with their bases."""
    for module in MODULES.values():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                yield node.name, {name_of(base) for base in node.bases}


def derived(name: str) -> set[str]:
    """A class and all that derive from it."""
    return {name}.union(*(derived(other) for other, bases in classes() if name in bases))


ERRORS = derived("UserError")


def constants(node: ast.expr) -> set[str]:
    """The keys that an expression may be: a constant, or either branch of a choice."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def calls(module: ast.Module, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and name_of(node.func) in names and node.args:
            yield node


def fields(key: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(SENTENCES[key][0]) if name is not None}


@EACH
def test_every_key_has_a_sentence(path):
    for call in calls(MODULES[path], ERRORS | {"Sentence", "refuse"}):
        assert constants(call.args[0]) <= set(SENTENCES), ast.unparse(call)
    for call in calls(MODULES[path], {"as_user_error"}):
        assert {key for argument in call.args[1:] for key in constants(argument)} <= set(SENTENCES)


@EACH
def test_every_error_has_the_values_of_its_sentence(path):
    for call in calls(MODULES[path], ERRORS | {"refuse"}):
        given = {keyword.arg for keyword in call.keywords}
        for key in constants(call.args[0]) if None not in given else ():
            assert given == fields(key), ast.unparse(call)


@EACH
def test_every_sentence_with_values_at_hand_has_all(path):
    for call in calls(MODULES[path], {"Sentence"}):
        if len(call.args) == 1:
            assert all(not fields(key) for key in constants(call.args[0])), ast.unparse(call)
        elif isinstance(call.args[1], ast.Dict):
            given = set().union(*map(constants, call.args[1].keys))
            assert all(given == fields(key) for key in constants(call.args[0])), ast.unparse(call)


def test_every_sentence_is_used():
    nodes = (node for module in MODULES.values() for node in ast.walk(module))
    written = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert set(SENTENCES) - written == set()


def test_no_error_is_said_in_one_language_only():
    raisable = {name for name, bases in classes() if any(base.endswith(("Error", "Exception")) for base in bases)}
    assert raisable - NOT_FOR_USERS - ERRORS == set()
