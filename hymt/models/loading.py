"""From a catalogue entry to a model in memory: download with progress, then load at a precision."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from hymt.engine.decoding import FUSED, REFERENCE
from hymt.errors import UserError
from hymt.hardware import heap
from hymt.hardware.devices import Device
from hymt.hardware.limit import enforce
from hymt.models.adapter import CONFIG, Adapter
from hymt.models.adapter import WEIGHTS as ADAPTER_WEIGHTS
from hymt.models.catalogue import Model, local_folder, with_adapter
from hymt.models.files import UnsupportedModel, check_files
from hymt.models.hub import DownloadFailed, Hub, OnFraction
from hymt.models.plan import Spread
from hymt.models.precision import Precision
from hymt.models.shape import ModelShape

__all__ = ["DownloadFailed", "OnFraction"]

logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it warns of optional CPU kernels at every load
logging.getLogger("accelerate.big_modeling").setLevel(logging.ERROR)  # of weights in RAM: the plan has said so


def fetch_config(model: Model, hub: Hub) -> Model:
    """The entry with the shape that its files really have: a hub model's config.json comes before anything else of it.

    Raises UnsupportedModel, DownloadFailed.
    """
    if model.folder is not None:
        return model if model.shape else replace(model, shape=ModelShape.read(model.folder))
    return replace(model, shape=ModelShape.read(hub.files(model.weights, ["config.json"]), model.name))


def fetch(model: Model, on_fraction: OnFraction, hub: Hub | None = None) -> Path:
    """The folder of a model's files, downloaded from the hub if they are not on this machine yet.

    Raises UnsupportedModel, DownloadFailed, OSError.
    """
    if model.folder is not None:
        folder = model.folder
    else:
        with _opened(hub) as hub:
            fetch_config(model, hub)
            folder = hub.model(model.weights, on_fraction)
    check_files(folder)
    return folder


def fetch_adapter(model: Model, hub: Hub | None = None) -> Adapter | None:
    """The model's adapter, downloaded if it is not on this machine yet; None for a model without one.

    Raises UnsupportedModel, DownloadFailed, OSError.
    """
    if not model.adapter:
        return None
    folder = local_folder(model.adapter)
    if folder is None:
        with _opened(hub) as hub:
            if found := hub.small_file(model.adapter, CONFIG):
                Adapter.read(found, weights=False)
            folder = hub.files(model.adapter, [CONFIG, ADAPTER_WEIGHTS])
    check_files(folder)
    return Adapter.read(folder)


def identify(model: Model, hub: Hub | None = None) -> Model:
    """A hub id that the catalogue lacks may be an adapter's: then the entry of its base with it, else the same entry.

    Raises UnsupportedModel, DownloadFailed. A hub that cannot be reached is `fetch`'s to tell.
    """
    if model.folder or model.shape or model.adapter:
        return model
    with _opened(hub) as hub:
        folder = hub.small_file(model.origin, CONFIG)
    if folder is None:
        return model
    base = Adapter.read(folder, weights=False).base
    if not base:
        raise UnsupportedModel("adapter_names_no_base", name=model.name, origin=model.origin)
    return with_adapter(base, model.origin)


def _opened(hub: Hub | None) -> AbstractContextManager[Hub]:
    """A hub of the caller's, who closes it, or one for now."""
    return nullcontext(hub) if hub else Hub()


def load_anywhere(
    folder: Path,
    precision: Precision,
    device: Device,
    spread: Spread | None,
    on_fraction: OnFraction,
    adapter: Adapter | None = None,
    kernels: str = FUSED,
):
    """What an engine with such kernels runs: the model on the device, or spread as its plan says.

    See `load` and `load_spread`.
    """
    if spread:
        return load_spread(folder, precision, device, spread.max_memory(), on_fraction, adapter)
    return load(folder, precision, device, on_fraction, adapter, kernels)


def load(
    folder: Path,
    precision: Precision,
    device: Device,
    on_fraction: OnFraction,
    adapter: Adapter | None = None,
    kernels: str = REFERENCE,
):
    """transformers' own class with its weights, an adapter's added, on the device at a precision, ready to infer.

    With `kernels` FUSED it is what the fused network reads, if that can run the model.
    """
    if kernels == FUSED:
        from hymt.engine.projections import UnsupportedLayer
        from hymt.models.fused import load_fused

        with suppress(UnsupportedLayer):
            return load_fused(folder, precision, device, on_fraction, adapter)
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    from hymt.models.weights import read_weights

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    dtype = getattr(torch, precision.compute_on(device))
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation="sdpa")
    read_weights(model, folder, precision.bits, device.torch_name, on_fraction, adapter)
    # its frequencies are computed, not stored
    model.model.rotary_emb = type(model.model.rotary_emb)(config=config).to(device.torch_name)
    with suppress(OSError):
        model.generation_config = GenerationConfig.from_pretrained(folder, local_files_only=True)
    return model.eval()


