"""What reading the weights costs."""

from __future__ import annotations

from hymt.bench import limits
from hymt.hardware.devices import detect_device
from hymt.models.shape import SHAPE_7B, ModelShape


def test_the_limit_of_one_sequence():
    """An H100's 3.02 TB/s over the 7B's weights."""
    assert round(limits.one_sequence(3.02e12, SHAPE_7B, "fp16")) == 201
    assert limits.one_sequence(3.02e12, SHAPE_7B, "nf4") > 600


def test_an_input_embedding_of_its_own_is_not_read():
    tied = ModelShape(64, 2, 4, 2, 16, 128, 1000, tied=True)
    untied = ModelShape(64, 2, 4, 2, 16, 128, 1000, tied=False)
    assert limits.bytes_per_token(tied, "fp16") == limits.bytes_per_token(untied, "fp16")


def test_the_copy_keeps_within_the_free_memory():
    assert limits.copy_bandwidth(detect_device(), free=2**22) > 0
