"""How many pages of a Word document a minute, and how much of the time is not the engine's.

    python tools/pages.py --pages 300 --to fr

A page is 30 short paragraphs here: headings, text with bold words and some in italics, lists and a table. The engine's
time is that in which it had something to compute, sampled every 5 ms.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from pathlib import Path

import docx

from hymt import Translator
from hymt.documents import read
from hymt.translation.files import FileJob

SENTENCES = """
The old house stands near the river.
My father built it when he was young.
In the evening we drink tea and talk about the day.
The children walk to school through the forest.
Every summer our friends visit us for two weeks.
Nobody knows who left the letter on the table.
The train to the city leaves at half past seven.
She reads the newspaper before breakfast.
We bought bread, cheese and three kilos of apples.
The doctor told him to stay in bed until Friday.
""".strip().split("\n")


def make(path: Path, pages: int) -> None:
    chance = random.Random(1)
    document = docx.Document()
    for page in range(pages):
        document.add_heading(f"Chapter {page + 1}: {chance.choice(SENTENCES)[:-1]}", 2)
        for number in range(20):
            paragraph = document.add_paragraph(style="List Bullet" if number % 5 == 4 else None)
            first, bold, *rest = chance.choice(SENTENCES).split(" ")
            paragraph.add_run(f"{number + 1} {first} ")
            paragraph.add_run(bold).bold = True
            paragraph.add_run(f" {' '.join(rest)} ")
            paragraph.add_run(chance.choice(SENTENCES)).italic = number % 3 == 0
        table = document.add_table(3, 3)
        for cell in (cell for row in table.rows for cell in row.cells):
            cell.text = f"{chance.choice(SENTENCES)} {page}"
    document.save(str(path))


class Busy:
    """For how many seconds an engine had something to compute."""

    def __init__(self, engine) -> None:
        self.seconds, self._engine, self._stop = 0.0, engine, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        last = time.perf_counter()
        while not self._stop.wait(0.005):
            now, status = time.perf_counter(), self._engine.status()
            self.seconds += now - last if status.busy_slots or status.waiting else 0
            last = now

    def stop(self) -> float:
        self._stop.set()
        self._thread.join()
        return self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--to", default="fr")
    parser.add_argument("--model")
    parser.add_argument("--precision")
    options = parser.parse_args()
    translator = Translator(options.model, options.precision)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.docx")
        make(path, options.pages)
        busy, began = Busy(translator.manager.current().engine), time.perf_counter()
        document = read(path)
        file = FileJob(document, translator.job(document.blocks, options.to, "en", translator.options(beams=1)))
        for _ in file.events():
            pass
        file.save(path.with_name("book.out.docx"))
        whole, engine = time.perf_counter() - began, busy.stop()
    print(
        f"{options.pages} pages, {len(document.blocks):,} blocks in {whole:.1f} s:"
        f" {options.pages / whole * 60:.0f} pages a minute, {1 - engine / whole:.1%} of the time not the engine's"
    )


if __name__ == "__main__":
    main()
