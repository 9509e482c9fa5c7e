"""Write requirements.lock: the exact version of all that is installed here, and of what another Python needs besides.

`make lock` runs it in a fresh environment. The lock is for pip's `--constraint`: what a system does not need is not
installed there. It pins no build of torch (the Makefile does), so that a machine takes the one for its processor.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

LOCK = Path(__file__).parent.parent / "requirements.lock"
PYTHONS = ("3.11", "3.12", "3.13")
TOOLS = {"pip", "wheel", "hymt"}


def needed(python: str, extras: tuple[str, ...] = ("dev",)) -> dict[str, Requirement]:
    """What hymt needs on a version of Python, by name, as far as the packages installed here tell."""
    environment = default_environment() | {"python_version": python, "python_full_version": f"{python}.0"}
    found: dict[str, Requirement] = {}
    asked = [Requirement(f"hymt[{','.join(extras)}]")]
    while asked:
        wanted = asked.pop()
        for line in requirements_of(wanted.name):
            requirement = Requirement(line)
            chosen = [environment | {"extra": extra} for extra in wanted.extras or {""}]
            if requirement.marker and not any(map(requirement.marker.evaluate, chosen)):
                continue
            name = canonicalize_name(requirement.name)
            if name not in found or requirement.extras - found[name].extras:
                found[name] = requirement
                asked.append(requirement)
    return {name: requirement for name, requirement in found.items() if name not in TOOLS}


def requirements_of(name: str) -> list[str]:
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:  # for another Python: its own needs are asked of pip
        return []


def resolved(requirement: Requirement, python: str) -> dict[str, str]:
    """The versions that pip would install for a requirement on a version of Python, with what it needs in turn."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--target", folder, "--only-binary", ":all:", "--python-version", python]
        command += ["--ignore-requires-python", "--report", str(report)]  # older pips ask for this Python too
        subprocess.run([*command, f"{requirement.name}{requirement.specifier}"], check=True)
        installed = json.loads(report.read_text())["install"]
    return {canonicalize_name(one["metadata"]["name"]): one["metadata"]["version"] for one in installed}


def lock() -> str:
    pins = {
        canonicalize_name(package.metadata["Name"]): f"{package.metadata['Name']}=={Version(package.version).public}"
        for package in distributions()
    }
    for python in PYTHONS:
        for name, requirement in needed(python).items():
            if name not in pins:
                for extra, version in resolved(requirement, python).items():
                    pins.setdefault(extra, f"{extra}=={version} ; python_version >= '{python}'")
    lines = [pins[name] for name in sorted(pins) if name not in TOOLS]
    return "# Written by `make lock`: what `make run`, `make test` and CI install.\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    LOCK.write_text(lock())
    print(f"{LOCK.name}: {len(LOCK.read_text().splitlines()) - 1} versions")
