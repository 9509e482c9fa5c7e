from __future__ import annotations

import json
import shutil

import pytest

from hymt.models.catalogue import CATALOGUE, PROMPT_TOKENS, find_model
from hymt.models.shape import UnsupportedModel
from hymt.text.languages import LANGUAGES
from hymt.text.prompts import STYLES
from tests.conftest import MINI


def test_every_model_is_whole():
    assert list(CATALOGUE)[:2] == ["hymt-mini", "Hunyuan-MT-7B"]
    for model in CATALOGUE.values():
        assert model.family in STYLES and model.shape and model.size and model.licence
        assert set(model.languages) <= set(LANGUAGES)
        assert bool(model.excluded_regions) == model.licence.startswith("Tencent")
        assert model.chunk_tokens <= model.max_chunk_tokens < model.max_len


def test_the_real_models_know_all_languages_directly():
    model = CATALOGUE["Hunyuan-MT-7B"]
    assert model.origin == "tencent/Hunyuan-MT-7B" and len(model.languages) == 38
    assert model.route("bo", "fa") == [("bo", "fa")]


@pytest.mark.parametrize("model", CATALOGUE.values(), ids=lambda model: model.name)
def test_shorter_chunks_make_shorter_slots(model):
    """Prompt, chunk and its longest answer fit the slot at every chunk length."""
    for chunk_tokens in range(16, model.chunk_tokens, 16):
        fitted = model.with_chunks(chunk_tokens)
        assert fitted.chunk_tokens == fitted.max_chunk_tokens == chunk_tokens and fitted.max_len <= model.max_len
        assert fitted.max_answer(PROMPT_TOKENS + chunk_tokens, chunk_tokens) == 32 + int(2 * chunk_tokens)
    assert model.with_chunks(model.chunk_tokens) is model.with_chunks(10_000) is model


def test_a_slot_holds_the_longest_chunk_of_the_real_models():
    model = CATALOGUE["Hunyuan-MT-7B"]
    longest = model.max_chunk_tokens
    assert model.max_answer(PROMPT_TOKENS + longest, longest) == 32 + 2 * longest


@pytest.mark.parametrize("style", STYLES)
def test_the_wording_around_a_chunk_is_short(style, tokenizer):
    turns = (STYLES[style].apply("a", source, target) for source in ("en", "zh") for target in LANGUAGES)
    assert max(len(tokenizer.prompt(turn)) for turn in turns) <= PROMPT_TOKENS


def test_mini_goes_through_english():
    mini = CATALOGUE["hymt-mini"]
    assert mini.route("zh", "en") == [("zh", "en")]
    assert mini.route("de", "fr") == [("de", "en"), ("en", "fr")]
    assert mini.beams == 4 and mini.demonstration and len(mini.languages) == 10


@pytest.mark.parametrize("name", ["Hunyuan-MT-7B", "hunyuan-mt-7b", "tencent/Hunyuan-MT-7B", " hymt-mini "])
def test_found_by_name_or_hub_id(name):
    assert find_model(name).name in ("Hunyuan-MT-7B", "hymt-mini")


def test_a_hub_id_that_the_catalogue_lacks():
    model = find_model("someone/my-Hy-MT2-tuned")
    assert (model.family, model.origin, model.folder) == ("hy-mt2", "someone/my-Hy-MT2-tuned", None)


def test_a_local_folder(tmp_path):
    copy = tmp_path / "tuned"
    copy.mkdir()
    shutil.copy(MINI / "config.json", copy)
    model = find_model(str(copy))
    assert model.name == "tuned" and model.folder == copy and len(model.languages) == 38
    shutil.copy(MINI / "hymt.json", copy)
    assert find_model(str(copy)).through_english and len(find_model(str(copy)).languages) == 10


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no config.json"),
        ("{", "cannot be read"),
        ('{"model_type": "llama"}', "is a llama"),
        ('{"model_type": "hunyuan_v1_dense"}', "lacks the model's shape"),
        ("[]", "unknown type"),
    ],
)
def test_folders_that_are_no_model(tmp_path, content, words):
    if content:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(UnsupportedModel, match=words) as caught:
        find_model(str(tmp_path))
    assert str(tmp_path.parent) not in str(caught.value)


def test_unknown_keys_of_a_sidecar_are_named(tmp_path):
    shutil.copy(MINI / "config.json", tmp_path)
    (tmp_path / "hymt.json").write_text(json.dumps({"chunks": 3}))
    with pytest.raises(UnsupportedModel, match="unknown keys: chunks"):
        find_model(str(tmp_path))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"languages": 5}, "gives “languages” a value"),
        ({"languages": ["en", "tlh"]}, "does not know: tlh"),
        ({"max_len": "long"}, "gives “max_len” a value"),
        ({"chunk_tokens": 10**30}, "gives “chunk_tokens” a value"),
        ({"beams": True}, "gives “beams” a value"),
        ({"answer_ratio": -1}, "gives “answer_ratio” a value"),
        ({"shape": {"layers": 1}, "source": "/"}, "unknown keys: shape, source"),
    ],
)
def test_values_of_a_sidecar_are_checked(tmp_path, said, words):
    shutil.copy(MINI / "config.json", tmp_path)
    (tmp_path / "hymt.json").write_text(json.dumps(said))
    with pytest.raises(UnsupportedModel, match=words):
        find_model(str(tmp_path))


def test_a_mistyped_name_gets_a_hint():
    with pytest.raises(UnsupportedModel, match="Did you mean Hunyuan-MT-7B"):
        find_model("Hunyuan-MT-7")
