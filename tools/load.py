"""Many users at once: is an answer lost, does one reach somebody else, and how much longer does a sentence take?

    python tools/load.py [URL] --users 50 --seconds 180 --documents 12

Without an address it serves hymt-mini itself. Each user does one thing again and again, on Linux from a loopback
address of its own: it asks for a sentence, on the page or by the API, or for a document; or it stops what it began,
drops its connection, or reloads the page. Answers are compared with those that a lone user got before. In half
precision a few words may hang on what else is in the batch; in FP32 (`--precision fp32`) none does.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from functools import partial
from time import monotonic
from typing import Any

import httpx
from users import API, ASKING, DOCUMENT, DROP, ON_PAGE, PAGE, RELOAD, STOP, Task, tasks
from visitor import Lost, Refused, Visitor

OPEN, PANEL = "page opened", "panel, each second"
ROWS = (PAGE, API, DOCUMENT, STOP, RELOAD, DROP, OPEN, PANEL)
HELD_TO_LIMIT = (PAGE, API)
ALONE_ROUNDS = 3  # of all but documents, so that there is a 95th percentile
ALIKE = 0.8  # of two lines, by difflib's ratio, of which one may be the other with a word or two changed
IDLE_SECONDS = 300  # within which slots must be free after the last answer; work that nobody hears ends after 120


# -- what comes of it ----------------------------------------------------------------------------------


@dataclass
class Row:
    """What became of the requests of one kind."""

    count: int = 0
    lost: int = 0
    crossed: int = 0
    different: int = 0
    refused: int = 0
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Of the seconds that answers took; NaN if there is none."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan


class Record:
    """All requests of some time, and the answers. One that takes longer than `patience`, in seconds, is lost."""

    def __init__(self, patience: float) -> None:
        self.rows: defaultdict[str, Row] = defaultdict(Row)
        self.answers: list[tuple[Task, list[str]]] = []
        self.losses: Counter[str] = Counter()
        self._patience = patience

    async def timed(self, kind: str, asked: Awaitable) -> Any:
        """What is asked for, or None if it is lost or refused."""
        row, began = self.rows[kind], monotonic()
        row.count += 1
        try:
            async with asyncio.timeout(self._patience):
                got = await asked
        except Refused:
            row.refused += 1
            return None
        except (Lost, TimeoutError, httpx.HTTPError) as error:
            row.lost += 1
            self.losses[f"{kind}: {type(error).__name__} {error}"] += 1
            return None
        row.seconds.append(monotonic() - began)
        return got

    async def ask(self, visitor: Visitor, task: Task) -> list[str] | None:
        """Have a user do what it does, once; the lines of the answer, if that is one."""
        if task.kind in ON_PAGE and not visitor.page:
            await self.timed(OPEN, visitor.open())
            if not visitor.page:
                return None
        answer = await self.timed(task.kind, ASKING[task.kind](visitor, task))
        if answer is None:
            return None
        self.answers.append((task, answer.splitlines()))
        return answer.splitlines()

    def judge(self) -> None:
        """Compare all answers with those to a lone user."""
        known: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for task, _ in self.answers:
            for line, own in zip(task.lines, task.answer, strict=True):
                known[line, task.target].add(own)
        for task, answer in self.answers:
            row = self.rows[task.kind]
            if is_crossed(task, answer, known):
                row.crossed += 1
            elif answer != task.answer:
                row.different += 1


def is_crossed(task: Task, answer: list[str], known: dict[tuple[str, str], set[str]]) -> bool:
    """Whether lines are missing, or one is more like the answer to another line than like its own.

    `known` are the answers to each line in each language.
    """
    if len(answer) != len(task.answer):
        return True
    for asked, line, own in zip(task.lines, answer, task.answer, strict=True):
        if line != own:
            owned = known[asked, task.target]
            likeness = max(SequenceMatcher(None, one, line).ratio() for one in owned)
            if get_close_matches(line, set().union(*known.values()) - owned, 1, max(likeness, ALIKE)):
                return True
    return False


# -- a run ---------------------------------------------------------------------------------------------


class Load:
    """The lone user, then all at once."""

    def __init__(self, url: str, work: list[Task], seconds: float, patience: float) -> None:
        self.alone, self.loaded = Record(patience), Record(patience)
        self.memory: list[int] = []  # of the server, in bytes: at the start, in the middle, at the end
        self.busy_slots = 0  # at the end
        self._url, self._work, self._seconds, self._patience = url, work, seconds, patience
        self._trust = httpx.create_ssl_context()

    async def run(self) -> None:
        await self._ask_alone()
        end = monotonic() + self._seconds
        users = [self._user(number, task, end) for number, task in enumerate(self._work, 1)]
        async with self._visitor(0, Record(self._patience)) as watcher:
            await asyncio.gather(self._watch(watcher), *users)
            self.busy_slots = await _busy_slots(watcher)
            self.memory.append(await _memory(watcher))
        self.loaded.judge()

    def _visitor(self, number: int, record: Record) -> Visitor:
        return Visitor(self._url, number, self._trust, partial(record.timed, PANEL))

    async def _ask_alone(self) -> None:
        first = Record(self._patience)  # takes longer, so it does not count
        async with self._visitor(0, first) as visitor:
            await first.ask(visitor, self._work[0])
        for task in self._work:
            if task.kind == DROP:  # its work may go on for a while, beside the next
                continue
            async with self._visitor(0, self.alone) as visitor:
                for _ in range(1 if task.kind == DOCUMENT else ALONE_ROUNDS):
                    task.answer = await self.alone.ask(visitor, task) or []
        if any(len(task.answer) != len(task.lines) for task in self._work if task.kind not in (DROP, STOP)):
            sys.exit(f"A lone user gets no answer. {self.alone.losses.most_common()}")

    async def _user(self, number: int, task: Task, end: float) -> None:
        pauses = random.Random(number)
        async with self._visitor(number, self.loaded) as visitor:
            while monotonic() < end:
                await asyncio.sleep(pauses.uniform(0, 2))
                await self.loaded.ask(visitor, task)

    async def _watch(self, watcher: Visitor) -> None:
        for pause in (0, self._seconds / 2):
            await asyncio.sleep(pause)
            self.memory.append(await _memory(watcher))


async def _memory(watcher: Visitor) -> int:
    said = await watcher.send("POST", "/gradio_api/run/memory", json={"data": []}, timeout=None)
    return said.json()["data"][0]["process_ram"]


async def _busy_slots(watcher: Visitor) -> int:
    """How many slots work, when that is none or IDLE_SECONDS have passed."""
    end = monotonic() + IDLE_SECONDS
    while True:
        panel = (await watcher.live())["panel"]
        busy = int(re.search(r">(\d+) / \d+<", panel)[1])
        if not busy or monotonic() > end:
            return busy
        await asyncio.sleep(1)


def report(load: Load) -> str:
    """The table, with times in seconds, and what is beside it."""
    heads = ("count", "lost", "crossed", "differ", "refused", "p50", "p95", "max", "p50 alone", "p95 alone", "ratio")
    lines = ["".join([" " * 20, *(f"{head:>10}" for head in heads)])]
    for kind in (kind for kind in ROWS if kind in load.loaded.rows):
        row, alone = load.loaded.rows[kind], load.alone.rows[kind]
        counts = (row.count, row.lost, row.crossed, row.different, row.refused)
        times = [*map(row.percentile, (0.5, 0.95, 1)), *map(alone.percentile, (0.5, 0.95)), ratio(load, kind)]
        cells = [*map(str, counts), *("" if math.isnan(time) else f"{time:.2f}" for time in times)]
        lines.append("".join([f"{kind:20}", *(f"{cell:>10}" for cell in cells)]))
    memory = ", ".join(f"{size / 2**20:,.0f}" for size in load.memory)
    lines.append(f"Memory of the server at the start, in the middle, at the end: {memory} MiB")
    lines.append(f"Slots busy at the end: {load.busy_slots}")
    lines += [f"{count} × {what}" for what, count in load.loaded.losses.most_common(10)]
    return "\n".join(lines)


def ratio(load: Load, kind: str) -> float:
    """The 95th percentile under load by that of a lone user; NaN if there is none."""
    return load.loaded.rows[kind].percentile(0.95) / load.alone.rows[kind].percentile(0.95)


def failed(load: Load, limit: float) -> bool:
    """Whether anything was lost or crossed, took too long, or goes on."""
    amiss = any(row.lost or row.crossed for row in load.loaded.rows.values()) or load.busy_slots
    return bool(amiss) or any(ratio(load, kind) > limit for kind in HELD_TO_LIMIT)


@contextmanager
def served(precision: str | None) -> Iterator[str]:
    """The address of a server of hymt-mini's own, while it runs."""
    command = [sys.executable, "-m", "hymt", "serve", "--port", "0", "--no-cache"]
    command += ["--precision", precision] if precision else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield next(line.split()[1] for line in server.stdout if line.startswith("Open "))
        finally:
            server.terminate()


def main() -> int:
    about, _, more = __doc__.partition("\n")
    parser = argparse.ArgumentParser(description=about, epilog=more, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("url", nargs="?", help="of a running server that has nothing else to do")
    parser.add_argument("--users", type=int, default=50, help="at once (50)")
    parser.add_argument("--seconds", type=float, default=180, help="after these nobody asks again (180)")
    parser.add_argument("--documents", type=int, default=12, help="this many of the users have documents (12)")
    parser.add_argument("--lines", type=int, default=40, help="of a document and of what is stopped or dropped (40)")
    parser.add_argument("--precision", help="of the server that is started (what suits this machine)")
    parser.add_argument("--limit", type=float, default=10, help="of the ratio of sentences' 95th percentiles (10)")
    parser.add_argument("--patience", type=float, default=600, help="seconds until an answer is lost (600)")
    options = parser.parse_args()
    with nullcontext(options.url) if options.url else served(options.precision) as url:
        load = Load(url, tasks(options.users, options.documents, options.lines), options.seconds, options.patience)
        asyncio.run(load.run())
    print(report(load))
    return int(failed(load, options.limit))


if __name__ == "__main__":
    sys.exit(main())
