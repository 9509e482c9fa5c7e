"""`hymt <command>`: find the command, import it only then, so that `--help` answers at once."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from hymt import __version__
from hymt.errors import UserError, preferred_locale

COMMANDS = {
    "translate": "translate a text, a file or standard input",
    "serve": "open the web page",
    "plan": "say what this machine, or a card of some size, should run",
    "cache": "show what is kept of files' translations, or clear it",
    "memory": "show the memory of this machine, once or over time",
    "compare": "translate the same texts at several precisions",
    "finetune": "teach a model a domain from pairs of sentences",
    "convert": "write a model in 16 bit or quantised, shard by shard",
    "align": "find the attention head by which tags come back at their words",
    "bench": "measure how fast this machine runs a model",
}

USAGE = (
    "usage: hymt <command> [options]\n\n"
    "Translates long texts with Tencent's Hunyuan-MT on the graphics card that you have.\n\n"
    "commands:\n"
    + "".join(f"  {name:<12}{summary}\n" for name, summary in COMMANDS.items())
    + "\n`hymt <command> --help` tells a command's options; `hymt --version` the version.\n"
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status is 0, 1 for an error that it explained, 2 for wrong usage."""
    arguments = sys.argv[1:] if arguments is None else arguments
    name = arguments[0] if arguments else ""
    if name in ("-h", "--help"):
        print(USAGE, end="")
        return 0
    if name == "--version":
        print(f"hymt {__version__}")
        return 0
    if name not in COMMANDS:
        unknown = f"hymt: {UserError('unknown_command', name=name).say(preferred_locale(os.environ))}\n\n"
        print(f"{unknown if name else ''}{USAGE}", end="", file=sys.stderr)
        return 2
    return import_module(f"hymt.commands.{name}").main(arguments[1:])
