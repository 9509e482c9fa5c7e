"""The model as transformers and bitsandbytes run it, over the slots' cache: the reference for the fused network, and
what runs a model that the fused network cannot, such as one spread over several devices."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers.cache_utils import Cache, CacheLayerMixin
from transformers.models.hunyuan_v1_dense.modeling_hunyuan_v1_dense import apply_rotary_pos_emb

from hymt.engine.alignment import attention_of
from hymt.engine.cache import SlotCache


class ReferenceNetwork:
    """A causal language model's own forward pass; keys and values go to the rows of a SlotCache."""

    captures = False  # LLM.int8 waits for the device in every layer

    def __init__(self, model, slots: int, max_len: int) -> None:
        self.model, self.device = model, model.device
        # cuDNN's attention builds a plan for every new length: each step meets one, and plans are never freed
        torch.backends.cuda.enable_cudnn_sdp(False)
        devices = [_device_of(layer) for layer in model.model.layers]
        alike = all(device == devices[0] for device in devices)
        self.cache = SlotCache(model.config, slots, max_len, model.dtype, devices[0] if alike else devices)
        self.view = _CacheView(self.cache)
        self.steps = torch.arange(max_len, device=self.device)

    def prefill(self, prompts: list[list[int]], rows: list[int]) -> torch.Tensor:
        """Prompts are padded on the right: what the padding leaves in the cache is overwritten by the answer
        before any mask lets it be read.
        """
        longest = max(map(len, prompts))
        ids = torch.tensor([p + [0] * (longest - len(p)) for p in prompts], device=self.device)
        causal = self.steps[:longest, None] >= self.steps[None, :longest]
        self.view.prefill(torch.tensor(rows, device=self.device), longest)
        positions = self.steps[None, :longest].expand(len(rows), -1)
        hidden = self._forward(ids, positions, causal.expand(len(rows), 1, -1, -1))
        last = torch.tensor([len(p) - 1 for p in prompts], device=self.device)
        return self.model.lm_head(hidden[torch.arange(len(rows), device=self.device), last])

    def decode(self, tokens: torch.Tensor, positions: torch.Tensor, length: int) -> torch.Tensor:
        self.view.decode(self.steps[: len(tokens)], positions, length)
        mask = (self.steps[:length] <= positions[:, None])[:, None, None]
        hidden = self._forward(tokens[:, None], positions[:, None], mask)
        return self.model.lm_head(hidden[:, -1])

    def attention(self, texts: list[list[int]], layer: int, heads: Sequence[int]) -> list[torch.Tensor]:
        """Text by text, by what the layer's own modules make of what it is given."""
        config = self.model.config
        kv_heads = [head * config.num_key_value_heads // config.num_attention_heads for head in heads]
        module = self.model.model.layers[layer].self_attn
        attended: list[torch.Tensor] = []

        def look(_, arguments: tuple, given: dict) -> None:
            hidden = given["hidden_states"] if "hidden_states" in given else arguments[0]
            shape = (*hidden.shape[:-1], -1, module.head_dim)
            queries, keys = (p(hidden).view(shape).transpose(1, 2) for p in (module.q_proj, module.k_proj))
            queries, keys = apply_rotary_pos_emb(queries, keys, *given["position_embeddings"])
            queries, keys = module.query_layernorm(queries), module.key_layernorm(keys)
            attended.append(attention_of(queries[0, list(heads)], keys[0, kv_heads]))

        hook = module.register_forward_pre_hook(look, with_kwargs=True)
        try:
            for text in texts:
                self.model.model(input_ids=torch.tensor([text], device=self.device), use_cache=False)
        finally:
            hook.remove()
        return attended

    def _forward(self, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """ids and positions (rows, length), mask bool (rows, 1, length, keys) → hidden (rows, length, size)."""
        return self.model.model(
            input_ids=ids,
            position_ids=positions,
            attention_mask=mask,
            past_key_values=self.view,
            use_cache=True,
        ).last_hidden_state


def _device_of(layer) -> torch.device:
    """Where a layer computes: accelerate keeps the weights of an offloaded one elsewhere, or nowhere."""
    hook = getattr(layer, "_hf_hook", None)
    device = getattr(hook, "execution_device", None)
    return next(layer.parameters()).device if device is None else torch.device(device)


class _LayerView(CacheLayerMixin):
    """One layer of the cache as transformers wants it. What `update` does is set by the owner's `rows`."""

    is_compileable = True
    is_sliding = False
    keys: torch.Tensor  # there from the start
    values: torch.Tensor

    def __init__(self, owner: _CacheView, layer: torch.Tensor) -> None:
        super().__init__()
        self.owner = owner
        self.keys, self.values = layer
        self.is_initialized = True

    def lazy_initialization(self, key_states, value_states) -> None: ...

    def update(self, key_states, value_states, *args, **kwargs):
        """Store new keys and values (rows, kv_heads, length, head_dim); return those to attend to."""
        length, device = self.owner.length, self.keys.device
        rows = self.owner.rows.to(device)
        if self.owner.positions is None:  # prefill: the new rows attend to nothing but themselves
            self.keys[rows, :, :length] = key_states
            self.values[rows, :, :length] = value_states
            return key_states, value_states
        positions = self.owner.positions.to(device)
        self.keys[rows, :, positions] = key_states[:, :, 0]
        self.values[rows, :, positions] = value_states[:, :, 0]
        width = len(rows)
        return self.keys[:width, :, :length], self.values[:width, :, :length]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.owner.length, 0

    def get_seq_length(self) -> int:
        return 0

    def get_max_length(self) -> int:
        return self.keys.shape[2]

    def reset(self) -> None: ...


class _CacheView(Cache):
    """A SlotCache as transformers' Cache: call `prefill` or `decode` before a forward pass."""

    rows: torch.Tensor
    positions: torch.Tensor | None  # None for a prefill

    def __init__(self, cache: SlotCache) -> None:
        self.length = cache.max_len
        super().__init__(layers=[_LayerView(self, layer) for layer in cache.layers])

    def prefill(self, rows: torch.Tensor, length: int) -> None:
        self.rows, self.positions, self.length = rows, None, length

    def decode(self, rows: torch.Tensor, positions: torch.Tensor, length: int) -> None:
        self.rows, self.positions, self.length = rows, positions, length
