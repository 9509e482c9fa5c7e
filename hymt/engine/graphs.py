"""CUDA graphs: work whose shapes are fixed is recorded once and then started whole, without Python in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch.cuda import _POOL_HANDLE as Pool


_RECORDING = threading.RLock()


def while_none_records(device: torch.device) -> AbstractContextManager:
    """For what an engine starts on its device: on a GPU it waits while another one records, which it would spoil."""
    return _RECORDING if device.type == "cuda" else nullcontext()


class Graphs:
    """Captured functions by their key, in one pool of memory: they run one after another, never at once."""

    def __init__(self, pool: Pool | None = None) -> None:
        self.pool = pool or torch.cuda.graph_pool_handle()
        self._graphs: dict[Hashable, torch.cuda.CUDAGraph] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._graphs

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._graphs)

    def capture(self, key: Hashable, function: Callable[[], None]) -> None:
        """Record what a function starts on the device, without doing it.

        All that it starts must have run once before: what is loaded or tuned lazily cannot be captured. It reads and
        writes tensors that live on between replays, and waits for nothing.
        """
        graph = torch.cuda.CUDAGraph()
        # other threads may use the device meanwhile, a memory monitor for one
        with _RECORDING, torch.cuda.graph(graph, pool=self.pool, capture_error_mode="thread_local"):
            function()
        self._graphs[key] = graph

    def replay(self, key: Hashable) -> None:
        self._graphs[key].replay()
