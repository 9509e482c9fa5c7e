"""The models that hymt knows by name, and the entry it makes for any other checkpoint of their architecture."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hymt.errors import Listing, Sentence
from hymt.models.adapter import Adapter, is_adapter
from hymt.models.files import read_json
from hymt.models.precision import PRECISIONS, Precision
from hymt.models.shape import SHAPE_1_8B, SHAPE_7B, ModelShape, UnsupportedModel
from hymt.text.languages import LANGUAGES
from hymt.text.prompts import STYLES

PROMPT_TOKENS = 96  # of the longest wording around a chunk, with room to spare
MINI_FOLDER = Path(__file__).parent.parent / "mini"
MOST_TOKENS = 2**20  # of any length in a hymt.json
PLUS = " + "  # between a base and its adapter
LEFT_OUT = ("name", "origin", "shape", "family", "base", "adapter")  # of hymt.json, which has the rest of a model
HUB_ID = r"[\w.-]+/[\w.-]+"
TENCENT_REGIONS = ("the European Union", "the United Kingdom", "South Korea")


@dataclass(frozen=True)
class Model:
    """A checkpoint in the catalogue.

    `origin` is a hub id or a folder, or with an adapter "BASE + ADAPTER": what `find_model` finds it by again. Then
    `base` is the hub id or folder of the weights, and `adapter` that of the adapter.

    A chunk has at most `chunk_tokens` tokens (a user may choose up to `max_chunk_tokens`) and `max_sentences`; its
    answer may be `answer_ratio` times as long, and prompt and answer together fill at most `max_len` positions.
    `alignment_head`, a layer and a head of it, looks at the source's word that is being translated; `hymt align` finds
    it.
    `through_english`: pairs without English take two steps. `not_offered`: languages that it reads but writes too
    poorly for a page to offer.
    """

    name: str
    origin: str
    family: str = "hunyuan-mt"
    languages: tuple[str, ...] = tuple(LANGUAGES)
    size: str = ""
    shape: ModelShape | None = field(default=None, repr=False)
    licence: str = "see the model's own page"
    excluded_regions: tuple[str, ...] = ()
    through_english: bool = False
    not_offered: tuple[str, ...] = ()
    demonstration: bool = False
    chunk_tokens: int = 256
    max_chunk_tokens: int = 384
    max_sentences: int | None = None
    max_len: int = 1280
    answer_ratio: float = 2.0
    beams: int = 1
    alignment_head: tuple[int, int] | None = None
    base: str = ""
    adapter: str = ""

    @property
    def weights(self) -> str:
        """The hub id or folder of the weights."""
        return self.base or self.origin

    @property
    def known_as(self) -> str:
        """What `find_model` finds it by: a catalogue name, or the id or folder that it was given by."""
        return self.name if self.name in CATALOGUE else self.origin

    @property
    def folder(self) -> Path | None:
        """The folder of a local model's weights; None for one of the hub."""
        return local_folder(self.weights)

    @property
    def stored(self) -> str | None:
        """The precision that a quantised checkpoint is stored in; None for one of floats, or not on this machine."""
        return self.shape.stored if self.shape else None

    @property
    def targets(self) -> tuple[str, ...]:
        """The languages that a page offers to translate into."""
        return tuple(code for code in self.languages if code not in self.not_offered)

    def mismatch(self, precision: Precision) -> UnsupportedModel | None:
        """Why the model has not this precision, wherever it runs; None where it has."""
        if self.stored and self.adapter:
            return _no_adapter(self.weights)
        if self.stored in (None, precision.name):
            return None
        label = PRECISIONS[self.stored].label
        return UnsupportedModel("stored_otherwise", model=self.name, label=label, precision=self.stored)

    def sidecar(self) -> dict:
        """What a `hymt.json` says, so that a copy of the model in a folder of any name is the same model."""
        plain = _unnamed("", "", self.shape)
        own = [known.name for known in fields(self) if known.name not in LEFT_OUT]
        said = {name: getattr(self, name) for name in own if getattr(self, name) != getattr(plain, name)}
        return {"family": self.family} | said

    def route(self, source: str, target: str) -> list[tuple[str, str]]:
        """The translation steps from one of its languages to another."""
        if self.through_english and "en" not in (source, target):
            return [(source, "en"), ("en", target)]
        return [(source, target)]

    def max_answer(self, prompt_tokens: int, chunk_tokens: int) -> int:
        """The most tokens of an answer: twice the chunk and some for what grows, within the slot."""
        return max(1, min(self._long_answer(chunk_tokens), self.max_len - prompt_tokens))

    def leaves_room(self, prompt_tokens: int, chunk_tokens: int) -> bool:
        """Whether the longest answer to a chunk fits its slot beside the prompt."""
        return prompt_tokens + self._long_answer(chunk_tokens) <= self.max_len

    def with_chunks(self, chunk_tokens: int) -> Model:
        """The same model with chunks no longer than this, and slots no longer than these chunks ask for."""
        if chunk_tokens >= self.chunk_tokens:
            return self
        needed = PROMPT_TOKENS + chunk_tokens + self._long_answer(chunk_tokens)
        lengths: dict[str, Any] = {"chunk_tokens": chunk_tokens, "max_chunk_tokens": chunk_tokens}
        return replace(self, **lengths, max_len=min(self.max_len, needed))

    def _long_answer(self, chunk_tokens: int) -> int:
        return 32 + int(self.answer_ratio * chunk_tokens)


