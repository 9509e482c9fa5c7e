"""A visitor's swap of the model that all share, as work for the door: its progress, and an end whenever he wants."""

from __future__ import annotations

import queue
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

from hymt.models.manager import ModelManager, SwapProgress, SwapReport
from hymt.service.permissions import Permissions
from hymt.service.refusals import refusal


class SwapJob:
    """A swap that its visitor may have."""

    def __init__(
        self,
        manager: ModelManager,
        permissions: Permissions,
        user: str | None,
        model: str | None,
        precision: str | None,
        gpu_memory: float | None = None,
    ) -> None:
        """What is not said, or empty, is as `ModelManager.swap` has it. Raises UserError for what the user may not."""
        permissions.check_control(user)
        self._manager = manager
        self._model, self._precision = permissions.model(model, user), precision or None
        self._gpu_memory = permissions.limit(gpu_memory)
        self._order = permissions.order(self._model)

    def cancel(self) -> None:
        self._order.cancel()

    def events(self) -> Generator[SwapProgress | SwapReport]:
        """Swap, once; the last event is the report. Raises UserError if it fails."""
        news: queue.SimpleQueue[SwapProgress | None] = queue.SimpleQueue()
        with ThreadPoolExecutor(1, "hymt-swap") as thread:
            swap = self._manager.swap
            done = thread.submit(swap, self._model, self._precision, news.put, self._gpu_memory, self._order)
            done.add_done_callback(lambda _: news.put(None))
            try:
                while (progress := news.get()) is not None:
                    yield progress
                yield done.result()
            except Exception as error:
                raise refusal(error, "swap_unexpected") from None
            finally:
                self.cancel()
