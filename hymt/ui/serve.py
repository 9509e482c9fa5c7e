"""Launching the page, from the command line or from the environment of a Space."""

from __future__ import annotations

import os
import socket
import sys

from hymt.engine.decoding import FUSED, REFERENCE
from hymt.errors import UserError
from hymt.hardware.limit import BadLimit, parse_gib
from hymt.models.catalogue import adapted
from hymt.models.manager import SwapFailed
from hymt.service.permissions import Permissions
from hymt.ui.services import Services

MAX_UPLOAD = "64mb"  # a backstop; what is over the documents' own limit is refused with advice


def launch_options() -> dict:
    """What every launch of the page shares, tests included."""
    from hymt.ui.theme import CSS, theme

    return {
        "theme": theme(),
        "css": CSS,
        "max_file_size": MAX_UPLOAD,
        "run_history": False,
        "footer_links": ["api", "settings"],
        "ssr_mode": False,
        "show_error": False,
    }


def serve(
    host: str = "127.0.0.1",
    port: int = 7860,
    model: str | None = None,
    precision: str | None = None,
    gpu_memory: float | None = None,
    kernels: str = FUSED,
    share: bool = False,
    auth: tuple[str, str] | None = None,
    adapter: str | None = None,
    models: str | None = None,
    control: str | None = None,
) -> None:
    """Load a model and serve the page until it is interrupted. Raises OSError if the port is taken, SwapFailed.

    `gpu_memory` is the memory limit in GiB; BadLimit is raised for one that cannot be. `models` and `control` say what
    visitors may load and who may; see `Permissions.usual`.
    """
    _check_port(host, port)
    wanted = adapted(model, adapter)
    print(f"Loading {wanted or 'hymt-mini'} …", flush=True)
    permissions = Permissions.usual(host, share, bool(auth), models, control)
    services = Services.start(wanted, precision, gpu_memory, kernels, permissions)
    loaded = services.manager.loaded
    print(
        f"{loaded.model.name} in {loaded.precision.label} on {services.manager.device.name} is ready.",
        flush=True,
    )
    print(f"{loaded.plan.reason}.", flush=True)
    if share and not auth:
        print("Anyone who has the link can use this machine: think of --auth USER:PASSWORD.", flush=True)
    from hymt.ui.demo import build_demo  # Gradio takes seconds: after what is refused without it

    demo = build_demo(services)
    demo.queue(max_size=256)
    try:
        demo.launch(server_name=host, server_port=port, share=share, auth=auth, **launch_options())
    finally:
        services.close()


def _check_port(host: str, port: int) -> None:
    """Find out before a model is loaded, not after."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(f"Cannot listen on {host}:{port} ({error.strerror}). Choose another port or host.") from error


def serve_from_environment() -> None:
    """The page as HYMT_* variables want it; see app.py. Ends the process with advice if it cannot start."""
    try:
        _serve_from(os.environ.get)
    except (BadLimit, SwapFailed, UserError, OSError) as error:
        sys.exit(f"hymt: {error}")


def _serve_from(get) -> None:
    user, colon, password = get("HYMT_AUTH", "").partition(":")
    serve(
        host=get("HYMT_HOST") or get("GRADIO_SERVER_NAME") or "127.0.0.1",
        port=int(get("HYMT_PORT") or get("GRADIO_SERVER_PORT") or 7860),
        model=get("HYMT_MODEL"),
        precision=get("HYMT_PRECISION"),
        gpu_memory=_gpu_memory(get("HYMT_GPU_MEMORY")),
        kernels=REFERENCE if get("HYMT_KERNELS") == REFERENCE else FUSED,
        share=get("HYMT_SHARE") == "1",
        auth=(user, password) if colon else None,
    )


def _gpu_memory(value: str | None) -> float | None:
    try:
        return parse_gib(value) if value else None
    except BadLimit as error:
        raise BadLimit(f"HYMT_GPU_MEMORY: {error}") from None
