"""Memory that a test can count on, however busy the machine is."""

from __future__ import annotations

from hymt.hardware.devices import Device, detect_device
from hymt.hardware.memory import MemoryReader
from tests.hardware.stand_in import GIB

FREE = 32 * GIB  # enough for a 7B in 16 bits, or for two of the embedded model


class Ample(MemoryReader):
    """Tells of as much free memory on every device; what is used is read as it is."""

    def __init__(self) -> None:
        super().__init__(detect_device())

    def free(self, device: Device | None = None) -> int:
        return FREE

    def free_by_gpu(self, device: Device | None = None) -> tuple[int, ...]:
        return tuple(FREE for _ in self.allocated())

    def ram(self) -> int:
        return FREE
