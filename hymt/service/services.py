"""What all surfaces share: the translator, the work under way and its results."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from hymt.engine.decoding import FUSED
from hymt.hardware.monitor import MemoryMonitor
from hymt.models.manager import ModelManager
from hymt.service.batches import Batches
from hymt.service.limits import Limits
from hymt.service.permissions import Permissions
from hymt.service.results import Results
from hymt.service.visits import Visits
from hymt.translation.journal import Journal
from hymt.translation.translator import Translator


@dataclass(frozen=True)
class Services:
    """The translator that everybody shares, the work under way and its results.

    `batches` are the files that the page's visits have had translated.

    Who compares precisions holds `comparing`: one at a time, as it swaps the model. Documents have the `journal`, if
    there is one.
    """

    translator: Translator
    visits: Visits = field(default_factory=Visits)
    results: Results = field(default_factory=Results)
    batches: Batches = field(default_factory=Batches)
    comparing: threading.Lock = field(default_factory=threading.Lock)
    permissions: Permissions = field(default_factory=Permissions)
    journal: Journal | None = None

    @classmethod
    def start(
        cls,
        model: str | None = None,
        precision: str | None = None,
        gpu_memory: float | None = None,
        kernels: str = FUSED,
        permissions: Permissions | None = None,
        limits: Limits | None = None,
    ) -> Services:
        """Load a model (the embedded one if not given) and watch the memory from before it is loaded.

        `gpu_memory` is the memory limit in GiB; `permissions` say what visitors may do then, all if not given.
        """
        manager = ModelManager(gpu_memory=gpu_memory, kernels=kernels)
        manager.monitor.start()
        try:
            manager.swap(model, precision)
        except BaseException:  # Ctrl+C in a download among them
            manager.close()
            raise
        started = (permissions or Permissions()).started_with(manager.current().model, manager.device.memory_limit)
        journal = Journal.of_user() if started.cache else None
        return cls(Translator(manager=manager), Visits(limits), permissions=started, journal=journal)

    @property
    def manager(self) -> ModelManager:
        return self.translator.manager

    @property
    def monitor(self) -> MemoryMonitor:
        return self.manager.monitor

    def close(self) -> None:
        self.visits.close()
        self.results.close()
        self.translator.close()
        if self.journal:
            self.journal.close()
