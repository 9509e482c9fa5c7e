"""What is learnt, and its loss, against transformers' own."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoTokenizer

from hymt.finetune import loss as losses
from hymt.finetune.data import Pair
from hymt.finetune.examples import IGNORED, Collator, encode
from hymt.text.prompts import STYLES
from tests.conftest import MINI

PAIRS = [Pair("Good morning.", "Bonjour."), Pair("Where is the nearest station?", "Où est la gare <|eos|> ?")]


def encoded(tokenizer):
    return [encode(pair, tokenizer, STYLES["hunyuan-mt"], "en", "fr") for pair in PAIRS]


def test_labels_mask_exactly_the_prompt(tokenizer):
    for pair, example in zip(PAIRS, encoded(tokenizer), strict=True):
        prompt = tokenizer.prompt(STYLES["hunyuan-mt"].apply(pair.source, "en", "fr"))
        ids, labels = example["input_ids"], example["labels"]
        assert ids[: len(prompt)] == prompt and set(labels[: len(prompt)]) == {IGNORED}
        assert labels[len(prompt) :] == ids[len(prompt) :] and len(ids) == len(labels)
        assert ids[-1] == 2 and 2 not in ids[:-1]  # the end token, once, whatever a text spells out
        assert tokenizer.answer(ids[len(prompt) : -1]) == pair.target


def test_the_tokens_are_those_of_the_chat_template(tokenizer):
    template = AutoTokenizer.from_pretrained(MINI)
    turn = STYLES["hunyuan-mt"].apply(PAIRS[0].source, "en", "fr")
    turns = [{"role": "user", "content": turn}, {"role": "assistant", "content": PAIRS[0].target}]
    assert encoded(tokenizer)[0]["input_ids"] == template.apply_chat_template(turns, return_dict=False)


@pytest.mark.parametrize("chunk", [512, 3])
def test_the_loss_is_transformers_own(tokenizer, weights, monkeypatch, chunk):
    monkeypatch.setattr(losses, "CHUNK", chunk)
    batch = {name: tensor.to(weights.device) for name, tensor in Collator()(encoded(tokenizer)).items()}
    assert batch["attention_mask"].sum() < batch["attention_mask"].numel()  # there is padding
    with torch.no_grad():
        ours = losses.answer_loss(weights, **batch) / (batch["labels"] != IGNORED).sum()
        torch.testing.assert_close(ours, weights(**batch).loss, rtol=1e-5, atol=1e-5)
