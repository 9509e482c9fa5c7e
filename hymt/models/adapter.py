"""LoRA adapters as peft writes them: read, checked, and added to the weights W while these are read.

A projection becomes W + scale · B · A, with scale = alpha / r, or alpha / √r for rank-stabilised LoRA
(arXiv:2106.09685, arXiv:2312.03732). Added in float before any quantisation, an adapter works at every precision and
costs nothing at run time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hymt.errors import Listing
from hymt.models.files import UnsupportedModel, read_json

if TYPE_CHECKING:
    import torch

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."
PLAIN_STARTS = (True, False, "gaussian", "eva", "orthogonal")  # the others change the base's weights as well
# what changes more than low-rank updates of projections can say
REFUSED = (
    *("use_dora", "modules_to_save", "lora_bias", "fan_in_fan_out", "layer_replication", "rank_pattern"),
    *("alpha_pattern", "trainable_token_indices", "target_parameters", "use_qalora", "use_bdlora"),
    *("alora_invocation_tokens", "kasa_config", "monteclora_config", "velora_config", "arrow_config"),
)


@dataclass(frozen=True, eq=False)
class LowRank:
    """The change of one projection of shape (N, K): `up` B is (N, r), `down` A (r, K), both FP32."""

    up: torch.Tensor
    down: torch.Tensor
    scale: float

    @property
    def shape(self) -> tuple[int, int]:
        return self.up.shape[0], self.down.shape[1]

    def added(self, begin: int, end: int, values: torch.Tensor) -> torch.Tensor:
        """The rows `begin` to `end` of W on their device, with the change, in FP32."""
        up, down = (part.to(values.device) for part in (self.up[begin:end], self.down))
        return values.float().addmm_(up, down, alpha=self.scale)


@dataclass(frozen=True)
class Adapter:
    """An adapter's folder and what its config tells. `base` is a hub id, a folder, or a catalogue name."""

    folder: Path
    base: str
    alpha: float
    rank_stabilised: bool = False

    @classmethod
    def read(cls, folder: Path, weights: bool = True) -> Adapter:
        """Raises UnsupportedModel for what is no adapter, or one that hymt cannot add to weights.

        Its file of weights has to be there too, unless `weights` is False.
        """
        try:
            config = read_json(folder / CONFIG)
            if not isinstance(config, dict) or "peft_type" not in config:
                raise UnsupportedModel("file_of_model_unreadable", file=CONFIG, name=folder.name)
        except (FileNotFoundError, NotADirectoryError):
            raise UnsupportedModel("not_an_adapter", file=CONFIG, name=folder.name) from None
        except (OSError, ValueError) as error:
            raise UnsupportedModel("file_of_model_unreadable", file=CONFIG, name=folder.name) from error
        _check(config, folder.name)
        if weights and not (folder / WEIGHTS).is_file():
            raise UnsupportedModel("no_adapter_weights", file=WEIGHTS, name=folder.name)
        base, alpha = config.get("base_model_name_or_path") or "", float(config.get("lora_alpha", 8))
        return cls(folder, base, alpha, bool(config.get("use_rslora")))

    def changes(self) -> dict[str, LowRank]:
        """The change of each weight by its name in the base's checkpoint. Raises UnsupportedModel."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            tensors = load_file(self.folder / WEIGHTS)
        except SafetensorError as error:
            raise UnsupportedModel("damaged_adapter", file=WEIGHTS, name=self.folder.name) from error
        found: dict[str, dict[str, torch.Tensor]] = {}
        for name, tensor in tensors.items():
            path, side = _parse(name)
            if side not in ("lora_A", "lora_B") or tensor.dim() != 2:
                raise UnsupportedModel("adapter_beyond_projections", name=self.folder.name, tensor=name)
            found.setdefault(f"{path}.weight", {})[side] = tensor.float()
        return {name: self._change(name, sides) for name, sides in found.items()}

    def _change(self, name: str, sides: dict[str, torch.Tensor]) -> LowRank:
        up, down = sides.get("lora_B"), sides.get("lora_A")
        if up is None or down is None or up.shape[1] != len(down):
            raise UnsupportedModel("adapter_unpaired", name=self.folder.name, tensor=name)
        rank = len(down)
        return LowRank(up, down, self.alpha / (math.sqrt(rank) if self.rank_stabilised else rank))


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter, and no model of its own."""
    return (folder / CONFIG).is_file() and not (folder / "config.json").exists()


def _parse(name: str) -> tuple[str, str]:
    """ "base_model.model.model.layers.0.mlp.up_proj.lora_A.weight" → ("model.layers.0.mlp.up_proj", "lora_A")"""
    path, _, side = name.removeprefix(PREFIX).removesuffix(".weight").rpartition(".")
    return path, side


def _check(config: dict, name: str) -> None:
    if config["peft_type"] != "LORA":
        raise UnsupportedModel("adapter_kind", name=name, kind=config["peft_type"])
    refused = [key for key in REFUSED if config.get(key)]
    if config.get("bias", "none") != "none":
        refused.append("bias")
    if config.get("init_lora_weights", True) not in PLAIN_STARTS:
        refused.append(f"init_lora_weights “{config['init_lora_weights']}”")
    if refused:
        raise UnsupportedModel("adapter_features", name=name, features=Listing(refused))
