"""`hymt memory`: the machine's memory in the terminal, once or over time."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

from hymt.commands.refusals import Parser, argument, attempt
from hymt.commands.results import make_folder
from hymt.errors import UserError
from hymt.hardware.memory import MachineReader, MemoryReading, show_bytes
from hymt.hardware.monitor import MemoryMonitor, MemoryReport

INTERVAL = 1.0
KEEP = 50_000  # readings of a watch: 14 hours of one a second
NAMES = {"gpu_used": "GPU memory", "system_ram_used": "System RAM"}
MACHINE = ("time", "device", "gpu_used", "gpu_free", "gpu_total", "system_ram_used", "system_ram_total")


def interval(value: str) -> float:
    """Seconds between two samples. Raises UserError with advice."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0.01 <= seconds <= 3600:
        raise UserError("bad_interval", value=value)
    return seconds


def parser() -> Parser:
    parser = Parser(
        "hymt memory",
        description="Show the memory of this machine, whichever program takes it; no model is loaded.",
        epilog="The GPU's figures are the driver's. What torch has allocated and reserved only the process itself "
        f"knows: the page shows that of the model it runs. A watch keeps its last {KEEP:,} samples.",
    )
    parser.add_argument("--watch", action="store_true", help="sample until Ctrl+C, then report peak, mean and p95")
    parser.add_argument(
        "--interval", type=argument(interval), metavar="SECONDS", help=f"between two samples ({INTERVAL:g})"
    )
    parser.add_argument("--gpu", type=int, metavar="N", help="one GPU by the driver's number (all together)")
    parser.add_argument(
        "--json",
        dest="as_json",
        action="store_true",
        help="print JSON, in bytes; while watching one object a line, the last one being the report",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write memory.csv, memory.png and memory.json there")
    return parser


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if not options.watch and (options.out or options.interval):
        parser().refuse("only_for_watch", option="--out" if options.out else "--interval")
    logging.basicConfig(level=logging.WARNING, format="hymt: %(message)s")
    return attempt(lambda: memory(**vars(options)), as_json=options.as_json)


def memory(watch, interval, gpu, as_json, out) -> int:
    """Print one reading, or readings until Ctrl+C and then the report; the exit status. Raises UserError, OSError."""
    reader = MachineReader(gpu)
    if not watch:
        reading = reader.read()
        print(json.dumps(_as_dict(reading), ensure_ascii=False) if as_json else "\n".join(_table(reading)))
        return 0
    if out:
        make_folder(out)
    monitor = MemoryMonitor(reader, interval or INTERVAL, KEEP)
    _watch(monitor, _Screen() if sys.stdout.isatty() and not as_json else _Lines(as_json))
    if not monitor.history():
        raise UserError("no_reading")
    _say(json.dumps({"report": monitor.report().as_dict()}) if as_json else "\n".join(_summary(monitor.report())))
    if out:
        _write(monitor, out)
    return 0


def _watch(monitor: MemoryMonitor, shown: _Screen | _Lines) -> None:
    """Sample and show until Ctrl+C, a SIGTERM, or until nobody reads on."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            if reading := monitor.sample():
                shown.show(reading)
            time.sleep(monitor.interval)
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # after the terminal's ^C
    except BrokenPipeError:
        _let_go_of_output()


class _Screen:
    """A terminal: the table is drawn over the one before."""

    def __init__(self) -> None:
        self._height = 0

    def show(self, reading: MemoryReading) -> None:
        columns = shutil.get_terminal_size().columns
        lines = [line[: columns - 1] for line in _table(reading)]  # one that wraps would be two to go back over
        back = f"\x1b[{self._height}F\x1b[J" if self._height else ""
        self._height = len(lines)
        print(back + "\n".join(lines), flush=True)


class _Lines:
    """A file or a pipe: one line a reading."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def show(self, reading: MemoryReading) -> None:
        if self._as_json:
            print(json.dumps(_as_dict(reading), ensure_ascii=False), flush=True)
            return
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(reading.time))
        figures = (f"{name} {show_bytes(used)} of {show_bytes(total)}" for name, used, total in _figures(reading))
        print(moment, *figures, sep="  ", flush=True)


def _figures(reading: MemoryReading) -> list[tuple[str, int, int]]:
    """Name, bytes used and bytes in all of each kind of memory that the machine has."""
    ram = (NAMES["system_ram_used"], reading.system_ram_used, reading.system_ram_total)
    if not reading.gpu_total or reading.gpu_used is None:
        return [ram]
    return [(NAMES["gpu_used"], reading.gpu_used, reading.gpu_total), ram]


def _table(reading: MemoryReading) -> list[str]:
    rows = [
        f"{name:<12}{show_bytes(used):>12} of {show_bytes(total):>10}{used / total:>6.0%}"
        for name, used, total in _figures(reading)
    ]
    return [reading.device, *rows, *([] if reading.gpu_total else ["The driver shows no NVIDIA GPU."])]


def _summary(report: MemoryReport) -> list[str]:
    samples = "1 sample" if report.samples == 1 else f"{report.samples:,} samples"
    parts = report.peak, report.mean, report.p95
    rows = [f"{NAMES[name]:<12}" + "".join(f"{show_bytes(part[name]):>12}" for part in parts) for name in report.peak]
    return [f"{samples} in {report.duration:.1f} s", f"{'':12}{'peak':>12}{'mean':>12}{'p95':>12}", *rows]


def _as_dict(reading: MemoryReading) -> dict:
    """The machine's figures: a reading's others are of one process."""
    return {name: value for name, value in asdict(reading).items() if name in MACHINE}


def _write(monitor: MemoryMonitor, out: Path) -> None:
    summary = {"device": monitor.latest().device} | monitor.report().as_dict()
    (out / "memory.json").write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    monitor.to_csv(out / "memory.csv")
    try:
        monitor.to_png(out / "memory.png")
    except ImportError:
        print("hymt: no chart without matplotlib; memory.csv has its figures", file=sys.stderr)


def _say(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _let_go_of_output()


def _let_go_of_output() -> None:
    """Nobody reads standard output any more: what Python still has for it goes nowhere, without a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
