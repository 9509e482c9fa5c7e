"""`hymt cache`: what is kept of files' translations on this machine, shown or cleared."""

from __future__ import annotations

import json
import sqlite3
import time

from hymt.commands.refusals import Parser, attempt
from hymt.errors import UserError


def parser() -> Parser:
    parser = Parser(
        "hymt cache",
        description="Show where the models' answers for files are kept, and how many, or clear them. By them a file "
        "that was stopped goes on, and of one that was revised only what is new is translated.",
        epilog="HYMT_CACHE names another folder, or is `off`; `hymt translate --no-cache` keeps nothing of its files.",
    )
    parser.add_argument("--clear", action="store_true", help="forget them all")
    parser.add_argument("--json", dest="as_json", action="store_true", help="print JSON, in bytes")
    return parser


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    return attempt(lambda: cache(**vars(options)), as_json=options.as_json)


def cache(clear: bool, as_json: bool) -> int:
    """Print what is kept, after clearing it if that is asked for. Raises UserError, OSError."""
    from hymt.translation.journal import Contents, Journal

    journal = Journal.of_user()
    if journal is None:
        print(json.dumps({"path": None}) if as_json else "Nothing is kept: HYMT_CACHE is off.")
        return 0
    contents = Contents(0, 0, None)
    if journal.path.exists():
        try:
            if clear:
                journal.clear()
            contents = journal.contents()
        except sqlite3.Error as error:
            raise UserError("journal_unreadable", reason=error) from error
        finally:
            journal.close()
    if as_json:
        kept = {"answers": contents.answers, "bytes": contents.nbytes, "oldest": contents.oldest}
        print(json.dumps({"path": str(journal.path), **kept, "max_bytes": journal.max_bytes}, ensure_ascii=False))
    else:
        print("\n".join((str(journal.path), _said(contents, journal.max_bytes))))
    return 0


def _said(contents, most: int) -> str:
    from hymt.hardware.memory import show_bytes

    if not contents.answers:
        return "It is empty."
    since = time.strftime("%Y-%m-%d", time.localtime(contents.oldest))
    return (
        f"{contents.answers:,} answers, {show_bytes(contents.nbytes)} of at most {show_bytes(most)}, "
        f"the oldest used last on {since}."
    )
