"""chrF of what a model makes of held-out pairs."""

from __future__ import annotations

from hymt.finetune.data import Pair
from hymt.finetune.evaluation import evaluate


def test_pairs_are_translated_and_scored():
    pairs = [Pair("Good morning.", "Guten Morgen."), Pair("Thank you.", "Danke.")]
    found = evaluate("hymt-mini", "fp32", pairs, "en", "de", None)
    assert len(found.translations) == len(pairs) and all(found.translations)
    assert found.chrf > 20
