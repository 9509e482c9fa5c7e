"""The shape of a `hunyuan_v1_dense` checkpoint, and the bytes that it needs at each precision. Plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from hymt.errors import Sentence
from hymt.models.files import UnsafeModel, UnsupportedModel, read_json

__all__ = ["ModelShape", "UnsupportedModel"]

FLOAT_BYTES = {"fp32": 4, "bf16": 2, "fp16": 2, "int8": 2, "nf4": 2}  # activations, norms, embeddings, KV cache
# linear layers: LLM.int8 keeps a byte a weight and a scale a row; NF4 half a byte and an FP32 scale each 64 weights
LINEAR_BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "int8": 1.0, "nf4": 0.5 + 4 / 64}


def float_bytes(precision: str, kind: str) -> int:
    """Bytes of a float value at a precision on a kind of device: beside quantised weights a CPU computes in FP32."""
    return 4 if kind == "cpu" and LINEAR_BYTES[precision] < 2 else FLOAT_BYTES[precision]


# the largest that is loaded of each: far above any model of the family, far below what would hold a machine up
BOUNDS = {
    "hidden": 2**15,
    "layers": 256,
    "heads": 512,
    "kv_heads": 512,
    "head_dim": 1024,
    "intermediate": 2**18,
    "vocab": 2**20,
}


@dataclass(frozen=True)
class ModelShape:
    """The sizes of a model. `stored`: the precision, "int8" or "nf4", that a quantised checkpoint can only run at."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocab: int
    tied: bool = True
    stored: str | None = None

    @classmethod
    def read(cls, folder: Path, name: str = "") -> ModelShape:
        """The shape that a checkpoint's config.json tells. Raises UnsupportedModel with the folder's name, or this."""
        name = name or folder.name
        try:
            config = read_json(folder / "config.json")
        except FileNotFoundError:
            raise UnsupportedModel("no_config", name=name) from None
        except (ValueError, OSError) as error:
            raise UnsupportedModel("file_of_model_unreadable", file="config.json", name=name) from error
        config = config if isinstance(config, dict) else {}
        kind = config.get("model_type")
        if kind != "hunyuan_v1_dense":
            raise UnsupportedModel("other_architecture", name=name, kind=kind or Sentence("unknown_type"))
        stored = None
        if quantisation := config.get("quantization_config"):
            stored = _stored_precision(quantisation)
            if stored is None:
                raise UnsupportedModel("other_quantisation", name=name)
        try:
            shape = replace(cls._of(config), stored=stored)
        except (KeyError, TypeError, ZeroDivisionError) as error:
            raise UnsupportedModel("no_shape", name=name, detail=str(error)) from error
        shape.check_bounds()
        return shape

    @classmethod
    def _of(cls, config: dict) -> ModelShape:
        heads = config["num_attention_heads"]
        return cls(
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=heads,
            kv_heads=config.get("num_key_value_heads") or heads,
            head_dim=config.get("head_dim") or config["hidden_size"] // heads,
            intermediate=config["intermediate_size"],
            vocab=config["vocab_size"],
            tied=config.get("tie_word_embeddings", False),
        )

    def check_bounds(self) -> None:
        """Raises UnsafeModel for sizes that are no whole numbers above 0, or so large that loading would not end."""
        for name, most in BOUNDS.items():
            size = getattr(self, name)
            if type(size) is not int or not 0 < size <= most:
                raise UnsafeModel("size_out_of_bounds", size=name, most=f"{most:,}")

    @property
    def linear_weights(self) -> int:
        """Weights of the layers' projections: what a quantised precision shrinks."""
        attention = self.hidden * self.head_dim * (2 * self.heads + 2 * self.kv_heads)
        return self.layers * (attention + 3 * self.hidden * self.intermediate)

    @property
    def embedding_weights(self) -> int:
        """The embedding table, twice if the output head has its own."""
        return self.vocab * self.hidden * (1 if self.tied else 2)

    @property
    def parameters(self) -> int:
        norms = self.layers * (2 * self.hidden + 2 * self.head_dim) + self.hidden
        return self.linear_weights + self.embedding_weights + norms

    def weight_bytes(self, precision: str, kind: str = "cuda", fused: bool = True) -> int:
        """Bytes of all weights, as the fused network has them or as transformers' modules have."""
        width = float_bytes(precision, kind)
        norms = self.parameters - self.linear_weights - self.embedding_weights
        others = norms * width + self.embedding_bytes(precision, kind, fused)
        return int(self.linear_weights * LINEAR_BYTES[precision] + others)

    def embedding_bytes(self, precision: str, kind: str = "cuda", fused: bool = True) -> int:
        """Bytes of the embedding and the output head. The fused network has a quantised model's head in INT8, a scale
        a row; transformers' modules leave both in their float type."""
        whole = self.embedding_weights * float_bytes(precision, kind)
        if not fused or LINEAR_BYTES[precision] >= 2:
            return whole
        return whole - self.vocab * (self.hidden * (float_bytes(precision, kind) - 1) - 4)

    def kv_bytes_per_token(self, precision: str, kind: str = "cuda") -> int:
        """Keys and values of all layers for one position of one slot."""
        return 2 * self.layers * self.kv_heads * self.head_dim * float_bytes(precision, kind)


def _stored_precision(quantisation: object) -> str | None:
    """The precision of a config.json's `quantization_config`; None for what the engine cannot run.

    It runs bitsandbytes' INT8, and its NF4 with plain scales, where all of the layers' projections are quantised.
    """
    if not isinstance(quantisation, dict) or quantisation.get("quant_method") != "bitsandbytes":
        return None
    if not set(quantisation.get("llm_int8_skip_modules") or ()) <= {"lm_head"}:
        return None
    if quantisation.get("load_in_8bit"):
        return None if quantisation.get("llm_int8_has_fp16_weight") else "int8"
    plain = quantisation.get("bnb_4bit_quant_storage", "uint8") == "uint8"
    nested = quantisation.get("bnb_4bit_use_double_quant")
    nf4 = quantisation.get("load_in_4bit") and quantisation.get("bnb_4bit_quant_type") == "nf4"
    return "nf4" if nf4 and plain and not nested else None


SHAPE_7B = ModelShape(4096, 32, 32, 8, 128, 14336, 128256)
SHAPE_1_8B = ModelShape(2048, 32, 16, 4, 128, 6144, 120818)
