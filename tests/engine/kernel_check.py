"""Runs prompts and steps through a small random model by the CPU's and by the CUDA operations, and compares."""

from __future__ import annotations

import sys
from dataclasses import replace

import torch
from transformers import HunYuanDenseV1Config, HunYuanDenseV1ForCausalLM

from hymt.engine.kernels.linear import widened
from hymt.engine.kernels.nf4 import STEPS
from hymt.engine.network import FusedNetwork
from hymt.engine.parts import Layer
from hymt.engine.projections import BLOCK, NF4, NF4_CODE, Dense

# of the largest logit; a quantised model's activations are FP16 here and FP32 there
TOLERANCE = {"fp32": 1e-5, "fp16": 5e-3, "bf16": 4e-2, "int8": 5e-3, "nf4": 5e-3}
PROMPTS = [[5, 17, 120, 31, 8], [7] * 19, [150, 3]]
LONG = list(range(10, 142, 2))  # more tokens than the products of few rows take


class InterpretedNetwork(FusedNetwork):
    """The CUDA operations, wherever the tensors are."""

    def _operations(self, cos, sin):
        from hymt.engine.cuda import CudaOperations

        return CudaOperations(self.shape, cos, sin)


def random_model(dtype: torch.dtype) -> HunYuanDenseV1ForCausalLM:
    torch.manual_seed(1)
    config = HunYuanDenseV1Config(
        vocab_size=200,
        hidden_size=128,
        intermediate_size=192,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=64,
        max_position_embeddings=128,
        eos_token_id=199,
    )
    model = HunYuanDenseV1ForCausalLM(config).eval()
    for name, parameter in model.named_parameters():
        if "layernorm" in name or name == "model.norm.weight":
            parameter.data.uniform_(0.5, 1.5)
        else:
            parameter.data.normal_(std=0.08)
    return model.to(dtype)


def quantised(model, bits: int, device: str):
    """The same model with its layers' projections in 8 or 4 bit, on a device."""
    from hymt.models.weights import _linears

    values = {name: value.clone().to(device) for name, value in model.state_dict().items()}
    model.to(device)
    targets = _linears(model, bits, torch.device(device))
    for name, target in targets.items():
        target.write(0, len(values[name]), values[name])
    return model


def logits(network, device: str) -> list[torch.Tensor]:
    """Of the prompts' ends, a long one among them, and of some steps of all rows and of one."""
    logits = [network.prefill([LONG], [3]), network.prefill(PROMPTS[:2], [0, 1])]
    logits.append(network.prefill(PROMPTS[2:], [2]))
    tokens = torch.tensor([9, 44, 101], device=device)
    positions = torch.tensor([len(prompt) for prompt in PROMPTS], device=device)
    for step in range(2):
        logits.append(network.decode(tokens + step, positions + step, max(map(len, PROMPTS)) + step + 1))
    positions = torch.tensor([len(PROMPTS[0]) + 2], device=device)
    logits.append(network.decode(tokens[:1], positions, len(PROMPTS[0]) + 3))
    return [part.float().cpu() for part in logits]


def hasten_interpreter() -> None:
    """Let the interpreter patch Triton's language once for each module whose functions are called, not at every call.

    That takes a third of the time.
    """
    from triton.runtime import interpreter

    patched = set()

    def call(function, *given, **named):
        if function.fn.__module__ not in patched:
            patched.add(function.fn.__module__)
            interpreter._patch_lang(function.fn)
        return function.rewrite()(*given, **named)

    interpreter.InterpretedFunction.__call__ = call


def rounded(layer: Layer) -> Layer:
    """The same layer in FP32, its NF4 values rounded to 7 bits as the kernels round them."""
    code = (torch.tensor(NF4_CODE, dtype=torch.float64) * STEPS).round().float() / STEPS

    def dense(projection: NF4) -> Dense:
        pairs = projection.packed.long()
        values = (
            code.to(pairs.device)[torch.cat((pairs >> 4, pairs & 15), 1)].view(-1, BLOCK) * projection.absmax[:, None]
        )
        return Dense(values.view(projection.shape))

    names = ("qkv", "out", "gate_up", "down")
    return replace(layer, **{name: dense(getattr(layer, name)) for name in names})


@torch.inference_mode()
def check(kind: str, device: str) -> None:
    from hymt.engine.reference import ReferenceNetwork

    bits = {"int8": 8, "nf4": 4}.get(kind)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}.get(kind, torch.float16)
    plain, fast = random_model(dtype), random_model(dtype)
    if bits:
        plain, fast = quantised(plain.float(), bits, "cpu"), quantised(fast, bits, device)
        network = FusedNetwork(plain, 4, 96)
        if bits == 4:
            network.layers = [rounded(layer) for layer in network.layers]
        expected = logits(network, "cpu")
    else:
        expected = logits(ReferenceNetwork(plain.float(), 4, 96), "cpu")
    network = InterpretedNetwork(fast.to(device), 4, 96)
    found = logits(network, device)
    for name in ("qkv", "down"):
        projection = getattr(network.layers[0], name)
        wide = (getattr(rounded(network.layers[0]), name) if bits == 4 else projection).widened(torch.float32)
        assert (widened(projection, dtype).float() - wide).norm() < 1e-3 * wide.norm()
    for number, (one, other) in enumerate(zip(expected, found, strict=True)):
        error = ((one - other).norm() / one.norm()).item()
        assert error < TOLERANCE[kind], f"pass {number}: {error}"
        print(kind, device, number, error)


if __name__ == "__main__":
    hasten_interpreter()
    check(*sys.argv[1:])
