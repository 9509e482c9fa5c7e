"""Transformers' own model over packed examples: the same modules that will load the result, trained in 16 bit."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional
from transformers import AttentionInterface, HunYuanDenseV1Config, HunYuanDenseV1ForCausalLM

from .packing import IGNORED, LONGEST

PACKED = "packed"


def build(shape: dict, special: dict[str, int], vocabulary: int, dropout: float) -> HunYuanDenseV1ForCausalLM:
    """A model with random weights, in FP32 on the CPU. `shape` has the config's names."""
    config = HunYuanDenseV1Config(
        **shape,
        vocab_size=vocabulary,
        max_position_embeddings=2048,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        tie_word_embeddings=True,
        bos_token_id=special["begin"],
        eos_token_id=special["end"],
        eod_token_id=special["end"],
        pad_token_id=special["pad"],
        attn_implementation=PACKED,
    )
    model = HunYuanDenseV1ForCausalLM(config)
    _initialise(model)
    _drop_out(model, dropout)
    return model


def narrow(model, device: torch.device, dtype: torch.dtype):
    """The model on a device with its weights in a type; the rotary frequencies stay in FP32, as in a model loaded so.

    `model.to(dtype)` would round them too: angles of BF16 frequencies are up to 0.02 turns off at position 264.
    """
    model.to(device)
    for weight in model.parameters():
        weight.data = weight.data.to(dtype)
    return model


@torch.no_grad()
def _initialise(model) -> None:
    """Weights by the size of what they read (He 2015, without its 2), smaller where a layer adds to its input."""
    depth = (2 * model.config.num_hidden_layers) ** -0.5
    nn.init.normal_(model.model.embed_tokens.weight, std=0.03)
    for name, weight in model.model.layers.named_parameters():
        if weight.dim() == 2:
            adds = name.endswith(("o_proj.weight", "down_proj.weight"))
            nn.init.normal_(weight, std=weight.shape[1] ** -0.5 * (depth if adds else 1))


def _drop_out(model, share: float) -> None:
    """Dropout of what is added to the residual stream; transformers' class has none."""

    def drop(module, inputs, output):
        return functional.dropout(output, share, module.training)

    model.model.embed_tokens.register_forward_hook(drop)
    for layer in model.model.layers:
        layer.self_attn.o_proj.register_forward_hook(drop)
        layer.mlp.down_proj.register_forward_hook(drop)


def packed_attention(module, query, key, value, attention_mask, scaling, ends=None, **_):
    """query (1, heads, size, dim), key and value (1, kv_heads, size, dim) → (1, size, heads, dim).

    `ends` (examples + 1,) says where examples end; see Packer.
    """
    if query.device.type == "cpu":
        mask = _mask(ends, query.shape[2])
        out = functional.scaled_dot_product_attention(query, key, value, mask, scale=scaling, enable_gqa=True)
        return out.transpose(1, 2), None
    from torch.nn.attention.varlen import varlen_attn

    groups = query.shape[1] // key.shape[1]
    query, key, value = (part[0].transpose(0, 1) for part in (query, key, value))
    key, value = (part.repeat_interleave(groups, 1) for part in (key, value))
    out = varlen_attn(
        query.contiguous(), key, value.contiguous(), ends, ends, LONGEST, LONGEST, scale=scaling, window_size=(-1, 0)
    )
    return out[None], None


def _mask(ends: torch.Tensor, size: int) -> torch.Tensor:
    example = torch.bucketize(torch.arange(size), ends[1:], right=True)
    return (example[:, None] == example) & torch.ones(size, size, dtype=torch.bool).tril()


AttentionInterface.register(PACKED, packed_attention)


def hidden_states(model, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """The last layer's output (size, hidden)."""
    inner = model.model
    hidden = inner.embed_tokens(batch["tokens"][None])
    angles = inner.rotary_emb(hidden, batch["positions"][None])
    for layer in inner.layers:
        hidden = layer(hidden, attention_mask=None, position_embeddings=angles, ends=batch["ends"])
    return hidden[0]


def answer_loss(hidden, norm, head, labels, smoothing: float) -> torch.Tensor:
    """The mean cross entropy of labels (places,) with hidden states (places, hidden), smoothed (Szegedy 2016)."""
    logits = head(norm(hidden)).float()
    return functional.cross_entropy(logits, labels, ignore_index=IGNORED, label_smoothing=smoothing)


def loss(model, batch: dict[str, torch.Tensor], smoothing: float = 0.0, of_answers=answer_loss) -> torch.Tensor:
    hidden = hidden_states(model, batch).index_select(0, batch["places"])
    return of_answers(hidden, model.model.norm, model.lm_head, batch["labels"], smoothing)
