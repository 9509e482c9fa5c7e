"""Train the tokenizer: byte-level BPE over all languages, in which every prompt is one token.

    python -m examples.train_mini.tokenizer WORK

Reads WORK/pairs.tsv.xz, writes WORK/tokenizer/. The chat template is Hunyuan-MT's.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from .corpora import LANGUAGES
from .pairs import prompt_head, read_pairs

VOCABULARY = 16000
PAD, BEGIN, END, ANSWER = "<|pad|>", "<|startoftext|>", "<|eos|>", "<|extra_0|>"
TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'user' %}" + BEGIN + "{{ message['content'] }}" + ANSWER + ""
    "{% elif message['role'] == 'assistant' %}{{ message['content'] }}" + END + "{% endif %}"
    "{% endfor %}"
)
# one digit a token, so that any number can be copied; marks like ' stay with the letters behind them
PIECES = (
    r"(?i:['’](?:s|t|re|ve|m|ll|d)(?!\p{L}))|[ '’]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# bytes of text to learn from: more of the scripts with many signs
SAMPLE = {
    "en": 26e6,
    "zh": 14e6,
    "fr": 8e6,
    "de": 8e6,
    "es": 8e6,
    "ja": 11e6,
    "ru": 11e6,
    "it": 5e6,
    "pt": 5e6,
    "ko": 7e6,
}
MOST_REPEATED = 3


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    asked = parser.parse_args(arguments)
    heads = sorted({prompt_head(one, other) for one in LANGUAGES for other in LANGUAGES if one != other})
    pools = _pools(asked.work / "pairs.tsv.xz")
    tokenizer = train([line for language, pool in pools.items() for line in _share(pool, SAMPLE[language])], heads)
    folder = asked.work / "tokenizer"
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(_config(), ensure_ascii=False, indent=1), encoding="utf-8")
    for language, pool in pools.items():
        lines = pool[:3000]
        tokens = sum(len(encoding.ids) for encoding in tokenizer.encode_batch(lines))
        print(f"{language}: {sum(map(len, lines)) / tokens:.2f} characters a token")


def train(lines: list[str], heads: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PIECES), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(heads),
        special_tokens=[PAD, BEGIN, END, ANSWER],
        min_frequency=3,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer, length=len(lines))
    # ordinary added tokens, not special ones: a prompt is text
    tokenizer.add_tokens([AddedToken(head, normalized=False, special=False) for head in heads])
    return tokenizer


def _pools(path: Path) -> dict[str, list[str]]:
    """Lines of each language in random order, those that a run sees often several times."""
    pools, rng = defaultdict(list), random.Random(1)
    for pair in read_pairs(path):
        times = min(MOST_REPEATED, round(pair.passes))
        pools[pair.source] += [pair.text] * times
        pools[pair.target] += [pair.translation] * times
    for pool in pools.values():
        rng.shuffle(pool)
    return {language: pools[language] for language in LANGUAGES}


def _share(pool: list[str], most: float) -> list[str]:
    taken, size = [], 0
    for line in pool:
        size += len(line.encode())
        if size > most:
            break
        taken.append(line)
    return taken


def _config() -> dict:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": 2048,
        "padding_side": "left",
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
        "bos_token": BEGIN,
        "eos_token": END,
        "pad_token": PAD,
        "additional_special_tokens": [ANSWER],
        "model_input_names": ["input_ids", "attention_mask"],
        "chat_template": TEMPLATE,
    }


if __name__ == "__main__":
    main()
