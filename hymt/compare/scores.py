"""How far translations agree, in the field's two usual scores, as sacrebleu counts them."""

from __future__ import annotations

from collections.abc import Sequence

from hymt.compare.report import Scores
from hymt.text.languages import LANGUAGES

_CHINESE = ("zh", "zh-Hant", "yue")


def bleu_tokenizer(language: str) -> str:
    """sacrebleu's tokenizer for a language. Those that need a dictionary or a download of their own are left out:
    languages without spaces, and Korean, whose words carry their particles, are compared by characters."""
    if language in _CHINESE:
        return "zh"
    return "13a" if LANGUAGES[language].spaced and language != "ko" else "char"


def score(translations: Sequence[str], references: Sequence[str], language: str) -> Scores:
    """Scores of translations against others of the same lines, as many. Raises ValueError if their number differs."""
    from sacrebleu.metrics import BLEU, CHRF

    pairs = list(zip(translations, references, strict=True))
    mine, theirs = [list(side) for side in zip(*pairs, strict=True)]
    return Scores(
        chrf=CHRF().corpus_score(mine, [theirs]).score,
        bleu=BLEU(tokenize=bleu_tokenizer(language)).corpus_score(mine, [theirs]).score,
        identical=sum(new == old for new, old in pairs) / len(pairs),
    )
