"""What plain transformers makes of the same checkpoint: the common recipe, `generate`, its continuous batching."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from hymt.bench.limits import synchronize
from hymt.bench.own import rate_between
from hymt.bench.report import Timing
from hymt.bench.session import Prompts, Session, best
from hymt.errors import UserError
from hymt.hardware.devices import Device
from hymt.models import loading
from hymt.models.precision import find_precision

RECIPE = "common recipe: autocast, 4 beams, sampling"
RECIPE_CHUNKS = 2
# what Tencent's model card recommends, with the beams that programs around it add
SAMPLING = {
    "num_beams": 4,
    "do_sample": True,
    "temperature": 0.7,
    "top_k": 20,
    "top_p": 0.6,
    "repetition_penalty": 1.05,
}
GENERATE_WIDTHS = (1, 16)
CACHE_SHARE = 0.3  # of the free memory for continuous batching: it would take nearly all, and prefill needs some
PATIENCE = 300  # seconds for a round of continuous batching


def measure_baselines(session: Session, folder: Path, prompts: Prompts) -> None:
    """Everything at the base precision, `generate` with one sequence at the others; no model is left behind.

    Memory is given back after each: what one way keeps cached must not stand in the way of the next.
    """
    base = session.settings.base_precision
    for precision in session.settings.precisions:
        ways = ("recipe", "generate", "continuous") if precision == base else ("generate",)
        parts = [part for part in ways if session.wants(part)]
        if parts:
            _measure_precision(session, folder, precision, parts, prompts)
            loading.release_memory(session.device)


def _measure_precision(session: Session, folder: Path, precision: str, parts: list[str], prompts: Prompts) -> None:
    loaded = []

    def load() -> Timing:
        began = time.perf_counter()
        loaded.append(_load(folder, precision, session.device))
        return Timing(time.perf_counter() - began)

    if session.measure("load", "from_pretrained", precision, 1, load).error:
        return
    plain = Plain(loaded.pop(), session.device, prompts, session.settings.new)

    def measure(part: str, how: str, width: int, run) -> None:
        session.measure(part, how, precision, width, run)
        loading.release_memory(session.device)

    widths = GENERATE_WIDTHS if precision == session.settings.base_precision else (1,)
    if "recipe" in parts:
        measure("recipe", RECIPE, 1, plain.recipe)
    for width in widths if "generate" in parts else ():
        measure("generate", "generate, greedy", width, partial(plain.greedy, width))
    for width in session.settings.widths if "continuous" in parts else ():  # last: it changes the attention
        measure("continuous", "transformers' continuous batching", width, partial(plain.continuous, width))


def _load(folder: Path, name: str, device: Device):
    """The model as transformers' documentation loads it. Raises UserError where the precision cannot run."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    precision = find_precision(name)
    if why := precision.unavailable(device):
        raise why
    compute, quantisation = getattr(torch, precision.compute), None
    if precision.bits == 8:
        quantisation = BitsAndBytesConfig(load_in_8bit=True)
    elif precision.bits == 4:
        quantisation = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=compute)
    model = AutoModelForCausalLM.from_pretrained(
        str(folder),
        dtype=compute,
        device_map={"": device.torch_name},
        quantization_config=quantisation,
        local_files_only=True,
    ).eval()
    model.generation_config.eos_token_id = None
    return model


class Plain:
    """A plain model and the ways to generate with it."""

    def __init__(self, model, device: Device, prompts: Prompts, new: int) -> None:
        self.model, self.device, self.prompts, self.new = model, device, prompts, new

    def recipe(self) -> Timing:
        """Chunk after chunk, as programs around these models do it."""

        def chunk(tokens: int) -> float:
            with self._autocast():
                return self._generate(1, tokens, **SAMPLING)

        chunk(min(self.new, 4))
        first = chunk(1)
        chunks = [chunk(self.new) for _ in range(RECIPE_CHUNKS)]
        decoding = rate_between(sum(chunks) / RECIPE_CHUNKS, first, self.new - 1)
        note = f"measured on {RECIPE_CHUNKS} chunks"
        return Timing(sum(chunks), RECIPE_CHUNKS * self.new, decoding, first, note)

    def _autocast(self):
        """16-bit arithmetic whatever the weights are: FP16 on a GPU, BF16 on a CPU."""
        import torch

        dtype = torch.float16 if self.device.kind == "cuda" else torch.bfloat16
        if self.model.dtype in (torch.float16, torch.bfloat16):
            dtype = self.model.dtype
        return torch.autocast(self.device.kind, dtype=dtype)

    def greedy(self, width: int) -> Timing:
        """A padded batch; decoding is the whole less an answer of one token."""
        first = best(lambda: self._generate(width, 1, do_sample=False), float)
        whole = best(lambda: self._generate(width, self.new, do_sample=False), float)
        return self._timing(width, whole, first)

    def _timing(self, width: int, whole: float, first: float, note: str = "") -> Timing:
        decoding = rate_between(whole, first, width * (self.new - 1))
        return Timing(whole, width * self.new, decoding, first if width == 1 else None, note)

    def _generate(self, width: int, new: int, **options) -> float:
        """Seconds for one call. Raises UserError if it made fewer tokens."""
        import torch

        ids = torch.tensor(self.prompts.take(width), device=self.device.torch_name)
        synchronize(self.device)
        began = time.perf_counter()
        with torch.inference_mode():
            output = self.model.generate(
                input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, **options
            )
        synchronize(self.device)
        seconds = time.perf_counter() - began
        if output.shape[1] - ids.shape[1] != new:
            raise UserError("bench_tokens", generated=output.shape[1] - ids.shape[1], wanted=new)
        return seconds

    def continuous(self, width: int) -> Timing:
        """transformers' own engine of paged attention, kept alive over the rounds."""
        from transformers import ContinuousBatchingConfig, GenerationConfig

        generation = GenerationConfig(max_new_tokens=self.new, do_sample=False, eos_token_id=-1, pad_token_id=0)
        batching = ContinuousBatchingConfig(max_memory_percent=CACHE_SHARE)
        with self.model.continuous_batching_context_manager(
            generation_config=generation, continuous_batching_config=batching, timeout=PATIENCE
        ) as manager:
            first = best(lambda: self._serve(manager, width, 1), float)
            whole = best(lambda: self._serve(manager, width, self.new), float)
        return self._timing(width, whole, first, f"its cache: {CACHE_SHARE:.0%} of the free memory")

    def _serve(self, manager, width: int, new: int) -> float:
        """Seconds until all requests are answered. Raises UserError."""
        prompts = self.prompts.take(width)
        began = time.perf_counter()
        manager.add_requests(inputs=prompts, max_new_tokens=new)
        left, tokens = width, 0
        while left:
            result = manager.get_result(timeout=1)
            if result is not None and result.is_finished():
                left, tokens = left - 1, tokens + len(result.generated_tokens)
            elif result is None and not manager.is_running():
                raise UserError("bench_thread")
            elif time.perf_counter() - began > PATIENCE:
                raise UserError("bench_no_answer", seconds=PATIENCE)
        seconds = time.perf_counter() - began
        if tokens != width * new:
            raise UserError("bench_tokens", generated=tokens, wanted=width * new)
        return seconds
