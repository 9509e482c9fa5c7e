"""`hymt serve`: the web page."""

from __future__ import annotations

import argparse
import os
import sys

from hymt.commands.values import ADAPTER, GPU_MEMORY, KERNELS_HELP, gibibytes
from hymt.engine.decoding import KERNELS
from hymt.errors import UserError
from hymt.service.permissions import CONTROL, MODELS

AUTH = "ask visitors for these. Other users of this machine see them in its list of processes: HYMT_AUTH is safer"
MODELS_HELP = (
    "what visitors may load: only the model of the start, those of the catalogue, or any hub id and folder "
    "(any on this machine alone, else catalogue)"
)
CONTROL_HELP = (
    "who may swap the model, compare precisions and set the memory limit: everyone, users who are signed in, or nobody "
    "(everyone on this machine alone, else users; nobody without --auth)"
)


def user_and_password(value: str) -> tuple[str, str]:
    from hymt.serving import credentials

    try:
        return credentials(value)
    except UserError:
        raise argparse.ArgumentTypeError("write it as USER:PASSWORD") from None


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
    made.add_argument("--auth", type=user_and_password, metavar="USER:PASSWORD", help=AUTH)
    made.add_argument("--models", choices=MODELS, help=MODELS_HELP)
    made.add_argument("--control", choices=CONTROL, help=CONTROL_HELP)
    return made


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    from hymt.hardware.limit import BadLimit
    from hymt.models.manager import SwapFailed
    from hymt.serving import credentials_from, serve
    from hymt.web.logs import set_up

    set_up()
    try:
        options.auth = options.auth or credentials_from(os.environ.get)
        serve(**vars(options))
    except (UserError, BadLimit, SwapFailed, OSError) as error:
        print(f"hymt: {error}", file=sys.stderr)
        return 1
    return 0
