"""What training leaves: an adapter as peft writes it, or a checkpoint that hymt loads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from hymt.models.adapter import WEIGHTS
from hymt.models.catalogue import Model

NOTE = "finetune.json"
KEPT = (  # of the base, in hymt.json
    *("family", "languages", "licence", "excluded_regions", "through_english", "not_offered", "demonstration"),
    *("chunk_tokens", "max_chunk_tokens", "max_sentences", "max_len", "answer_ratio", "beams"),
)
REWRITTEN = ("config.json", "generation_config.json", "hymt.json", "README.md")


def write_adapter(model, base: Model, folder: Path) -> None:
    """The adapter of a peft model; its config names the base by what any machine finds it by, where there is such."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    tensors = get_peft_model_state_dict(model, save_embedding_layers=False)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    config = model.peft_config["default"]
    config.base_model_name_or_path = base.known_as if base.folder else base.origin
    config.inference_mode = True
    config.save_pretrained(str(folder))


def write_model(model, base: Model, base_folder: Path, folder: Path) -> None:
    """The whole model in its checkpoint's own type, with the base's tokenizer and what hymt knows of the base."""
    from transformers import AutoConfig

    dtype = AutoConfig.from_pretrained(base_folder, local_files_only=True).dtype
    model.to(dtype).save_pretrained(str(folder))
    for file in base_folder.iterdir():
        if file.is_file() and ".safetensors" not in file.name and file.name not in REWRITTEN:
            shutil.copyfile(file, folder / file.name)
    _write(folder / "hymt.json", {name: getattr(base, name) for name in KEPT})


def write_note(folder: Path, report: dict) -> None:
    """How it came to be, for people and programs; hymt itself does not read it."""
    _write(folder / NOTE, report)


def _write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
