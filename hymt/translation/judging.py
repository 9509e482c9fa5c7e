"""Judging: whether an answer is taken, or its piece is asked for again in another way."""

from __future__ import annotations

from dataclasses import replace

from hymt.engine.decoding import Decoding
from hymt.text.protection import Marked
from hymt.text.repetition import is_stuck
from hymt.translation.pieces import Piece

PENALTIES = (1.1, 1.3, 1.5)  # for repetition, one after the other while an answer is stuck in a loop, without beams


def judge(piece: Piece, answer: str, decoding: Decoding) -> Marked | list[Piece]:
    """The answer by `decoding` as it is taken, or the pieces to ask for instead.

    One that repeats itself without end is asked for with the next penalty for repetition, as long as there is one; one
    that has lost a mark in another way, at last without its marks. Of one that is to have tags it is asked where they
    belong; words that one left within tags as they were are asked for by themselves. A term that one lacks is put in
    where its words went, and where that cannot be told, asked for as a mark. One that left capitals as they were, or
    lacks a number, a name or quotation marks, is asked for once more, and stays if that brings nothing.
    """
    if is_stuck(answer, piece.source.text):
        higher = next((penalty for penalty in PENALTIES if penalty > decoding.repetition_penalty), None)
        if higher:
            return [replace(piece, penalty=higher)]
    taken = piece.read(answer)
    if taken is None and piece.before:
        piece, taken = piece.before
    elif taken is None:
        return piece.otherwise()
    elif better := piece.better(taken):
        return [better]
    return piece.again(taken)
