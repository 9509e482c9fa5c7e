"""`hymt bench`: how fast this machine runs a model, beside what it could do and what transformers does."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from pathlib import Path

from hymt.bench.settings import (
    GROUPS,
    PARTS,
    RANDOM_SHAPES,
    Settings,
    read_count,
    read_parts,
    read_precisions,
    read_widths,
)
from hymt.commands.refusals import Parser, argument, attempt
from hymt.commands.results import make_folder
from hymt.commands.values import sizes

CPU_CHUNKS, GPU_CHUNKS, CARD_CHUNKS = 32, 256, 100


def parser() -> Parser:
    parser = Parser(
        "hymt bench",
        description="Measure this machine, transformers and hymt side by side; without --out nothing is kept.",
        epilog=f"Parts: {', '.join(PARTS)}; "
        + "; ".join(f"{name} for {', '.join(parts)}" for name, parts in GROUPS.items())
        + ".",
    )
    parser.add_argument(
        "--shape",
        metavar="7b|1.8b|MODEL",
        help="random weights of a real shape, or a catalogue name, hub id or folder (7b on a GPU, hymt-mini on a CPU)",
    )
    parser.add_argument(
        "--precisions", type=argument(read_precisions), default="fp16,int8,nf4", metavar="P,...", help="(%(default)s)"
    )
    parser.add_argument(
        "--widths",
        type=argument(read_widths),
        default="1,16,64",
        metavar="N,...",
        help="sequences at once (%(default)s)",
    )
    count = argument(read_count)
    parser.add_argument("--prompt", type=count, default=256, metavar="N", help="tokens of a prompt (%(default)s)")
    parser.add_argument("--new", type=count, default=128, metavar="N", help="tokens of an answer (%(default)s)")
    parser.add_argument(
        "--chunks",
        type=count,
        metavar="N",
        help=f"chunks of the long text ({GPU_CHUNKS}; {CPU_CHUNKS} on a CPU; {CARD_CHUNKS} with --gpu-memory)",
    )
    parser.add_argument(
        "--gpu-memory",
        type=sizes,
        default=(),
        metavar="GIB,...",
        help="measure what the plan says for cards of these sizes, each held to its limit, then each of the "
        "precisions without one: load, long text, peak memory",
    )
    parts = argument(read_parts)
    parser.add_argument("--parts", type=parts, default=PARTS, metavar="PART,...", help="measure these only")
    parser.add_argument("--skip", type=parts, default=(), metavar="PART,...", help="measure all but these")
    parser.add_argument("--json", dest="as_json", action="store_true", help="print one JSON object, not the table")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write bench.json, bench.md and bench.png there")
    parser.add_argument(
        "--draw", type=Path, metavar="FOLDER", help="measure nothing: table and plot anew from a folder's bench.json"
    )
    return parser


def main(arguments: list[str]) -> int:
    options = vars(parser().parse_args(arguments))
    parts = tuple(part for part in options.pop("parts") if part not in options["skip"])
    if not parts:
        parser().refuse("no_part_left")
    del options["skip"]
    logging.basicConfig(level=logging.CRITICAL, format="hymt: %(message)s")  # a failure is told by its row
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the checkpoint's folder is deleted
    if options["draw"]:
        return attempt(lambda: draw(options["draw"], options["as_json"]), as_json=options["as_json"])
    return attempt(lambda: bench(**options, parts=parts), as_json=options["as_json"])


def bench(shape, precisions, widths, prompt, new, chunks, gpu_memory, as_json, out, parts, **_) -> int:
    """Measure and deliver; the exit status is 0, or 1 if every measurement failed. Raises UserError, OSError."""
    if out:
        make_folder(out)
    os.environ.setdefault("TQDM_DISABLE", "1")
    _quiet()
    from hymt.bench.run import run
    from hymt.bench.table import line
    from hymt.hardware.devices import detect_device
    from hymt.hardware.limit import limited

    device = detect_device()
    gpu = device.kind == "cuda"
    shape = shape or ("7b" if gpu else "hymt-mini")
    for gib in gpu_memory:
        limited(device, gib)
    chunks = chunks or (CARD_CHUNKS if gpu_memory else GPU_CHUNKS if gpu else CPU_CHUNKS)
    shape = shape.lower() if shape.lower() in RANDOM_SHAPES else shape
    settings = Settings(shape, precisions, widths, prompt, new, chunks, parts, gpu_memory)
    last = None

    def tell(report, row) -> None:
        nonlocal last
        last = report
        if row is not None:
            print(f"  {line(report, row)}", file=sys.stderr, flush=True)
        if out:
            report.write(out)

    try:
        run(settings, device, lambda text: print(f"{text} …", file=sys.stderr, flush=True), tell)
        status = 0
    except KeyboardInterrupt:
        print("\nhymt: stopped; what was measured is kept", file=sys.stderr)
        status = 130
    if last is None:
        return status
    deliver(last, out, as_json)
    return status or int(bool(last.rows) and all(row.error for row in last.rows))


def draw(folder: Path, as_json: bool) -> int:
    """An earlier run's table and plot. Raises UserError, OSError."""
    from hymt.bench.report import BenchReport

    deliver(BenchReport.read(folder), folder, as_json)
    return 0


def deliver(report, out: Path | None, as_json: bool) -> None:
    """Print the table or the JSON; write all three files if there is a folder for them."""
    from hymt.bench import table
    from hymt.bench.plot import draw as draw_plot

    print(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else table.text(report), flush=True)
    if out is None:
        return
    report.write(out)
    (out / "bench.md").write_text(table.markdown(report), encoding="utf-8")
    try:
        if not draw_plot(report, out / "bench.png"):
            print("hymt: there is no decode rate to plot", file=sys.stderr)
    except ImportError:
        print(f"hymt: no plot without matplotlib; with it: hymt bench --draw {out}", file=sys.stderr)


def _quiet() -> None:
    """transformers' loading bars and warnings would run into the progress lines."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
