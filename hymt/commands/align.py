"""`hymt align`: find the attention head that tells which word became which, by which tags come back at their words."""

from __future__ import annotations

import json
from dataclasses import asdict

from hymt.commands.refusals import Parser, attempt
from hymt.commands.values import check_variant

SHOWN = 5


def parser() -> Parser:
    parser = Parser(
        "hymt align",
        description="Find the attention head of a model that looks at the word which is being translated. With it "
        "bold words, links and other tags are put where their words went; without, the model is given them as "
        "numbers.",
        epilog="Known models have theirs; for another one put the last line into hymt.json in its folder.",
    )
    parser.add_argument("--model", metavar="ID|PATH", help="a catalogue name, a hub id or a folder (the small one)")
    parser.add_argument("--precision", metavar="P", help="fp32, bf16, fp16, int8 or nf4 (what suits this machine)")
    parser.add_argument("--json", dest="as_json", action="store_true", help="print all heads as JSON")
    return parser


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    return attempt(lambda: align(**vars(options)), as_json=options.as_json)


def align(model, precision, as_json) -> int:
    """Print the best heads; the exit status is 0. Raises UserError."""
    check_variant(model, precision)
    from hymt.commands.progress import Line
    from hymt.translation.heads import find_heads
    from hymt.translation.translator import Translator

    translator, line = Translator(model, precision), Line()
    try:
        found = find_heads(translator, lambda fraction: line.say(f"{fraction:.0%}"))
        line.say("")
    finally:
        translator.close()
    best = found[0]
    if as_json:
        print(json.dumps([asdict(one) for one in found]))
    else:
        print("layer  head   copied words found")
        for one in found[:SHOWN]:
            print(f"{one.layer:>5}{one.head:>6}{one.right / one.words:>12.1%} of {one.words}")
        print(f'"alignment_head": [{best.layer}, {best.head}]')
    return 0
