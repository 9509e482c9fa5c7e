from __future__ import annotations

import pytest

from hymt.bench.start import _start
from hymt.errors import UserError
from tests.conftest import MINI


def test_a_process_is_timed_to_its_first_token():
    timing = _start(MINI, "bf16")
    assert timing.first_token == timing.seconds > 0


def test_a_process_that_fails_is_no_measurement(tmp_path):
    with pytest.raises(UserError, match="without a token"):
        _start(tmp_path, "bf16")
