"""The page, served for real over the session's services."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from hymt.ui.demo import build_demo
from hymt.ui.serve import launch_options
from hymt.ui.services import Services


@contextmanager
def served(services: Services) -> Iterator[str]:
    """The address of the page while it is served."""
    demo = build_demo(services)
    demo.queue(max_size=256)
    _, url, _ = demo.launch(prevent_thread_lock=True, server_port=free_port(), quiet=True, **launch_options())
    try:
        yield url
    finally:
        demo.close(verbose=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def busy(services: Services) -> bool:
    loaded = services.manager.loaded
    return bool(loaded and loaded.engine.status().busy_slots)


def idle(services: Services) -> bool:
    """Whether no slot works and nothing waits for one."""
    loaded = services.manager.loaded
    status = loaded and loaded.engine.status()
    return bool(status) and (status.busy_slots, status.waiting) == (0, 0)