def local_folder(name: str) -> Path | None:
    """The folder of this name, from ~ for a home directory; None if there is none.

    A link keeps its own name: what it leads to may tell more than was asked, /proc/self for one.
    """
    try:
        folder = Path(os.path.abspath(Path(name).expanduser()))
        return folder if folder.is_dir() else None
    except (RuntimeError, OSError, ValueError):  # there is no such user, or no file can have this name
        return None


def _from_folder(folder: Path, name: str | None = None) -> Model:
    """An entry for a local checkpoint; a `hymt.json` in its folder tells what its config.json cannot."""
    shape = ModelShape.read(folder)
    entry = _unnamed(name or folder.name or "model", str(folder), shape)
    try:
        said = dict(read_json(folder / "hymt.json"))
    except FileNotFoundError:
        return entry
    except (OSError, ValueError, TypeError) as error:
        raise UnsupportedModel("file_of_model_unreadable", file="hymt.json", name=folder.name) from error
    if unknown := set(said) - ({*Model.__dataclass_fields__} - {*LEFT_OUT} | {"family"}):
        raise UnsupportedModel("unknown_keys", name=folder.name, keys=Listing(sorted(unknown)))
    if said.get("family", entry.family) not in STYLES:
        raise UnsupportedModel("unknown_family", name=folder.name, families=Listing(STYLES))
    if wrong := [name for name, value in said.items() if not _may_be(name, value, entry)]:
        raise UnsupportedModel("sidecar_value", name=folder.name, field=min(wrong))
    listed = {name: tuple(value) for name, value in said.items() if isinstance(value, list)}
    if strange := {*listed.get("languages", ()), *listed.get("not_offered", ())} - set(LANGUAGES):
        raise UnsupportedModel("sidecar_language", name=folder.name, languages=Listing(sorted(strange)))
    entry = replace(entry, **said | listed)
    return entry if _has_head(entry) else replace(entry, alignment_head=None)


def _may_be(name: str, value: object, entry: Model) -> bool:
    """Whether what a file says may stand for a field of a model."""
    if name == "alignment_head":
        return isinstance(value, list) and len(value) == 2 and all(type(one) is int and one >= 0 for one in value)
    return _is_like(value, getattr(entry, name))


def _has_head(entry: Model) -> bool:
    """Whether the model has its alignment head: a hymt.json may be a copy of another model's."""
    if entry.shape is None or entry.alignment_head is None:
        return False
    layer, head = entry.alignment_head
    return layer < entry.shape.layers and head < entry.shape.heads


def _is_like(value: object, usual: object) -> bool:
    """Whether what a file says may stand for a field's usual value: of its type, and numbers above 0."""
    if isinstance(usual, tuple):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(usual, bool | str):
        return type(value) is type(usual)
    if usual is None and value is None:
        return True
    kinds = int | float if isinstance(usual, float) else int
    return isinstance(value, kinds) and not isinstance(value, bool) and 0 < value <= MOST_TOKENS


def _unnamed(name: str, origin: str, shape: ModelShape | None = None) -> Model:
    """An entry for a checkpoint that the catalogue lacks: its name tells its family."""
    lowered = origin.lower()
    family = "hy-mt2" if "mt2" in lowered else "hy-mt1.5" if "mt1.5" in lowered else "hunyuan-mt"
    size = f"{shape.parameters / 1e9:.1f}B" if shape else ""
    return Model(name, origin, family, shape=shape, size=size)


