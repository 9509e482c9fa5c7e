"""Judging: whether an answer is taken, or its piece is asked for again in another way."""

from __future__ import annotations

from dataclasses import replace

from hymt.engine.decoding import Decoding
from hymt.text.repetition import is_stuck
from hymt.translation.pieces import Piece

PENALTIES = (1.1, 1.3, 1.5)  # for repetition, one after the other while an answer is stuck in a loop, without beams


def ask_again(piece: Piece, answer: str, decoding: Decoding) -> Piece | None:
    """The piece as it is to be asked for next, where its answer by `decoding` is not good enough; None to take it.

    One that repeats itself without end is asked for with the next penalty for repetition, as long as there is one.
    """
    if not is_stuck(answer, piece.text):
        return None
    higher = next((penalty for penalty in PENALTIES if penalty > decoding.repetition_penalty), None)
    return replace(piece, penalty=higher) if higher else None
