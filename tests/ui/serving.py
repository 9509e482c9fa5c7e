"""The page, served for real over the session's services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hymt.service.limits import Limits
from hymt.service.services import Services
from hymt.serving import Door, Server


@contextmanager
def served(services: Services, auth: tuple[str, str] | None = None, limits: Limits | None = None) -> Iterator[str]:
    """The address of the page while it is served."""
    with Server(services, Door(port=0, auth=auth), limits) as server:
        yield server.url


def busy(services: Services) -> bool:
    loaded = services.manager.loaded
    return bool(loaded and loaded.engine.status().busy_slots)


def idle(services: Services) -> bool:
    """Whether no slot works and nothing waits for one."""
    loaded = services.manager.loaded
    status = loaded and loaded.engine.status()
    return bool(status) and (status.busy_slots, status.waiting) == (0, 0)
