"""`hymt convert`: a checkpoint in 16 bit or quantised, in a folder of its own."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import sys
from argparse import BooleanOptionalAction
from dataclasses import asdict
from pathlib import Path

from hymt.commands.progress import Line
from hymt.commands.refusals import Parser, argument, attempt
from hymt.errors import UserError

WORST = 5  # tensors that a warning names
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
LEAST_SHARD = 10**6


def shard_size(value: str) -> int:
    """Bytes of a size such as 500MB, 2GB or 1GiB. Raises UserError with advice."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmg]i?b)\s*", value, re.IGNORECASE)
    count = int(float(found[1]) * UNITS[found[2].upper()]) if found else 0
    if count < LEAST_SHARD:
        raise UserError("bad_size", value=value)
    return count


def parser() -> Parser:
    parser = Parser(
        "hymt convert",
        description="Write a model in 16 bit, or quantised, to a new folder, shard by shard.",
        epilog="A quantised model loads sooner and takes less of the disk; it runs at that precision alone.",
    )
    parser.add_argument("origin", metavar="SRC", help="a catalogue name, a hub id, or a folder (.safetensors or .bin)")
    parser.add_argument("destination", type=Path, metavar="DST", help="the folder to make; it must not exist")
    parser.add_argument(
        "--dtype", choices=("float16", "bfloat16"), default="float16", help="of what is not quantised (%(default)s)"
    )
    parser.add_argument("--quantize", choices=("int8", "nf4"), help="quantise the layers by bitsandbytes (not at all)")
    parser.add_argument(
        "--shard-size",
        type=argument(shard_size),
        default="2GB",
        metavar="SIZE",
        help="the most of a file, such as 500MB (%(default)s)",
    )
    parser.add_argument(
        "--check",
        action=BooleanOptionalAction,
        help="run source and result and compare what they say (where that is quick)",
    )
    parser.add_argument("--json", dest="as_json", action="store_true", help="print one JSON object with all figures")
    return parser


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.CRITICAL, format="hymt: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the unfinished folder is deleted
    return attempt(lambda: convert(**vars(options)), "stopped; nothing is kept")


def convert(origin, destination, dtype, quantize, shard_size, check, as_json) -> int:
    """Convert and tell about it: figures on standard output, progress and warnings on standard error."""
    from hymt.models.conversion.destination import check as check_destination

    destination = Path(os.path.abspath(os.path.expanduser(destination)))
    check_destination(destination)
    os.environ.setdefault("TQDM_DISABLE", "1")
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    from hymt.models.conversion.convert import convert as run
    from hymt.models.conversion.forms import Form

    line = Line()
    done = run(
        origin,
        destination,
        Form(dtype, quantize),
        shard_size,
        check,
        lambda what, part: line.say(f"{part:4.0%} {what} …" if part else f"{what} …"),
    )
    line.say("")
    line.note(f"{done.model} is converted.")
    warn(done)
    print(json.dumps(asdict(done), ensure_ascii=False) if as_json else summary(done, destination), flush=True)
    return 0


def warn(done) -> None:
    """What one should know of a result, on standard error."""
    for note in done.notes:
        print(f"hymt: {note}", file=sys.stderr)
    for kind, what in (
        ("overflowed", f"leave {done.dtype}'s range and became infinite"),
        ("vanished", f"are too small for {done.dtype} and became zero"),
        ("unfit", "were infinite or not a number in the source already"),
    ):
        hit = sorted((loss for loss in done.losses if getattr(loss, kind)), key=lambda loss: -getattr(loss, kind))
        if hit:
            named = ", ".join(f"{loss.name} ({getattr(loss, kind):,})" for loss in hit[:WORST])
            more = f" and {len(hit) - WORST} tensors more" if len(hit) > WORST else ""
            total = sum(getattr(loss, kind) for loss in hit)
            print(f"hymt: {total:,} values {what}: {named}{more}", file=sys.stderr)


def summary(done, destination: Path) -> str:
    """The figures, for people."""
    from hymt.hardware.memory import show_bytes

    lost = {kind: sum(getattr(loss, kind) for loss in done.losses) for kind in ("overflowed", "vanished", "unfit")}
    rows = [
        ("before", f"{done.before}, {show_bytes(done.bytes_before)} in {_files(done.files_before)}"),
        (
            "after",
            f"{done.after}, {show_bytes(done.bytes_after)} in {_files(done.files_after)} "
            f"({done.bytes_after / done.bytes_before:.0%})",
        ),
        (
            "values",
            f"{done.values:,}; {lost['overflowed']:,} became infinite, {lost['vanished']:,} became zero"
            + (f", {lost['unfit']:,} were no numbers before" if lost["unfit"] else ""),
        ),
        ("outputs", _outputs(done)),
        ("time", f"{done.seconds:.1f} s"),
        ("load it", f"hymt serve --model {destination}"),
    ]
    return "\n".join(f"{name:<9}{said}" for name, said in rows)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _outputs(done) -> str:
    if done.comparison is None:
        return f"not compared: {done.unchecked}"
    found = done.comparison
    return (
        f"{found.same} of {found.total} greedy translations are the source's; {found.tokens:.0%} of the tokens come "
        f"before the first that differs; logits differ by {found.logit_difference:.2g} at most, "
        f"the largest is {found.logit_range:.1f}"
    )
