"""`hymt translate`: a text, files or standard input; of a text only the translation goes to standard output."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from hymt.commands.progress import JobLine, Line
from hymt.commands.refusals import Parser, attempt, locale
from hymt.commands.values import ADAPTER, GPU_MEMORY, KERNELS_HELP, check_variant, gibibytes
from hymt.engine.decoding import KERNELS, Decoding
from hymt.errors import Sentence, UserError
from hymt.text import detection
from hymt.text.wrapping import Lines
from hymt.translation.events import check_not_empty

if TYPE_CHECKING:
    from hymt.translation.journal import Journal

CACHE_HELP = "keep nothing of a file on this machine, by which it would go on where it was stopped: see `hymt cache`"


def parser() -> Parser:
    from hymt.documents import SUFFIXES
    from hymt.documents.bilingual import KINDS

    parser = Parser("hymt translate", description="Translate a text, files or standard input.")
    parser.add_argument("text", nargs="?", metavar="TEXT", help="the text; standard input without it and --file")
    parser.add_argument(
        "--file",
        nargs="+",
        action="extend",
        metavar="PATH",
        help=f"translate this file ({', '.join(SUFFIXES)}); of several, a folder or a pattern such as 'docs/*.md' "
        "those that have no translation yet or an older one",
    )
    parser.add_argument(
        "--out", metavar="PATH", help="write the translation to this file; those of several, to this folder"
    )
    parser.add_argument(
        "--bilingual",
        choices=KINDS,
        metavar="KIND",
        help=f"also write both languages, beside --out, as one of {', '.join(KINDS)}",
    )
    parser.add_argument("--force", action="store_true", help="of several files, translate also what is up to date")
    parser.add_argument("--to", required=True, metavar="LANG", help="target language: a code or name (en, zh, French)")
    parser.add_argument("--from", dest="source", default="auto", metavar="LANG", help="source language (detected)")
    parser.add_argument("--model", metavar="ID|PATH", help="a catalogue name, a hub id or a folder (hymt-mini)")
    parser.add_argument("--adapter", metavar="ID|PATH", help=ADAPTER)
    parser.add_argument("--precision", metavar="P", help="fp32, bf16, fp16, int8 or nf4 (what suits this machine)")
    parser.add_argument("--gpu-memory", type=gibibytes, metavar="GIB", help=GPU_MEMORY)
    parser.add_argument("--kernels", choices=KERNELS, default=KERNELS[0], help=KERNELS_HELP)
    parser.add_argument("--beams", type=int, metavar="N", help="beam search with 1 to 8 beams (what suits the model)")
    parser.add_argument("--glossary", metavar="PATH", help="terms and their translations: CSV, TSV or TBX")
    parser.add_argument(
        "--lines",
        choices=get_args(Lines),
        default="auto",
        help="join the lines of a paragraph, keep them, or join those that look wrapped at a width (%(default)s)",
    )
    parser.add_argument("--markdown", action="store_true", help="the text is Markdown (of files the suffix tells)")
    parser.add_argument("--no-cache", dest="cache", action="store_false", help=CACHE_HELP)
    parser.add_argument(
        "--json",
        dest="as_json",
        action="store_true",
        help="print one JSON object with the text and its figures, or with what became of several files",
    )
    return parser


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.text is not None and options.file is not None:
        parser().refuse("text_or_file")
    if options.bilingual and not (options.file and options.out):
        parser().refuse("bilingual_without_file")
    logging.basicConfig(level=logging.ERROR, format="hymt: %(message)s")
    logging.getLogger("hymt.hardware").setLevel(logging.WARNING)  # a limit that is above the card's size
    return attempt(lambda: translate(options), as_json=options.as_json)


def translate(options: argparse.Namespace) -> int:
    """Translate; returns the exit status: 0, or 1 if only a part was translated (which is kept)."""
    from hymt.commands.sources import are_several

    _check(options)
    if not options.file:
        return _text(options)
    if are_several(options.file, options.out):
        return _files(options)
    return _file(options, Path(options.file[0]))


def _check(options: argparse.Namespace) -> None:
    """Refuse what the words alone tell is wrong, before a model is loaded, which takes seconds to minutes."""
    from hymt.models.catalogue import adapted
    from hymt.text import languages
    from hymt.translation.asking import check_known

    codes = [languages.find(name).code for name in (options.to, options.source) if name != "auto"]
    if options.beams is not None:
        Decoding(beams=options.beams)
    if options.glossary is not None:
        options.glossary = _glossary(options)
    found = check_variant(adapted(options.model, options.adapter), options.precision)
    if found.shape:  # else its files tell which languages it has
        check_known(found, *codes)


def _glossary(options: argparse.Namespace):
    """The terms, if they are of the languages that are given."""
    from hymt.documents import glossaries
    from hymt.text import languages

    found = glossaries.read(options.glossary)
    if options.source != "auto":
        found.between(*(languages.find(name).code for name in (options.source, options.to)))
    return found


def _text(options: argparse.Namespace) -> int:
    from hymt.documents.whole import check_destination

    if options.out:
        check_destination(Path(options.out))
    text = _standard_input() if options.text is None else options.text
    check_not_empty(text)
    show = JobLine()
    translator = _translator(options, show)
    asked = {"beams": options.beams, "glossary": options.glossary, "lines": options.lines}
    form = "markdown" if options.markdown else "text"
    started = translator.start(text, options.to, options.source, form=form, **asked)
    last = _follow(started.job, show)
    _deliver(started.skeleton.fill(started.job.best()).encode("utf-8", "replace"), last.figures, options)
    return show.conclude(last, options.source == "auto")


def _file(options: argparse.Namespace, path: Path) -> int:
    """The document is read before a model is loaded: a file that cannot be used is refused at once."""
    from hymt import documents
    from hymt.documents import bilingual
    from hymt.documents.whole import check_destination, write_whole
    from hymt.translation.files import FileJob

    out, kind = Path(options.out) if options.out else None, options.bilingual
    if not out and path.suffix.lower() in documents.PACKED:
        raise UserError("out_wanted", name=path.name)
    written = documents.suffix_of_translation(path)
    if out and out.suffix.lower() == path.suffix.lower() != written.lower():
        raise UserError("out_of_another_kind", name=path.name, suffix=written)
    if kind:
        bilingual.check(kind, path.name)
    both = bilingual.beside(kind, out) if out and kind else None
    for result in filter(None, (out, both)):
        check_destination(result, path)
    document = documents.read(path, lines=options.lines)
    show = JobLine()
    translator = _translator(options, show)
    for note in document.notes:
        show.note(f"hymt: {note.say(locale())}")
    asked = translator.options(beams=options.beams, glossary=options.glossary)
    journal = _journal(options, show)
    file = FileJob(document, translator.job(document.blocks, options.to, options.source, asked, journal=journal))
    last = _follow(file.job, show)
    _deliver(file.translation(), last.figures, options)
    if both:
        write_whole(both, file.bilingual(kind))
    for remark in file.remarks():
        show.note(f"hymt: {remark.say(locale())}")
    return show.conclude(last, options.source == "auto")


def _files(options: argparse.Namespace) -> int:
    from hymt.commands import batch, sources
    from hymt.commands.results import make_folder

    tasks = sources.tasks(options.file, options.out, options.bilingual)
    make_folder(Path(options.out))
    show = JobLine()
    asked = batch.Asked(options.to, options.source, options.lines, options.beams, options.bilingual, options.glossary)
    running = batch.Batch(lambda: _translator(options, show), asked, show, _journal(options, show))
    status = batch.conclude(running.run(tasks, options.force), show, options.as_json)
    return 130 if running.stopped else status


def _translator(options: argparse.Namespace, show: JobLine):
    """The model that was asked for, loaded."""
    from hymt.translation.translator import Translator

    model, adapter, memory = options.model, options.adapter, options.gpu_memory
    show.say(f"Loading {adapter or model or 'hymt-mini'} …")
    if options.source == "auto":
        threading.Thread(target=detection.prepare, daemon=True).start()
    translator = Translator(model, options.precision, adapter=adapter, gpu_memory=memory, kernels=options.kernels)
    chosen = translator.manager.current().plan
    if memory or chosen.spread:
        show.note(f"hymt: {chosen.reason.say(locale())}")
    return translator


def _journal(options: argparse.Namespace, show: Line) -> Journal | None:
    """What is kept of files, unless nobody wants that."""
    from hymt.translation.journal import Journal

    return Journal.of_user(lambda error: show.note(f"hymt: {error.say(locale())}")) if options.cache else None


def _standard_input() -> str:
    """What is piped in, in whatever encoding a text file may have."""
    from hymt.documents.encoding import decode

    return decode(sys.stdin.buffer.read(), Sentence("standard_input"))[0]


def _follow(job, show: JobLine):
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


def _deliver(data: bytes, figures, options: argparse.Namespace) -> None:
    if options.out:
        from hymt.documents.whole import write_whole

        write_whole(Path(options.out), data)
    text = _text_of(data)
    if options.as_json:
        shown = {} if text is None else {"text": text}
        print(json.dumps(shown | figures.as_dict(), ensure_ascii=False))
    elif text is None and not options.out:
        sys.stdout.buffer.write(data)
    elif text is not None and not options.out:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def _text_of(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:  # a document in an encoding of its own, or none
        return None
