"""What a checkpoint's files say of its tokenizer: read here where they say all of it, else by transformers.

The tokenizers library reads `tokenizer.json` in a tenth of a second; importing transformers takes longer than all else
of a start.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import tokenizers

from hymt.models.files import MAX_LARGE_JSON, read_json

PLAIN_CLASSES = ("PreTrainedTokenizerFast", "TokenizersBackend")  # transformers' names for "what tokenizer.json says"
NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
# files and settings that change what tokenizer.json says, or where its template is
ELSEWHERE = ("special_tokens_map.json", "added_tokens.json", "chat_template.json", "additional_chat_templates")
CHANGING = ("auto_map", "split_special_tokens", "fix_mistral_regex")


@dataclass(frozen=True, eq=False)
class TokenizerFiles:
    """`special_tokens` by the names that a chat template knows them by; `end` is the end token's id."""

    backend: tokenizers.Tokenizer
    template: str | None
    special_tokens: dict[str, str]
    end: int

    def is_added(self, token: int) -> bool:
        return token in self.backend.get_added_tokens_decoder()


def read_tokenizer(folder: Path) -> TokenizerFiles:
    """The tokenizer of a folder's files. Raises what reading a damaged file raises."""
    return _plain(folder) or _by_transformers(folder)


def _plain(folder: Path) -> TokenizerFiles | None:
    """The tokenizer if `tokenizer.json` and `tokenizer_config.json` say all of it."""
    whole, settings = folder / "tokenizer.json", _settings(folder)
    if not whole.exists() or settings.get("tokenizer_class") not in PLAIN_CLASSES:
        return None
    template = _template(folder, settings)
    if template is None or any((folder / name).exists() for name in ELSEWHERE) or any(map(settings.get, CHANGING)):
        return None
    backend = tokenizers.Tokenizer.from_file(str(whole))
    special = {name: _content(settings[name]) for name in NAMED if settings.get(name)}
    end = backend.token_to_id(special.get("eos_token", ""))
    if not isinstance(backend.model, tokenizers.models.BPE) or end is None or not _has_all(backend, special, settings):
        return None
    backend.no_truncation()
    backend.no_padding()
    return TokenizerFiles(backend, template, special, end)


def _settings(folder: Path) -> dict:
    try:
        settings = read_json(folder / "tokenizer_config.json", MAX_LARGE_JSON)
    except FileNotFoundError:
        return {}
    return settings if isinstance(settings, dict) else {}


def _template(folder: Path, settings: dict) -> str | None:
    """The one chat template that there is; None if there is none, or several."""
    file = folder / "chat_template.jinja"
    template = file.read_text(encoding="utf-8") if file.exists() else settings.get("chat_template")
    return template if isinstance(template, str) else None


def _content(token: object) -> str:
    """A special token, which may be written with its settings."""
    return str(token["content"] if isinstance(token, dict) else token)


def _has_all(backend: tokenizers.Tokenizer, special: dict[str, str], settings: dict) -> bool:
    """Whether all that the settings would add to a tokenizer is in it, the same in every way."""
    added = backend.get_added_tokens_decoder()
    specials = {token.content for token in added.values() if token.special}
    more = settings.get("additional_special_tokens") or settings.get("extra_special_tokens") or []
    named = [*special.values(), *map(_content, more.values() if isinstance(more, dict) else more)]
    listed = {int(index): tokenizers.AddedToken(**token) for index, token in _decoder(settings).items()}
    return specials.issuperset(named) and all(added.get(index) == token for index, token in listed.items())


def _decoder(settings: dict) -> dict[str, dict]:
    return settings.get("added_tokens_decoder") or {}


def _by_transformers(folder: Path) -> TokenizerFiles:
    from transformers import AutoTokenizer

    read = AutoTokenizer.from_pretrained(str(folder), padding_side="left", local_files_only=True)
    template, special, backend = None, read.special_tokens_map, read.backend_tokenizer
    with suppress(ValueError):  # there is none
        template = read.get_chat_template()
    backend.no_truncation()
    backend.no_padding()
    return TokenizerFiles(backend, template, special, read.eos_token_id)