def load_spread(
    folder: Path,
    precision: Precision,
    device: Device,
    max_memory: dict[int | str, int],
    on_fraction: OnFraction,
    adapter: Adapter | None = None,
):
    """As `load`, with the weights over several devices: at most `max_memory` bytes on each GPU (by index) and "cpu".

    Raises UserError if they do not hold it all (weights on a disk would be read anew for every token), and for a
    quantised precision that is to lie partly in RAM; UnsupportedModel for an adapter where the weights are quantised
    or lie partly in RAM: there it cannot be added once they are placed.
    """
    import torch
    from transformers import AutoModelForCausalLM

    gpus = [index for index in max_memory if isinstance(index, int)]
    if precision.bits and gpus and "cpu" in max_memory:
        raise UserError("not_in_ram", precision=precision.label)
    if adapter and (precision.bits or (gpus and "cpu" in max_memory)):
        raise UnsupportedModel("adapter_placement")
    _check_floats(folder)
    for index in gpus:
        enforce(device, index)  # the limit holds for each GPU
    with _reporting(on_fraction), _no_room():
        model = AutoModelForCausalLM.from_pretrained(
            str(folder),
            dtype=getattr(torch, precision.compute),
            device_map="auto",
            max_memory=dict(max_memory),  # accelerate writes into it
            **_quantisation(folder, precision),
            attn_implementation="sdpa",
            local_files_only=True,
            use_safetensors=True,
        )
        if "disk" in getattr(model, "hf_device_map", {}).values():  # there is none where one device holds all
            raise UserError("gpus_and_ram_too_small")
    if adapter:
        _add_in_place(model, adapter)
    return model.eval()


def _check_floats(folder: Path) -> None:
    """Raises IncompleteCheckpoint for whole numbers where a checkpoint that is not quantised has floats."""
    from hymt.models.stored import IncompleteCheckpoint, open_checkpoint

    with open_checkpoint(folder) as tensors:
        whole = [name for name, stored in tensors.items() if not stored.dtype.is_floating_point]
    if whole and not ModelShape.read(folder).stored:
        raise IncompleteCheckpoint("tensor_values", tensor=min(whole), found=tensors[min(whole)].dtype)


def _add_in_place(model, adapter: Adapter) -> None:
    """Add an adapter to the float weights of a model that is loaded."""
    import torch

    from hymt.models.weights import check_changes

    weights, changes = dict(model.named_parameters()), adapter.changes()
    check_changes(adapter, changes, {name: tuple(weight.shape) for name, weight in weights.items()})
    with torch.no_grad():
        for name, change in changes.items():
            weights[name].copy_(change.added(0, change.shape[0], weights[name]))


@contextmanager
def _no_room() -> Iterator[None]:
    """Turn transformers' refusal of quantised weights that do not fit the GPUs into a UserError."""
    try:
        yield
    except ValueError as error:
        if "dispatched on the CPU or the disk" in str(error):
            raise UserError("gpus_too_small") from error
        raise


def _quantisation(folder: Path, precision: Precision) -> dict:
    """The argument with bitsandbytes' settings; none for a float precision, or where the checkpoint has its own."""
    if precision.bits is None or ModelShape.read(folder).stored:
        return {}
    import torch
    from transformers import BitsAndBytesConfig

    if precision.bits == 8:
        return {"quantization_config": BitsAndBytesConfig(load_in_8bit=True)}
    compute = getattr(torch, precision.compute)
    nf4 = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": compute}
    return {"quantization_config": BitsAndBytesConfig(**nf4)}


@contextmanager
def _reporting(on_fraction: OnFraction) -> Iterator[None]:
    """Turn transformers' own loading bar into calls of `on_fraction`, and keep its output quiet."""
    from transformers.utils import logging as transformers_logging

    class Bar:
        def __init__(self, iterable=None, total=None, **_) -> None:
            self.iterable, self.count = iterable, 0
            self.total = total or (len(iterable) if hasattr(iterable, "__len__") else 0)

        def __iter__(self):
            for item in self.iterable:
                yield item
                self.update()

        def update(self, n: int = 1) -> None:
            self.count += n
            if self.total:
                on_fraction(min(self.count / self.total, 1.0))

        def __enter__(self):
            return self

        def __exit__(self, *_) -> None: ...

        def __getattr__(self, _name):  # close, set_description and the rest of tqdm's: nothing to draw
            return lambda *args, **kwargs: None

    previous = transformers_logging.set_tqdm_hook(lambda _factory, args, kwargs: Bar(*args, **kwargs))
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    try:
        yield
    finally:
        transformers_logging.set_tqdm_hook(previous)
        transformers_logging.set_verbosity(verbosity)


def held_bytes(model) -> int:
    """Bytes of a loaded model's weights, with the scales of NF4 that transformers' own count leaves out."""
    from hymt.engine.model import FusedModel

    if isinstance(model, FusedModel):
        return model.nbytes
    states = (getattr(parameter, "quant_state", None) for parameter in model.parameters())
    scales = sum(state.absmax.nbytes + state.code.nbytes for state in states if state is not None)
    return model.get_memory_footprint() + scales


def release_memory(device: Device) -> None:
    """Give back what no object holds any more: Python's garbage, torch's cached blocks, the C library's heap."""
    gc.collect()
    if device.kind == "cuda":
        import torch

        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device.index)
    heap.trim()
