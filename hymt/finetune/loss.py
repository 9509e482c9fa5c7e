"""The loss of the answers' tokens only, without ever holding the logits of whole sequences.

At the 7B's shape the FP32 logits of 4 × 512 tokens take a gigabyte, and their gradient another. Most tokens are not
learnt, so the head sees only those that are, some hundreds at a time, and computes them anew on the way back.
"""

from __future__ import annotations

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from hymt.finetune.examples import IGNORED

CHUNK = 512  # positions


def answer_loss(model, input_ids: torch.Tensor, labels: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """The sum of the cross entropy of all labels but IGNORED ones, in FP32; all arguments are (batch, length).

    `model` is transformers' causal language model. Divided by the number of those labels this is its own loss.
    """
    hidden = model.model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).last_hidden_state
    wanted = labels[:, 1:]
    learnt = wanted != IGNORED
    hidden, wanted = hidden[:, :-1][learnt], wanted[learnt]
    parts = zip(hidden.split(CHUNK), wanted.split(CHUNK), strict=True)
    return sum(checkpoint(_cross_entropy, model.lm_head, *part, use_reentrant=False) for part in parts)


def _cross_entropy(head, hidden: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(head(hidden).float(), wanted, reduction="sum")
