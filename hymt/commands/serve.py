"""`hymt serve`: the web page."""

from __future__ import annotations

import argparse
import logging
import sys

from hymt.commands.values import ADAPTER, GPU_MEMORY, KERNELS_HELP, gibibytes
from hymt.engine.decoding import KERNELS
from hymt.service.permissions import CONTROL, MODELS

MODELS_HELP = (
    "what visitors may load: only the model of the start, those of the catalogue, or any hub id and folder "
    "(any on this machine alone, else catalogue)"
)
CONTROL_HELP = (
    "who may swap the model, compare precisions and set the memory limit: everyone, users who are signed in, or nobody "
    "(everyone on this machine alone, else users; nobody without --auth)"
)


def credentials(value: str) -> tuple[str, str]:
    user, colon, password = value.partition(":")
    if not (user and colon and password):
        raise argparse.ArgumentTypeError("write it as USER:PASSWORD")
    return user, password


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser("hymt serve", description="Open the web page.")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all (%(default)s)")
    made.add_argument("--port", type=int, default=7860, help="port to listen on (%(default)s)")
    made.add_argument("--model", metavar="ID|PATH", help="a catalogue name, a hub id or a folder (hymt-mini)")
    made.add_argument("--adapter", metavar="ID|PATH", help=ADAPTER)
    made.add_argument("--precision", metavar="P", help="fp32, bf16, fp16, int8 or nf4 (what suits this machine)")
    made.add_argument("--gpu-memory", type=gibibytes, metavar="GIB", help=GPU_MEMORY)
    made.add_argument("--kernels", choices=KERNELS, default=KERNELS[0], help=KERNELS_HELP)
    made.add_argument("--share", action="store_true", help="make a public link by Gradio's tunnel")
    made.add_argument("--auth", type=credentials, metavar="USER:PASSWORD", help="ask visitors for these")
    made.add_argument("--models", choices=MODELS, help=MODELS_HELP)
    made.add_argument("--control", choices=CONTROL, help=CONTROL_HELP)
    return made


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    from hymt.errors import UserError
    from hymt.hardware.limit import BadLimit
    from hymt.models.manager import SwapFailed
    from hymt.ui.serve import serve

    try:
        serve(**vars(options))
    except (BadLimit, SwapFailed, UserError, OSError) as error:
        print(f"hymt: {error}", file=sys.stderr)
        return 1
    return 0
