"""`hymt compare`: the same texts through several precisions; only the table or the JSON goes to standard output."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from hymt.commands.refusals import Parser, argument, attempt, locale
from hymt.commands.values import GPU_MEMORY, KERNELS_HELP, check_variant, gibibytes
from hymt.engine.decoding import KERNELS, Decoding
from hymt.errors import Sentence, UserError


def precisions(value: str) -> tuple[str, ...]:
    """ "fp32,int8" → the names. Raises UserError that lists them."""
    from hymt.models.precision import find_precision

    return tuple(dict.fromkeys(find_precision(name).name for name in value.split(",")))


def parser() -> Parser:
    parser = Parser(
        "hymt compare",
        description="Translate the same texts at several precisions, one after another: what each costs, and what it "
        "changes. Without --file on a few everyday sentences of its own, in English or Chinese.",
    )
    parser.add_argument(
        "--precisions",
        type=argument(precisions),
        default="fp32,fp16,int8,nf4",
        metavar="P,...",
        help="of fp32, bf16, fp16, int8 and nf4; the others are scored against the first, or fp32 (%(default)s)",
    )
    parser.add_argument("--file", metavar="PATH", help="translate this file's lines; - for standard input")
    parser.add_argument("--reference", metavar="PATH", help="a translation of each line, to score against as well")
    parser.add_argument("--from", dest="source", metavar="LANG", help="source language (detected)")
    parser.add_argument("--to", metavar="LANG", help="target language (en; zh from English)")
    parser.add_argument("--model", metavar="ID|PATH", help="a catalogue name, a hub id or a folder (hymt-mini)")
    parser.add_argument("--gpu-memory", type=gibibytes, metavar="GIB", help=GPU_MEMORY)
    parser.add_argument("--kernels", choices=KERNELS, default=KERNELS[0], help=KERNELS_HELP)
    parser.add_argument("--beams", type=int, metavar="N", help="beam search with 1 to 8 beams (what suits the model)")
    parser.add_argument(
        "--json", dest="as_json", action="store_true", help="print one JSON object, translations included"
    )
    parser.add_argument("--out", metavar="PATH", help="write an HTML page with the texts side by side to this file")
    return parser


def main(arguments: list[str]) -> int:
    options = vars(parser().parse_args(arguments))
    if options["reference"] and not options["file"]:
        parser().refuse("reference_without_file")
    logging.basicConfig(level=logging.CRITICAL, format="hymt: %(message)s")  # a failure is told by its row
    logging.getLogger("hymt.hardware").setLevel(logging.WARNING)  # a limit that is above the card's size
    return attempt(lambda: compare(**options), as_json=options["as_json"])


def compare(precisions, file, reference, source, to, model, gpu_memory, kernels, beams, as_json, out) -> int:
    """Compare and deliver; the exit status is 0, or 1 if nothing could be measured or it ended too early."""
    from hymt.documents.whole import check_destination

    if out:
        check_destination(Path(out), file, reference)
    found = check_variant(model, None)
    if beams is not None:
        Decoding(beams=beams)
    lines, wanted, source, to = _texts(file, reference, source, to, found)

    from hymt.compare.comparison import Comparison
    from hymt.models.manager import ModelManager
    from hymt.translation.translator import Translator

    translator = Translator(manager=ModelManager(gpu_memory=gpu_memory, kernels=kernels))
    options = translator.options(beams=beams)
    chosen = {"precisions": precisions, "model": model or "hymt-mini", "options": options, "reference": wanted}
    comparison = Comparison(translator, lines, to, source, **chosen)
    ended = _follow(comparison)
    report = ended.report
    if report.rows:
        _deliver(report, as_json, out)
    if ended.failure:
        print(f"hymt: {ended.failure.say(locale())}", file=sys.stderr)
    if ended.stopped:
        print("hymt: stopped; what was measured is kept", file=sys.stderr)
        return 130
    return int(ended.failure is not None or report.baseline is None)


def _texts(file, reference, source, to, model) -> tuple[list[str], list[str], str, str]:
    """The lines, a reference of them, and the languages' codes; read before a model is loaded."""
    from hymt.compare import samples
    from hymt.text import languages
    from hymt.translation.asking import detected

    source = languages.find(source).code if source else None
    to = languages.find(to).code if to else None
    if file:
        lines = _standard_input() if file == "-" else _lines(file)
        source = source or detected("\n".join(lines), model)
        return lines, _lines(reference) if reference else [], source, to or samples.other(source)
    if source and source not in samples.SAMPLES:
        raise UserError("no_samples", language=languages.LANGUAGES[source])
    source, to = samples.samples(source, to)
    return list(samples.SAMPLES[source]), list(samples.SAMPLES.get(to, ())), source, to


def _lines(path: str) -> list[str]:
    from hymt import documents

    return [block.text for block in documents.read(Path(path)).blocks]


def _standard_input() -> list[str]:
    """What is piped in, in whatever encoding a text file may have."""
    from hymt.documents.encoding import decode
    from hymt.text.blocks import clean, split_lines

    text = clean(decode(sys.stdin.buffer.read(), Sentence("standard_input"))[0])[0]
    return [block.text for block in split_lines(text, "keep").blocks]


def _follow(comparison):
    """Run a comparison to its end; Ctrl+C stops it, and what is measured is kept."""
    from hymt.compare.comparison import Ended

    events = comparison.events()
    last = None
    try:
        for last in events:
            _tell(last)
        return last
    except KeyboardInterrupt:
        events.close()
        return Ended(comparison.report, stopped=True)


def _tell(event) -> None:
    """A line on standard error for each step; what moves within one, on a terminal only."""
    from hymt.compare import comparison, table

    live = sys.stderr.isatty()
    match event:
        case comparison.Loading(swap=swap) if live:
            _rewrite(event, swap.stage)
        case comparison.Translating() if live:
            _rewrite(event, "translating")
        case comparison.Measured(report=report):
            row = report.rows[-1]
            cells = {name: shown for name, shown in table.cells(row).items() if shown}
            named = [f"{table.HEADS[name]} {shown}" for name, shown in cells.items() if name != "precision"]
            line = ", ".join([cells["precision"], *named, *filter(None, [table.note(row)])])
            print(f"\r{line}" if live else line, file=sys.stderr)


def _rewrite(event, stage: str) -> None:
    from hymt.compare.table import label

    print(f"\r{event.fraction:4.0%} {label(event.precision)}: {stage:<12}", end="", file=sys.stderr, flush=True)


def _deliver(report, as_json: bool, out: str | None) -> None:
    from hymt.compare import table
    from hymt.compare.page import page
    from hymt.documents.whole import write_whole

    if out:
        write_whole(Path(out), page(report))
    print(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else table.text(report), flush=True)
