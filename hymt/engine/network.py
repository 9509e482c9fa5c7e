"""The fused network: a `hunyuan_v1_dense` model with merged projections, run layer by layer over the slots' cache.

Only the way through the weights is ours, because on a wide card most of the time of transformers' modules goes to
starting small kernels, and on a CPU to Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from itertools import pairwise, repeat

import torch

from hymt.engine.alignment import attention_of
from hymt.engine.cache import SlotCache
from hymt.engine.decoding import FUSED
from hymt.engine.model import fused
from hymt.engine.parts import Layer, Network, Operations, Pass
from hymt.engine.projections import UnsupportedLayer


class FusedNetwork:
    """The same as ReferenceNetwork, faster. Raises UnsupportedLayer for a model that it cannot run."""

    def __init__(self, model, slots: int, max_len: int) -> None:
        """A FusedModel, or a model of transformers' that can be one."""
        if model.device.type == "cuda" and not has_triton(torch.cuda.get_device_capability(model.device)):
            raise UnsupportedLayer("a GPU without Triton")
        model = fused(model)
        self.device, self.dtype, self.shape = model.device, model.dtype, model.shape
        self.layers, self.embedding, self.norm, self.head = model.layers, model.embedding, model.norm, model.head
        self.cache = SlotCache(model.config, slots, max_len, self.dtype, self.device)
        self.rows = torch.arange(slots, device=self.device)
        self.operations = self._operations(*model.angles(torch.arange(max_len, device=self.device)))
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
        residual, product = self.embedding.rows(tokens, self.dtype), None
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
        residual = self.embedding.rows(tokens, self.dtype)
        return through_layers(self.layers, self.cache.layers, residual, run, self.operations)

    def _logits(self, residual: torch.Tensor, product: torch.Tensor) -> torch.Tensor:
        x = self.operations.add_norm(product, residual, self.norm, self.head)
        product = self.operations.product(x, self.head)
        return product[0] if len(product) == 1 else product.sum(0).to(self.dtype)

    def _tensor(self, values: list[int]) -> torch.Tensor:
        return send(values, self.device)


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


def has_triton(capability: tuple[int, int]) -> bool:
    """Whether Triton is installed and compiles for a GPU of this CUDA compute capability (from Turing on)."""
    return find_spec("triton") is not None and capability >= (7, 5)


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
    from hymt.engine.reference import ReferenceNetwork  # imports transformers

    return ReferenceNetwork(model, slots, max_len)
