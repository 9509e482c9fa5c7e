"""What a command says when it is refused something: in the user's language, on standard error, with its exit status."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable

from hymt.errors import LOCALES, Sentence, UserError, as_user_error, is_out_of_memory, preferred_locale, system_reason
from hymt.errors.of_texts import OF_DETECTION

_chosen: str | None = None  # by --lang


class Parser(argparse.ArgumentParser):
    """A command's parser: it knows --lang, and refuses in that language."""

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self.add_argument("--lang", choices=LOCALES, help="language of refusals (that of the environment)")

    def parse_args(self, args=None, namespace=None):
        """The options but --lang, which holds from now on: also for what is refused while the rest is read."""
        global _chosen
        early = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
        early.add_argument("--lang", choices=LOCALES)
        try:
            _chosen = early.parse_known_args(args)[0].lang
        except argparse.ArgumentError:  # the parser itself tells it
            _chosen = None
        options = super().parse_args(args, namespace)
        del options.lang
        return options

    def refuse(self, key: str, **values: object) -> None:
        """End the program for wrong usage."""
        self.error(UserError(key, **values).say(locale()))


def locale() -> str:
    """The language of refusals: of --lang, or that of the environment."""
    return _chosen or preferred_locale(os.environ)


def argument(read: Callable) -> Callable:
    """A reader that raises UserError, for argparse, which shows the message of its own error only."""

    def convert(value: str):
        try:
            return read(value)
        except UserError as error:
            raise argparse.ArgumentTypeError(error.say(locale())) from None

    return convert


def attempt(work: Callable[[], int], stopped: str = "stopped", as_json: bool = False) -> int:
    """A command's exit status: that of its work, 1 for a refusal, 130 for Ctrl+C.

    A refusal goes to standard error; `as_json` puts it as an object on standard output too, where a program looks for
    the result. A bug keeps its traceback.
    """
    try:
        return work()
    except KeyboardInterrupt:
        print(f"\nhymt: {stopped}", file=sys.stderr)
        return 130
    except Exception as error:
        refused = told(error)
        way_out = f" ({Sentence('from_names_it').say(locale())})" if refused.key in OF_DETECTION else ""
        print(f"hymt: {refused.say(locale())}{way_out}", file=sys.stderr)
        if as_json:
            print(json.dumps(refused.as_dict(locale()), ensure_ascii=False))
        return 1


def told(error: Exception) -> UserError:
    """An error as it is told to who typed the command: with the path that they gave. Raises what is a bug."""
    if isinstance(error, UserError) or is_out_of_memory(error):
        return as_user_error(error)
    if not isinstance(error, OSError):
        raise error
    if error.filename is None:
        return UserError("system_error", reason=system_reason(error))
    return UserError("file_error", path=os.fsdecode(error.filename), reason=system_reason(error))
