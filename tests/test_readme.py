"""The README's commands: each is one that hymt takes, and what runs on any machine within seconds is run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from tests.forks import run as hymt
from tests.ui.serving import served

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
# What is not run here, by words of the command, and why.
ELSEWHERE = {
    "hymt serve": "runs until it is ended: tests/test_serving.py",
    "--watch": "runs until it is ended: tests/commands/test_memory.py",
    "hymt bench": "takes minutes: tests/bench",
    "hymt finetune": "takes minutes: tests/finetune",
    "--adapter shipping": "needs what the command before it makes: tests/finetune",
    "hymt convert": "needs a checkpoint of one's own: tests/models/conversion",
    "--model Hunyuan-MT-7B": "needs a download",
}
SHORTER = {"hymt compare": ["--precisions", "fp16", "--beams", "1"]}  # the same in less time
FILES = {
    "report.md": "# Report\n\nThe shop is closed.\n",
    "letter.txt": "Guten Morgen. Wie geht es Ihnen?\n",
    "docs/intro.md": "# Good morning.\n",
    "terms.tsv": "shop\tLaden\n",
}


def commands() -> list[str]:
    """The commands, each in one line, without what is said of them."""
    lines = "".join(BLOCKS).replace("\\\n", "").splitlines()
    cut = [shlex.join(shlex.split(line, comments=True)) for line in lines if "hymt " in line]
    return [re.sub(r" +", " ", line).replace("'|'", "|").replace("'>'", ">") for line in cut]


def arguments(command: str) -> list[str]:
    """What a command gives to hymt."""
    words = shlex.split(command)
    end = words.index(">") if ">" in words else len(words)
    return words[words.index("hymt") + 1 : end]


def runs_here(command: str) -> bool:
    return command.startswith("hymt plan") or not any(words in command for words in ELSEWHERE)


@pytest.mark.parametrize("command", commands())
def test_hymt_takes_it(command):
    name, *given = arguments(command)
    import_module(f"hymt.commands.{name}").parser().parse_args(given)


@pytest.mark.parametrize("command", [command for command in commands() if runs_here(command)])
def test_it_runs(command, tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    piped = FILES[command.split()[1]] if command.startswith("cat ") else ""
    done = hymt(*arguments(command), *SHORTER.get(command, []), given=piped, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout or len([path for path in tmp_path.rglob("*") if path.is_file()]) > len(FILES)


def test_what_is_not_run_here_is_still_told():
    assert all(any(words in command for command in commands()) for words in ELSEWHERE)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_api_without_a_client(services):
    (block,) = (block for block in BLOCKS if "curl" in block)
    with served(services) as url:
        script = block.replace("http://127.0.0.1:7860/", url)
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=180, env=os.environ)
    assert "event: complete" in done.stdout and "world" in done.stdout.lower()
