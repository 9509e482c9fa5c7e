"""Where some heads of a layer look, of what any network has computed: queries and keys."""

from __future__ import annotations

import torch


def attention_of(queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """Queries and keys (heads, tokens, dim) → what each token attends to, up to itself (heads, tokens, tokens)."""
    tokens, dim = queries.shape[1:]
    scores = queries.float() @ keys.float().transpose(1, 2) * dim**-0.5
    later = torch.ones(tokens, tokens, dtype=torch.bool, device=scores.device).triu_(1)
    return scores.masked_fill_(later, float("-inf")).softmax(-1)
