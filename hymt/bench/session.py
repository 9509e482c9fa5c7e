"""One run under way: it names, times and records each measurement, and turns a failure into a row."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from hymt.bench.report import BenchReport, BenchRow, Timing
from hymt.bench.settings import Settings
from hymt.errors import UserError, is_out_of_memory
from hymt.hardware.devices import Device
from hymt.hardware.memory import MemoryReader
from hymt.hardware.monitor import MemoryMonitor
from hymt.models.precision import find_precision

log = logging.getLogger(__name__)

ROUNDS = 3
BUDGET = 15.0  # seconds for all rounds of a measurement: slow ones are run fewer times
SEED = 20240917
Found = TypeVar("Found")


class Session:
    """The settings, the device, the prompts and the report of a run; `tell` gets every row as soon as it is known."""

    def __init__(
        self, settings: Settings, device: Device, report: BenchReport, say, tell: Callable[[BenchRow], None]
    ) -> None:
        self.settings, self.device, self.report = settings, device, report
        self.reader = MemoryReader(device)
        self.say, self._tell = say, tell

    def wants(self, *parts: str) -> bool:
        return any(part in self.settings.parts for part in parts)

    def measure(
        self,
        part: str,
        how: str,
        precision: str,
        sequences: int,
        run: Callable[[], Timing],
        plan: dict | None = None,
        elsewhere: bool = False,
    ) -> BenchRow:
        """Run a measurement and record it; whatever it raises becomes its row's reason.

        What runs `elsewhere`, in another process, takes no memory of this one.
        """
        label = find_precision(precision).label
        self.say(f"measuring {how}, {label}, {sequences} at once" if sequences > 1 else f"measuring {how}, {label}")
        peak = Peak(self.reader)
        try:
            with peak:
                timing = in_own_thread(run)
            taken = {} if elsewhere else peak.read()
            row = BenchRow(part, how, precision, sequences, timing, taken, plan=plan or {})
        except Exception as error:
            log.debug("%s failed", how, exc_info=True)
            row = BenchRow(part, how, precision, sequences, error=reason(error), plan=plan or {})
        self.report.rows.append(row)
        self._tell(row)
        return row


def in_own_thread(run: Callable[[], Found]) -> Found:
    """Run something in a thread that ends with it.

    OpenMP keeps a team of threads for each thread that has computed, and slows down all of them where there are more
    than cores: what was measured before must not stand in the way of what comes next.
    """
    done: Future[Found] = Future()

    def work() -> None:
        try:
            done.set_result(run())
        except BaseException as error:
            done.set_exception(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join()
    return done.result()


class Peak:
    """The most memory taken while it is entered: torch's own count on a GPU, samples of this process on a CPU."""

    def __init__(self, reader: MemoryReader) -> None:
        self._reader = reader
        self._cuda = reader.device.kind == "cuda"
        self._monitor = None if self._cuda else MemoryMonitor(reader, interval=0.2, keep=50_000)

    def __enter__(self) -> None:
        if self._monitor is not None:
            self._monitor.start()
            return
        import torch

        torch.cuda.reset_peak_memory_stats(self._reader.device.index)

    def __exit__(self, *_) -> None:
        if self._monitor is not None:
            self._monitor.stop()

    def read(self) -> dict[str, int]:
        """Bytes: allocated and reserved by torch and used of the whole card (NVML), or this process's RAM."""
        if self._monitor is not None:
            return {"process_ram": self._monitor.report().peak["process_ram"]}
        import torch

        last = self._reader.read()
        reserved = torch.cuda.max_memory_reserved(self._reader.device.index)
        return {"allocated": last.torch_peak or 0, "reserved": reserved, "card_used": last.gpu_used or 0}


class Prompts:
    """Random prompts that no two measurements share, so that no cache of prefixes helps; the same in every run."""

    def __init__(self, folder: Path, vocab: int, length: int) -> None:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        special = set(tokenizer.all_special_ids) | set(tokenizer.added_tokens_decoder)
        self._ids = [token for token in range(vocab) if token not in special]
        self._random, self._length = random.Random(SEED), length

    def take(self, count: int) -> list[list[int]]:
        """`count` prompts of random tokens, none of them special."""
        return [self._random.choices(self._ids, k=self._length) for _ in range(count)]


def best(run: Callable[[], Found], seconds: Callable[[Found], float]) -> Found:
    """The fastest of up to three rounds after one that warms up; of slow ones fewer, at the least that one."""
    began = time.perf_counter()
    rounds = [run()]
    while len(rounds) <= ROUNDS:
        elapsed = time.perf_counter() - began
        if elapsed + elapsed / len(rounds) > BUDGET:
            break
        rounds.append(run())
    return min(rounds[1:] or rounds, key=seconds)


def reason(error: Exception) -> str:
    """An error in a few words for a table."""
    text = " ".join(str(error).split())
    if is_out_of_memory(error):
        return "out of memory"
    if isinstance(error, UserError):
        return text
    return f"{type(error).__name__}: {text}"[:200]
