"""The fused network: a `hunyuan_v1_dense` model with merged projections, run layer by layer over the slots' cache.

The weights stay in transformers' own modules (see projections.py); only the way through them is ours, because on a
wide card most of the modules' time goes to starting small kernels, and on a CPU to Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from itertools import pairwise, repeat

import torch

from hymt.engine.cache import SlotCache
from hymt.engine.decoding import FUSED
from hymt.engine.parts import Layer, Network, Operations, Pass, Shape
from hymt.engine.projections import DOWN, GATE_UP, OUT, QKV, Dense, UnsupportedLayer, merge
from hymt.engine.reference import ReferenceNetwork, attention_of


class FusedNetwork:
    """The same as ReferenceNetwork, faster. Raises UnsupportedLayer for a model that it cannot run."""

    def __init__(self, model, slots: int, max_len: int) -> None:
        config = model.config
        if config.model_type != "hunyuan_v1_dense" or config.hidden_act != "silu":
            raise UnsupportedLayer(f"{config.model_type} with {config.hidden_act}")
        if getattr(model, "hf_device_map", None) and len(set(model.hf_device_map.values())) > 1:
            raise UnsupportedLayer("layers on different devices")
        if model.device.type == "cuda" and not _has_triton(model.device):
            raise UnsupportedLayer("a GPU without Triton")
        self.device, self.dtype = model.device, model.dtype
        self.shape = Shape(
            config.num_attention_heads,
            config.num_key_value_heads,
            getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
            config.rms_norm_eps,
        )
        self.layers = [_read(layer) for layer in model.model.layers]
        self.embedding = model.model.embed_tokens.weight
        self.norm = model.model.norm.weight
        self.head = Dense(model.lm_head.weight)
        self.cache = SlotCache(config, slots, max_len, self.dtype, self.device)
        self.rows = torch.arange(slots, device=self.device)
        steps = torch.arange(max_len, device=self.device)
        angles = model.model.rotary_emb(self.norm, steps[None])  # cos and sin (1, max_len, head_dim)
        self.operations = self._operations(*(part[0].contiguous() for part in angles))
        self.captures = self.device.type == "cuda"

    def _operations(self, cos: torch.Tensor, sin: torch.Tensor) -> Operations:
        if self.device.type == "cuda":
            from hymt.engine.cuda import CudaOperations

            return CudaOperations(self.shape, cos, sin)
        from hymt.engine.cpu import CpuOperations

        return CpuOperations(self.shape, cos, sin)

    def prefill(self, prompts: list[list[int]], rows: list[int]) -> torch.Tensor:
        """The prompts lie one behind the other, without padding."""
        tokens, ends, run = self._whole(prompts, rows)
        residual, product = self._through_layers(tokens, run)
        last = ends - 1
        return self._logits(residual[last], product[:, last])

    def _whole(self, texts: list[list[int]], rows: list[int]) -> tuple[torch.Tensor, torch.Tensor, Pass]:
        """The tokens of texts one behind the other, where each text ends, and a pass over them."""
        lengths = [len(text) for text in texts]
        tokens = self._tensor([token for text in texts for token in text])
        text_rows, length = self._tensor(rows), self._tensor(lengths)
        ends = length.cumsum(0)
        token_rows = text_rows.repeat_interleave(length, output_size=len(tokens))
        positions = self._tensor([position for length in lengths for position in range(length)])
        return tokens, ends, self.operations.prefill(positions, token_rows, text_rows, ends - length, lengths)

    def attention(self, texts: list[list[int]], layer: int, heads: Sequence[int]) -> list[torch.Tensor]:
        """The layers below compute over keys and values of one layer's size, in turn: what stands beside the shorter
        texts counts for nothing, but has to be numbers."""
        tokens, ends, run = self._whole(texts, list(range(len(texts))))
        longest = max(map(len, texts))
        room = (2, len(texts), self.shape.kv_heads, longest, self.shape.head_dim)
        scratch = torch.zeros(room, dtype=self.dtype, device=self.device)
        residual, product = self.embedding[tokens], None
        if layer:
            residual, product = through_layers(self.layers[:layer], repeat(scratch), residual, run, self.operations)
        of_layer, (keys, values) = self.layers[layer], scratch
        numbers, kv_heads = list(heads), [head * self.shape.kv_heads // self.shape.heads for head in heads]
        x = self.operations.add_norm(product, residual, of_layer.input_norm, of_layer.qkv)
        queries = run.rotate_store(self.operations.product(x, of_layer.qkv), of_layer, keys, values)
        starts = [0, *ends.tolist()]
        return [
            attention_of(queries[start:end, numbers].transpose(0, 1), keys[row, kv_heads, : end - start])
            for row, (start, end) in enumerate(pairwise(starts))
        ]

    def decode(self, tokens: torch.Tensor, positions: torch.Tensor, length: int) -> torch.Tensor:
        """On a GPU `length` is not needed."""
        run = self.operations.decode(positions, self.rows[: len(tokens)], length)
        return self._logits(*self._through_layers(tokens, run))

    def _through_layers(self, tokens: torch.Tensor, run: Pass) -> tuple[torch.Tensor, torch.Tensor]:
        return through_layers(self.layers, self.cache.layers, self.embedding[tokens], run, self.operations)

    def _logits(self, residual: torch.Tensor, product: torch.Tensor) -> torch.Tensor:
        x = self.operations.add_norm(product, residual, self.norm, self.head)
        product = self.operations.product(x, self.head)
        return product[0] if len(product) == 1 else product.sum(0).to(self.dtype)

    def _tensor(self, values: list[int]) -> torch.Tensor:
        return send(values, self.device)


def _read(module) -> Layer:
    """A layer of transformers' model, its projections merged."""
    attention, mlp = module.self_attn, module.mlp
    return Layer(
        module.input_layernorm.weight,
        merge(attention, QKV),
        attention.query_layernorm.weight,
        attention.key_layernorm.weight,
        merge(attention, OUT),
        module.post_attention_layernorm.weight,
        merge(mlp, GATE_UP),
        merge(mlp, DOWN),
    )


