"""Graphics cards that are not there: what torch and the driver would say of them."""

from __future__ import annotations

from types import SimpleNamespace

from hymt.hardware.devices import Device

GIB = 2**30
GPU = Device("cuda", "a GPU", "for a test")


class Cards:
    """GPUs of `sizes` bytes. `others` are the bytes that other programs take of each, `own` this process's tensors."""

    def __init__(self, *sizes: int) -> None:
        self.sizes, self.others, self.own, self.cached = sizes, [0] * len(sizes), [0] * len(sizes), [0] * len(sizes)
        self.shares: dict[int, float] = {}  # what torch's allocator is held to, by GPU

    def install(self, monkeypatch) -> Cards:
        """Let torch speak of these cards; NVML is hidden."""
        for name, answer in {
            "device_count": lambda: len(self.sizes),
            "memory_allocated": lambda index=0: self.own[index],
            "memory_reserved": self._reserved,
            "max_memory_allocated": lambda index=0: self.own[index],
            "mem_get_info": lambda index=0: (
                self.sizes[index] - self.others[index] - self._reserved(index),
                self.sizes[index],
            ),
            "get_device_properties": lambda index=0: SimpleNamespace(total_memory=self.sizes[index]),
            "set_per_process_memory_fraction": lambda share, index=0: self.shares.update({index: share}),
            "empty_cache": lambda: None,
            "reset_peak_memory_stats": lambda index=0: None,
        }.items():
            monkeypatch.setattr(f"torch.cuda.{name}", answer)
        monkeypatch.setattr("hymt.hardware.memory._nvml_handle", lambda index: None)
        return self

    def _reserved(self, index: int = 0) -> int:
        return self.own[index] + self.cached[index]
