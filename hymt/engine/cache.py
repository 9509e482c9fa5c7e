"""The static KV cache: `slots × max_len` positions, allocated once, one row a slot."""

from __future__ import annotations

import torch
from transformers.cache_utils import Cache, CacheLayerMixin


class SlotLayer(CacheLayerMixin):
    """One layer's view of the cache. What `update` does is set by the owner's `rows` (see SlotCache)."""

    is_compileable = True
    is_sliding = False

    def __init__(self, owner: SlotCache, keys: torch.Tensor, values: torch.Tensor) -> None:
        super().__init__()
        self.owner, self.keys, self.values = owner, keys, values
        self.is_initialized = True

    def lazy_initialization(self, key_states, value_states) -> None: ...

    def update(self, key_states, value_states, *args, **kwargs):
        """Store new keys and values (rows, kv_heads, length, head_dim); return those to attend to."""
        rows, positions, length = self.owner.rows, self.owner.positions, self.owner.length
        if positions is None:  # prefill: the new rows attend to nothing but themselves
            self.keys[rows, :, :length] = key_states
            self.values[rows, :, :length] = value_states
            return key_states, value_states
        self.keys[rows, :, positions] = key_states[:, :, 0]
        self.values[rows, :, positions] = value_states[:, :, 0]
        width = rows.shape[0]
        return self.keys[:width, :, :length], self.values[:width, :, :length]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.owner.length, 0

    def get_seq_length(self) -> int:
        return 0

    def get_max_length(self) -> int:
        return self.keys.shape[2]

    def reset(self) -> None: ...


class SlotCache(Cache):
    """Keys and values of every layer in one tensor (layers, 2, slots, kv_heads, max_len, head_dim).

    Set `prefill(rows, length)` or `decode(rows, positions, length)` before a forward pass. A decode pass
    runs over the first rows only, so that attention reads a view: the engine keeps busy slots in front.
    """

    def __init__(self, config, slots: int, max_len: int, dtype: torch.dtype, device: torch.device) -> None:
        head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        shape = (config.num_hidden_layers, 2, slots, config.num_key_value_heads, max_len, head_dim)
        self.kv = torch.zeros(shape, dtype=dtype, device=device)
        self.rows = self.positions = None
        self.length = max_len
        super().__init__(layers=[SlotLayer(self, keys, values) for keys, values in self.kv])

    @property
    def nbytes(self) -> int:
        return self.kv.nbytes

    def prefill(self, rows: torch.Tensor, length: int) -> None:
        self.rows, self.positions, self.length = rows, None, length

    def decode(self, rows: torch.Tensor, positions: torch.Tensor, length: int) -> None:
        self.rows, self.positions, self.length = rows, positions, length

    def copy(self, sources: torch.Tensor, targets: torch.Tensor, begin: int, end: int) -> None:
        """Copy positions `begin:end` of the source rows to the target rows.

        Layer by layer: the copy's buffer then is one layer's rows, not the cache's.
        """
        for layer in self.kv:
            layer[:, targets, :, begin:end] = layer[:, sources, :, begin:end]
