"""`hymt finetune`: teach a model a domain from pairs of sentences; the result is an adapter or a model of its own."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

from hymt.commands.refusals import Parser, attempt
from hymt.commands.values import GPU_MEMORY, gibibytes
from hymt.finetune.settings import LEARNING_RATES, METHODS, Settings

DEFAULTS = Settings("", "", "")


def parser() -> Parser:
    parser = Parser(
        "hymt finetune",
        description="Fine-tune a model on pairs of sentences: a LoRA adapter for --adapter, or a whole model.",
    )
    parser.add_argument("model", metavar="MODEL", help="a catalogue name, a hub id or a folder")
    parser.add_argument(
        "data", type=Path, metavar="DATA", help='TSV (source, tab, target), or .jsonl with "source" and "target"'
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to make")
    parser.add_argument("--from", dest="source", required=True, metavar="LANG", help="source language: code or name")
    parser.add_argument("--to", dest="target", required=True, metavar="LANG", help="target language")
    parser.add_argument("--method", choices=METHODS, default=DEFAULTS.method, help="(%(default)s)")
    parser.add_argument(
        "--precision",
        metavar="P",
        help="of a frozen base, or of computing: bf16, fp16, fp32; int8 or nf4 for QLoRA (bf16 or fp16 on a GPU)",
    )
    parser.add_argument(
        "--gradient-checkpointing", action="store_true", help="compute activations anew: less memory, slower"
    )
    parser.add_argument("--epochs", type=float, metavar="N", help=f"times through the pairs ({DEFAULTS.epochs:g})")
    parser.add_argument("--steps", type=int, metavar="N", help="optimiser's steps, instead of --epochs")
    rates = ", ".join(f"{rate:g} for {method}" for method, rate in LEARNING_RATES.items())
    parser.add_argument("--learning-rate", type=float, metavar="X", help=f"its highest value ({rates})")
    numbers = {
        "--batch-size": "pairs at once",
        "--accumulate": "batches a step",
        "--rank": "of LoRA's matrices",
        "--alpha": "LoRA's change is scaled by alpha / rank",
        "--max-tokens": "longer pairs are left out: prompt and answer together",
        "--save-every": "steps between checkpoints to resume from, 0 for none",
        "--seed": "of the split, of LoRA's start and of the order",
    }
    for name, what in numbers.items():
        default = getattr(DEFAULTS, name[2:].replace("-", "_"))
        parser.add_argument(name, type=int, metavar="N", help=f"{what} ({default})")
    held_out = parser.add_mutually_exclusive_group()
    held_out.add_argument("--eval-data", type=Path, metavar="FILE", help="pairs to score before and after")
    held_out.add_argument(
        "--eval-share",
        type=float,
        metavar="X",
        help=f"hold out this share of the pairs instead ({DEFAULTS.eval_share})",
    )
    parser.add_argument("--gpu-memory", type=gibibytes, metavar="GIB", help=GPU_MEMORY)
    parser.add_argument("--resume", action="store_true", help="go on with the unfinished run in OUT, if there is one")
    parser.add_argument("--json", dest="as_json", action="store_true", help="print the report as one JSON object")
    return parser


def main(arguments: list[str]) -> int:
    options = vars(parser().parse_args(arguments))
    logging.basicConfig(level=logging.CRITICAL, format="hymt: %(message)s")
    stopped = "stopped; the same command with --resume goes on from the last checkpoint"
    return attempt(lambda: finetune(**options), stopped)


def finetune(data, out, eval_data, gpu_memory, resume, as_json, source, target, method, **chosen) -> int:
    """Train and print the report; the exit status is 0."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from hymt.text import languages

    source, target = languages.find(source).code, languages.find(target).code
    chosen = {name: value for name, value in chosen.items() if value is not None}
    chosen.setdefault("learning_rate", LEARNING_RATES[method])
    chosen.setdefault("precision", "")
    settings = Settings(chosen.pop("model"), source, target, method, **chosen)
    _quiet()
    from hymt.finetune.run import finetune as run

    report = run(
        data, out, settings, eval_data, resume, gpu_memory, lambda line: print(line, file=sys.stderr, flush=True)
    )
    print(json.dumps(report, ensure_ascii=False) if as_json else summary(report, out), flush=True)
    return 0


def summary(report: dict, out: Path) -> str:
    """The report in a few lines."""
    lines = [
        f"{report['steps']} steps, {report['tokens']:,} tokens in {report['seconds']:.1f} s "
        f"({report['tokens_per_second']:,.0f} tokens/s), loss {report['first_loss']:.3f} → {report['last_loss']:.3f}"
    ]
    for example in report.get("examples", []):
        lines += ["", *(f"{name:>9}  {text}" for name, text in example.items())]
    if "chrf_after" in report:
        lines += ["", f"chrF of {report['held_out']} held-out pairs: {report['chrf_before']} → {report['chrf_after']}"]
    option = "--adapter" if report["settings"]["method"] == "lora" else "--model"
    settings = report["settings"]
    lines.append(f'{out}: hymt translate "…" --from {settings["source"]} --to {settings["target"]} {option} {out}')
    return "\n".join(lines)


def _quiet() -> None:
    """transformers' loading bars and warnings would run into the progress lines."""
    import warnings

    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    warnings.filterwarnings("ignore")
