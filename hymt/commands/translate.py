"""`hymt translate`: a text, a file or standard input; only the translation goes to standard output."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import get_args

from hymt.commands.progress import Line
from hymt.commands.refusals import Parser, attempt, locale
from hymt.commands.results import check_destination
from hymt.commands.values import ADAPTER, GPU_MEMORY, KERNELS_HELP, check_variant, gibibytes
from hymt.engine.decoding import KERNELS, Decoding
from hymt.errors import Sentence, UserError
from hymt.text import detection
from hymt.text.wrapping import Lines
from hymt.translation.events import check_not_empty


def parser() -> Parser:
    from hymt.documents import SUFFIXES

    parser = Parser("hymt translate", description="Translate a text, a file or standard input.")
    parser.add_argument(
        "text", nargs="?", metavar="TEXT", help="the text; standard input if neither it nor --file is given"
    )
    parser.add_argument("--file", metavar="PATH", help=f"translate this file ({', '.join(SUFFIXES)})")
    parser.add_argument("--out", metavar="PATH", help="write the translation to this file")
    parser.add_argument(
        "--to", required=True, metavar="LANG", help="target language: a code or a name (en, zh, French)"
    )
    parser.add_argument("--from", dest="source", default="auto", metavar="LANG", help="source language (detected)")
    parser.add_argument("--model", metavar="ID|PATH", help="a catalogue name, a hub id or a folder (hymt-mini)")
    parser.add_argument("--adapter", metavar="ID|PATH", help=ADAPTER)
    parser.add_argument("--precision", metavar="P", help="fp32, bf16, fp16, int8 or nf4 (what suits this machine)")
    parser.add_argument("--gpu-memory", type=gibibytes, metavar="GIB", help=GPU_MEMORY)
    parser.add_argument("--kernels", choices=KERNELS, default=KERNELS[0], help=KERNELS_HELP)
    parser.add_argument("--beams", type=int, metavar="N", help="beam search with 1 to 8 beams (what suits the model)")
    parser.add_argument(
        "--lines",
        choices=get_args(Lines),
        default="auto",
        help="join the lines of a paragraph, keep them, or join those that look wrapped at a width (%(default)s)",
    )
    parser.add_argument(
        "--json",
        dest="as_json",
        action="store_true",
        help="print one JSON object with the text and its figures",
    )
    return parser


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.text is not None and options.file is not None:
        parser().refuse("text_or_file")
    logging.basicConfig(level=logging.ERROR, format="hymt: %(message)s")
    logging.getLogger("hymt.hardware").setLevel(logging.WARNING)  # a limit that is above the card's size
    return attempt(lambda: translate(**vars(options)), as_json=options.as_json)


def translate(
    text, file, out, to, source, model, adapter, precision, gpu_memory, kernels, beams, lines, as_json
) -> int:
    """Translate; returns the exit status: 0, or 1 if only a part was translated (which is kept)."""
    _check(to, source, model, adapter, precision, beams)
    if out:
        check_destination(Path(out), file)
    document = _document(file, out, lines)
    if document is None:
        text = _standard_input() if text is None else text
        check_not_empty(text)
    if source == "auto":
        threading.Thread(target=detection.prepare, daemon=True).start()

    from hymt.translation.translator import Translator

    show = _Progress()
    show.say(f"Loading {adapter or model or 'hymt-mini'} …")
    translator = Translator(model, precision, adapter=adapter, gpu_memory=gpu_memory, kernels=kernels)
    chosen = translator.manager.current().plan
    if gpu_memory or chosen.spread:
        show.note(f"hymt: {chosen.reason.say(locale())}")
    if document is not None:
        for note in document.notes:
            show.note(f"hymt: {note.say(locale())}")
        job = translator.job(document.blocks, to, source, translator.options(beams=beams))
        write: Callable[[Sequence[str]], str | bytes] = partial(document.write, target=job.target)
    else:
        started = translator.start(text, to, source, beams=beams, lines=lines)
        job, write = started.job, started.skeleton.fill
    last = _follow(job, show)
    _deliver(write(job.best()), last.figures, out, as_json)
    return show.conclude(last)


def _check(to: str, source: str, model, adapter, precision, beams) -> None:
    """Refuse what the words alone tell is wrong, before a model is loaded, which takes seconds to minutes."""
    from hymt.models.catalogue import adapted
    from hymt.text import languages
    from hymt.translation.asking import check_known

    codes = [languages.find(name).code for name in (to, source) if name != "auto"]
    if beams is not None:
        Decoding(beams=beams)
    found = check_variant(adapted(model, adapter), precision)
    if found.shape:  # else its files tell which languages it has
        check_known(found, *codes)


def _document(file: str | None, out: str | None, lines: Lines):
    """The file's document, read before a model is loaded: a file that cannot be used is refused at once."""
    if file is None:
        return None
    from hymt import documents

    if not out and Path(file).suffix.lower() in documents.PACKED:
        raise UserError("out_wanted", name=Path(file).name)
    return documents.read(Path(file), lines=lines)


