from __future__ import annotations

import pytest
import sacrebleu

from hymt.compare.scores import bleu_tokenizer, score
from hymt.text.languages import LANGUAGES

ENGLISH = ["The cat sat on the mat.", "It rained all day.", "Where is the station?"]
OTHERS = ["The cat sat on a mat.", "It rained all day.", "Where is the railway station?"]


@pytest.mark.parametrize(
    ("language", "new", "old"),
    [
        ("en", ENGLISH, OTHERS),
        ("zh", ["我想要一杯咖啡。", "火车站在哪里？"], ["我想要一杯茶。", "火车站在哪里？"]),
        ("ja", ["私は本を読みます。", "駅はどこですか。"], ["私は雑誌を読みます。", "駅はどこですか。"]),
    ],
)
def test_scores_are_sacrebleus(language, new, old):
    scores = score(new, old, language)
    tokenizer = {"en": "13a", "zh": "zh", "ja": "char"}[language]
    assert scores.bleu == sacrebleu.corpus_bleu(new, [old], tokenize=tokenizer).score
    assert scores.chrf == sacrebleu.corpus_chrf(new, [old]).score
    assert 0 < scores.bleu < 100 and 0 < scores.chrf < 100


def test_identical_lines_are_counted_to_the_character():
    assert score(ENGLISH, OTHERS, "en").identical == pytest.approx(1 / 3)
    assert score(["Good morning. "], ["Good morning."], "en").identical == 0


def test_the_same_translations_score_full_marks():
    scores = score(ENGLISH, ENGLISH, "en")
    assert (scores.chrf, scores.bleu, scores.identical) == (pytest.approx(100), pytest.approx(100), 1)


def test_another_number_of_lines_is_refused():
    with pytest.raises(ValueError):
        score(ENGLISH, OTHERS[:2], "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_scored_without_more_packages(language):
    assert score(["a b c d e"], ["a b c d e"], language).bleu > 0
    assert bleu_tokenizer(language) in ("13a", "zh", "char")


def test_languages_without_spaces_are_not_cut_at_spaces():
    unspaced = {code for code, language in LANGUAGES.items() if not language.spaced}
    assert all(bleu_tokenizer(code) != "13a" for code in unspaced)
