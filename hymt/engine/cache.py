"""The static KV cache: `slots × max_len` positions, allocated once, one row a slot."""

from __future__ import annotations

from collections.abc import Sequence

import torch


class SlotCache:
    """Keys and values of every layer: `layers[i]` is (2, slots, kv_heads, max_len, head_dim), keys first.

    On one device all layers are views of one tensor, `whole` (layers, 2, slots, kv_heads, max_len, head_dim); a
    model that is spread over several has each layer's cache where the layer is, and no whole.
    """

    def __init__(
        self, config, slots: int, max_len: int, dtype: torch.dtype, devices: torch.device | Sequence[torch.device]
    ) -> None:
        head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        shape = (2, slots, config.num_key_value_heads, max_len, head_dim)
        self.slots, self.max_len = slots, max_len
        self._whole: torch.Tensor | None = None
        if isinstance(devices, torch.device):
            self._whole = torch.zeros(config.num_hidden_layers, *shape, dtype=dtype, device=devices)
            self.layers = list(self._whole)
        else:
            self.layers = [torch.zeros(shape, dtype=dtype, device=device) for device in devices]

    @property
    def whole(self) -> torch.Tensor:
        """Raises ValueError if the layers are on several devices."""
        if self._whole is None:
            raise ValueError("A cache on several devices is no one tensor.")
        return self._whole

    @property
    def nbytes(self) -> int:
        return sum(layer.nbytes for layer in self.layers)

    def copy(self, sources: torch.Tensor, targets: torch.Tensor, begin: int, end: int) -> None:
        """Copy positions `begin:end` of the source rows to the target rows.

        Layer by layer: the copy's buffer then is one layer's rows, not the cache's.
        """
        for layer in self.layers:
            source, target = sources.to(layer.device), targets.to(layer.device)
            layer[:, target, :, begin:end] = layer[:, source, :, begin:end]

    def move(self, source: int, target: int, end: int) -> None:
        """Copy the first `end` positions of one row to another row."""
        for part in self.layers if self._whole is None else (self._whole,):
            part[..., target, :, :end, :] = part[..., source, :, :end, :]
