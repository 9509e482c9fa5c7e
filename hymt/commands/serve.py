"""`hymt serve`: the web page."""

from __future__ import annotations

import argparse
import os

from hymt.commands.refusals import Parser, argument, attempt
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
CACHE_HELP = (
    "keep what documents are translated as on this machine, so that one that is uploaded again goes on "
    "(on this machine alone, else not): see `hymt cache`"
)


def user_and_password(value: str) -> tuple[str, str]:
    """ "USER:PASSWORD" → both. Raises UserError."""
    from hymt.serving import credentials

    try:
        return credentials(value)
    except UserError:
        raise UserError("bad_auth") from None


def port(value: str) -> int:
    """A port's number. Raises UserError."""
    from hymt.serving import read_port

    return read_port(value)


def parser() -> Parser:
    parser = Parser("hymt serve", description="Open the web page.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all (%(default)s)")
    parser.add_argument("--port", type=argument(port), help="port to listen on (HYMT_PORT, or 7860)")
    parser.add_argument("--model", metavar="ID|PATH", help="a catalogue name, a hub id or a folder (hymt-mini)")
    parser.add_argument("--adapter", metavar="ID|PATH", help=ADAPTER)
    parser.add_argument("--precision", metavar="P", help="fp32, bf16, fp16, int8 or nf4 (what suits this machine)")
    parser.add_argument("--gpu-memory", type=gibibytes, metavar="GIB", help=GPU_MEMORY)
    parser.add_argument("--kernels", choices=KERNELS, default=KERNELS[0], help=KERNELS_HELP)
    parser.add_argument("--share", action="store_true", help="make a public link by Gradio's tunnel")
    parser.add_argument("--auth", type=argument(user_and_password), metavar="USER:PASSWORD", help=AUTH)
    parser.add_argument("--models", choices=MODELS, help=MODELS_HELP)
    parser.add_argument("--control", choices=CONTROL, help=CONTROL_HELP)
    parser.add_argument("--cache", action=argparse.BooleanOptionalAction, help=CACHE_HELP)
    return parser


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    from hymt.serving import credentials_from, port_from, serve
    from hymt.web.logs import set_up

    set_up()

    def run() -> int:
        if options.port is None:
            options.port = port_from(os.environ.get)
        options.auth = options.auth or credentials_from(os.environ.get)
        serve(**vars(options))
        return 0

    return attempt(run)