def _tencent(name: str, family: str, size: str, licence: str, excluded: tuple[str, ...]) -> Model:
    shape = SHAPE_7B if size == "7B" else SHAPE_1_8B
    return Model(name, f"tencent/{name}", family, size=size, shape=shape, licence=licence, excluded_regions=excluded)


_HUNYUAN, _HY, _APACHE = "Tencent Hunyuan Community", "Tencent HY Community", "Apache-2.0"
CATALOGUE = {
    model.name: model
    for model in (
        replace(_from_folder(MINI_FOLDER, "hymt-mini"), size="56M", licence=_APACHE),
        _tencent("Hunyuan-MT-7B", "hunyuan-mt", "7B", _HUNYUAN, TENCENT_REGIONS),
        _tencent("HY-MT1.5-1.8B", "hy-mt1.5", "1.8B", _HY, TENCENT_REGIONS),
        _tencent("HY-MT1.5-7B", "hy-mt1.5", "7B", _HY, TENCENT_REGIONS),
        _tencent("Hy-MT2-1.8B", "hy-mt2", "1.8B", _APACHE, ()),
        _tencent("Hy-MT2-7B", "hy-mt2", "7B", _APACHE, ()),
    )
}
DEFAULT = "hymt-mini"


def find_model(name: str) -> Model:
    """A model by its catalogue name, hub id or folder; an adapter's folder, or "BASE + ADAPTER".

    Raises UnsupportedModel that says what to do.
    """
    wanted = str(name).strip()
    for model in CATALOGUE.values():
        if wanted.lower() in (model.name.lower(), model.origin.lower()):
            return model
    if wanted and (folder := local_folder(wanted)):
        return with_adapter(None, str(folder)) if is_adapter(folder) else _from_folder(folder)
    if parts := re.fullmatch(r"(?:(.+) )?\+ (.+)", wanted):
        return with_adapter(*parts.groups())
    if _is_hub_id(wanted):
        return _unnamed(wanted.split("/")[1], wanted)
    close = difflib.get_close_matches(wanted.lower(), [known.lower() for known in CATALOGUE], n=1)
    meant = [known for known in CATALOGUE if known.lower() in close]
    hint = Sentence("did_you_mean", {"names": Listing(meant, choice=True)}) if meant else ""
    raise UnsupportedModel("unknown_model", name=Path(wanted).name or wanted, hint=hint, known=Listing(CATALOGUE))


def with_adapter(base: str | None, adapter: str) -> Model:
    """The entry of a base with an adapter, a folder or a hub id; without a base the adapter's config names it.

    The config of one on the hub is for `loading.identify` to fetch. Raises UnsupportedModel.
    """
    adapter = adapter.strip()
    if folder := local_folder(adapter):
        adapter = str(folder)
        read = Adapter.read(folder)
        base = base or _named_base(read)
    elif not _is_hub_id(adapter):
        raise UnsupportedModel("unknown_adapter", name=Path(adapter).name)
    if not base:
        return find_model(adapter)
    found = find_model(base)
    if found.adapter:
        raise UnsupportedModel("has_adapter", model=found.name)
    if found.stored:
        raise _no_adapter(found.name)
    name = f"{found.name}{PLUS}{Path(adapter).name}"
    return replace(found, name=name, origin=f"{found.known_as}{PLUS}{adapter}", base=found.origin, adapter=adapter)


def _no_adapter(base: str) -> UnsupportedModel:
    return UnsupportedModel("quantised_takes_no_adapter", model=Path(base).name)


def adapted(model: str | None, adapter: str | None) -> str | None:
    """What to give `find_model` for a model (or the one that the adapter names) and an adapter, if there is one."""
    return f"{model or ''}{PLUS}{adapter}".strip() if adapter else model


def _named_base(adapter: Adapter) -> str:
    try:
        find_model(adapter.base)
    except UnsupportedModel:
        base = Path(adapter.base).name or Sentence("unnamed_model")
        raise UnsupportedModel("adapter_base_missing", name=adapter.folder.name, base=base) from None
    return adapter.base


def _is_hub_id(name: str) -> bool:
    return bool(re.fullmatch(HUB_ID, name)) and ".." not in name