def through_layers(
    layers: list[Layer], cache: Iterable[torch.Tensor], residual: torch.Tensor, run: Pass, run_on: Operations
) -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings (T, hidden) → the residual (T, hidden) and the last layer's product, not added yet.

    `cache` has each layer's keys and values, and may have more; `run` is one of the operations `run_on`.

    Raises ValueError if there is no layer.
    """
    product: torch.Tensor | None = None
    for layer, (keys, values) in zip(layers, cache, strict=False):
        x = run_on.add_norm(product, residual, layer.input_norm, layer.qkv)
        queries = run.rotate_store(run_on.product(x, layer.qkv), layer, keys, values)
        x = run.attend(queries, keys, values, layer.out)
        product = run_on.product(x, layer.out)
        x = run_on.add_norm(product, residual, layer.post_norm, layer.gate_up)
        x = run_on.swiglu(run_on.product(x, layer.gate_up), layer.down)
        product = run_on.product(x, layer.down)
    if product is None:
        raise ValueError("A model has one layer at least.")
    return residual, product


def _has_triton(device: torch.device) -> bool:
    """Whether Triton is installed and compiles for the GPU (from Turing on)."""
    return find_spec("triton") is not None and torch.cuda.get_device_capability(device) >= (7, 5)


def send(values: list[int], device: torch.device) -> torch.Tensor:
    """Whole numbers on a device, without waiting for what runs there."""
    tensor = torch.tensor(values)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


def network_for(model, slots: int, max_len: int, kernels: str = FUSED) -> Network:
    """The fastest network for a model; `kernels` REFERENCE keeps to transformers' and bitsandbytes' own."""
    if kernels == FUSED:
        try:
            return FusedNetwork(model, slots, max_len)
        except UnsupportedLayer:
            pass  # another precision or placement: the model's own way runs it
    return ReferenceNetwork(model, slots, max_len)
