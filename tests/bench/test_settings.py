"""What the options of `hymt bench` mean."""

from __future__ import annotations

import pytest

from hymt.bench.settings import PARTS, Settings, read_count, read_parts, read_precisions, read_widths
from hymt.errors import UserError


def test_lists_keep_their_order_and_lose_what_is_said_twice():
    assert read_precisions("INT8, fp16,int8") == ("int8", "fp16")
    assert read_widths("16,1,16") == (16, 1)


def test_groups_are_spelt_out_in_the_order_of_a_run():
    assert read_parts("own,limits") == ("limits", "start", "hymt", "beams", "long", "swap")
    assert read_parts("baselines,own,limits") == PARTS


def test_baselines_run_in_the_first_float_precision():
    assert Settings("7b", ("int8", "bf16", "fp16")).base_precision == "bf16"
    assert Settings("7b", ("nf4", "int8")).base_precision == "nf4"


@pytest.mark.parametrize(
    ("read", "value", "words"),
    [
        (read_precisions, "fp16,fp8", "fp32, bf16, fp16, int8, nf4"),
        (read_widths, "1,two", "“two” is not a whole number from 1 to 128"),
        (read_widths, "129", "the most sequences"),
        (read_widths, "", "whole number"),
        (read_count, "0", "from 1"),
        (read_count, "-3", "from 1"),
        (read_parts, "beam", "beams"),
    ],
)
def test_errors_say_what_to_do(read, value, words):
    with pytest.raises(UserError, match=words):
        read(value)
