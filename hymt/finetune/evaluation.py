"""How well held-out pairs are translated: chrF (Popović 2015, as sacrebleu computes it) of hymt's own translations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hymt.errors import UserError
from hymt.finetune.data import Pair
from hymt.text.blocks import Block
from hymt.translation.events import Failed
from hymt.translation.translator import Translator


@dataclass(frozen=True)
class Evaluation:
    """chrF from 0 to 100, and the translations it is of."""

    chrf: float
    translations: list[str]


def evaluate(
    model: str, precision: str, pairs: Sequence[Pair], source: str, target: str, gpu_memory: float | None
) -> Evaluation:
    """Load a model, translate the sources by its own decoding, let go of it. Raises UserError."""
    translator = Translator(model, precision, gpu_memory=gpu_memory)
    try:
        job = translator.job([Block.of(pair.source) for pair in pairs], target, source)
        *_, last = job.events()
    finally:
        translator.close()
    if isinstance(last, Failed):
        raise UserError("held_out_failed", reason=last.error)
    return Evaluation(chrf(job.translations, [pair.target for pair in pairs]), list(job.translations))


def chrf(translations: list[str], references: list[str]) -> float:
    from sacrebleu import corpus_chrf

    return corpus_chrf(translations, [references]).score
