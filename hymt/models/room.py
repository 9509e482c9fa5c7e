"""What another variant could take of the machine's memory, and the plans that follow from it."""

from __future__ import annotations

from hymt.hardware.devices import Device
from hymt.hardware.limit import limited
from hymt.hardware.memory import MemoryReader
from hymt.models.catalogue import Model
from hymt.models.loaded import Loaded
from hymt.models.plan import Plan, plan_anywhere
from hymt.models.precision import Precision
from hymt.models.recommendation import recommend


class Room:
    """The memory of a device, of which the loaded variant's counts as free: it would go."""

    device: Device
    reader: MemoryReader
    _loaded: Loaded | None

    def recommendation(self, device: Device | None = None, model: Model | None = None) -> Plan:
        """The plan for this machine, or for a model on it, counting the loaded variant's memory as free."""
        device = device or self.device
        return recommend(*self._room(device), device, model)

    def plan(self, model: Model, precision: Precision, device: Device | None = None) -> Plan:
        """The plan of a variant on the device, or on the same with another limit."""
        device = device or self.device
        return plan_anywhere(model, precision.name, *self._room(device), device)

    def _room(self, device: Device) -> tuple[tuple[int, ...], int]:
        """Bytes of each GPU and of RAM that another variant could take."""
        if device.kind != "cuda":
            return (), self.free(device)
        return self.free_by_gpu(device), self.reader.ram()

    def device_within(self, gpu_memory: float | None) -> Device:
        """The device with a limit of `gpu_memory` GiB: None leaves the limit as it is, 0 lifts it. Raises UserError."""
        return self.device if gpu_memory is None else limited(self.device, gpu_memory)

    def free(self, device: Device | None = None) -> int:
        """Bytes of the device that another variant could take once the loaded one is gone."""
        device, loaded = device or self.device, self._loaded
        if loaded and device.kind == "cuda":
            return self.reader.free(device) + _at(loaded.gpu_bytes, device.index)
        return self.reader.free(device) + (loaded.held_bytes if loaded else 0)

    def free_by_gpu(self, device: Device) -> tuple[int, ...]:
        """The same for each GPU by its index."""
        given_back = self._loaded.gpu_bytes if self._loaded else ()
        free = [size + _at(given_back, index) for index, size in enumerate(self.reader.free_by_gpu(device))]
        free[device.index] = self.free(device)
        return tuple(free)


def _at(sizes: tuple[int, ...], index: int) -> int:
    return sizes[index] if index < len(sizes) else 0