def _standard_input() -> str:
    """What is piped in, in whatever encoding a text file may have."""
    from hymt.documents.encoding import decode

    return decode(sys.stdin.buffer.read(), Sentence("standard_input"))[0]


def _follow(job, show: _Progress):
    """Run a job to its end; Ctrl+C stops it, and what is done is kept."""
    last = None
    events = job.events()
    while True:
        try:
            for last in events:
                show.progress(last)
            return last
        except KeyboardInterrupt:
            from hymt.translation.events import Stopped

            events.close()
            return Stopped(job.figures())


def _deliver(translation: str | bytes, figures, out: str | None, as_json: bool) -> None:
    data = translation.encode() if isinstance(translation, str) else translation
    if out:
        from hymt.documents.whole import write_whole

        write_whole(Path(out), data)
    text = _text_of(data)
    if as_json:
        shown = {} if text is None else {"text": text}
        print(json.dumps(shown | figures.as_dict(), ensure_ascii=False))
    elif text is None and not out:
        sys.stdout.buffer.write(data)
    elif text is not None and not out:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def _text_of(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:  # a document in an encoding of its own, or none
        return None


def _amount(count: int, noun: str) -> str:
    """ "1 chunk", "2 chunks"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class _Progress(Line):
    """A job's events on one line of standard error, and its figures at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._noted_at = 0.0

    def progress(self, event) -> None:
        if getattr(event, "fraction", None) is None or time.monotonic() - self._noted_at < 0.2:
            return
        self._noted_at = time.monotonic()
        left = f", {event.remaining_seconds:.0f} s left" if event.remaining_seconds is not None else ""
        self.say(f"{event.fraction:4.0%}, {event.figures.tokens} tokens{left}")

    def conclude(self, last) -> int:
        from hymt.translation.events import Done, Failed

        figures = last.figures
        if isinstance(last, Done) and not figures.chunks:
            self.note("There are no words in it to translate: it stays as it is.")
            return 0
        line = (
            f"{figures.source} → {figures.target}, {_amount(figures.chunks, 'chunk')}, "
            f"{_amount(figures.tokens, 'token')} in {figures.seconds:.1f} s "
            f"({figures.tokens_per_second:.0f} tokens/s), {figures.model} {figures.precision}"
        )
        self.note(line)
        if figures.truncated:
            cut = _amount(figures.truncated, "chunk")
            print(f"hymt: {cut} met the limit of length; the translation there may be cut", file=sys.stderr)
        if isinstance(last, Done):
            return 0
        reason = last.error if isinstance(last, Failed) else Sentence("stopped_by_user")
        print(f"hymt: {UserError('partly_translated', reason=reason).say(locale())}", file=sys.stderr)
        return 1
