"""A translator for tests that are not about the engine: few slots, which a short text fills, and a fast precision."""

from __future__ import annotations

import pytest

from hymt.models.manager import ModelManager, start_local_engine
from hymt.translation.translator import Translator

SLOTS = 24


@pytest.fixture(scope="module")
def translator():
    manager = ModelManager(start_engine=lambda weights, plan: start_local_engine(weights, plan.with_slots(SLOTS)))
    started = Translator("hymt-mini", "bf16", manager=manager)
    yield started
    started.close()
