"""The lock names all that hymt needs, at versions that it allows, on every Python that it supports."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lock import LOCK, PYTHONS, needed

LOCKED = [Requirement(line) for line in LOCK.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def test_every_version_is_exact():
    names = [canonicalize_name(requirement.name) for requirement in LOCKED]
    assert names == sorted(set(names))
    for requirement in LOCKED:
        (only,) = requirement.specifier
        assert only.operator == "==" and "+" not in only.version


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_needed_is_locked(python):
    versions = {
        canonicalize_name(requirement.name): next(iter(requirement.specifier)).version
        for requirement in LOCKED
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python})
    }
    found = needed(python)
    assert len(found) > 50 and not set(found) - set(versions)
    wrong = [str(one) for name, one in found.items() if not one.specifier.contains(versions[name])]
    assert wrong == []
