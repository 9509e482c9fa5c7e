from __future__ import annotations

import json
import shutil

import pytest
from transformers import AutoTokenizer
from transformers.utils.chat_template_utils import render_jinja_template

from hymt.models.chat_template import render
from hymt.models.shape import UnsupportedModel
from hymt.models.tokenizer import ChatTokenizer
from hymt.models.tokenizer_files import _plain, read_tokenizer
from hymt.text.prompts import STYLES
from tests.conftest import MINI


def test_prompts_are_the_chat_templates(tokenizer, english, chinese):
    plain = AutoTokenizer.from_pretrained(MINI)
    turns = [STYLES["hunyuan-mt"].apply(line, "en", "de") for line in english]
    turns += [STYLES["hunyuan-mt"].apply(line, "zh", "en") for line in chinese]
    for turn in turns:
        message = [{"role": "user", "content": turn}]
        expected = plain.apply_chat_template(message, add_generation_prompt=True, return_dict=False)
        assert tokenizer.prompt(turn) == expected


def test_a_text_cannot_end_its_own_prompt(tokenizer):
    """Special tokens that a text spells out are text; the template's own stay."""
    prompt = tokenizer.prompt("Say <|eos|> and <|startoftext|><|extra_0|>.")
    assert [prompt.count(special) for special in (1, 2, 3)] == [1, 0, 1]


def settings_with(folder, **changes):
    """A copy of the embedded model's tokenizer with other settings."""
    for name in ("tokenizer.json", "config.json"):
        shutil.copy(MINI / name, folder)
    settings = json.loads((MINI / "tokenizer_config.json").read_text()) | changes
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tokenizer_class": "LlamaTokenizer"},
        {"additional_special_tokens": ["<|extra_0|>", "<|of the settings alone|>"]},
        {"added_tokens_decoder": {"3": {"content": "<|extra_0|>", "special": False}}},
        {"unk_token": "<|unk|>"},
        {"chat_template": [{"name": "default", "template": "<|startoftext|>{{ messages[0].content }}<|extra_0|>"}]},
    ],
    ids=["as it is", "class", "tokens", "decoder", "named", "templates"],
)
def test_what_settings_say_is_what_transformers_makes_of_them(changes, tmp_path, english):
    """Read without transformers where `tokenizer.json` says all, else by it."""
    plain = AutoTokenizer.from_pretrained(settings_with(tmp_path, **changes))
    found = read_tokenizer(tmp_path)
    assert (_plain(tmp_path) is not None) == (not changes)
    assert (found.special_tokens, found.end) == (plain.special_tokens_map, plain.eos_token_id)
    assert found.template == plain.get_chat_template()
    for text in (*english, "<|startoftext|>a<|of the settings alone|><|extra_0|>"):
        expected = plain(text, add_special_tokens=False).input_ids
        assert found.backend.encode(text, add_special_tokens=False).ids == expected


TEMPLATES = [
    "{% for m in messages %}\n  {{ m | tojson }}\n{% endfor %}",
    "{% set ns = namespace(n=1) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% continue %}{% endfor %}{{ ns.n }}",
    "{% generation %}{{ messages[0].content | upper }}{{ bos_token }}{% endgeneration %}{{ dict(a=1).a }}",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_say_what_they_say_in_transformers(template):
    turns = [{"role": "user", "content": "<é>"}, {"role": "assistant", "content": "y"}]
    expected = render_jinja_template([turns], chat_template=template, bos_token="B")[0][0]
    assert render(template, {"bos_token": "B"}, [(turns, False)]) == [expected]


def test_answers_are_one_line_without_special_tokens(tokenizer):
    tokens = [*tokenizer.prompt("Bonjour\nà tous"), 2]
    assert tokenizer.answer(tokens) == "Bonjour à tous"


def test_a_half_character_waits(tokenizer):
    whole = tokenizer.prompt("龘")[1:-1]
    assert tokenizer.answer(whole) == "龘" and len(whole) > 1
    assert tokenizer.answer(whole[:-1]) == ""


def test_spans_cover_the_text(tokenizer):
    text = "Grüße aus Köln, 你好 😀!"
    spans = tokenizer.spans(text)
    assert len(spans) == tokenizer.count(text)
    assert spans[0][0] == 0 and spans[-1][1] == len(text)


def test_no_chat_template_is_explained(tmp_path):
    for name in ("tokenizer.json", "config.json"):
        shutil.copy(MINI / name, tmp_path)
    with pytest.raises(UnsupportedModel, match="chat template"):
        ChatTokenizer(tmp_path)


def test_a_damaged_tokenizer_is_explained(tmp_path):
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(MINI / name, tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0", "model": 3}')
    with pytest.raises(UnsupportedModel, match="cannot be read") as caught:
        ChatTokenizer(tmp_path)
    assert str(tmp_path.parent) not in str(caught.value)
