"""How a block's pieces are asked for: routes, lengths, penalties and random numbers."""

from __future__ import annotations

import pytest

from hymt.engine.decoding import Decoding
from hymt.text.blocks import Block
from hymt.text.protection import Marked
from hymt.translation.asking import Asking, Options
from hymt.translation.events import TranslationError
from hymt.translation.judging import PENALTIES, judge

LONG = "It was raining. We stayed at home. The train was late. She read a book. " * 20
LOOP = "la la " * 30


@pytest.fixture
def asking(translator):
    """An Asking with these options, and the loaded variant."""

    def make(source="en", target="fr", **options):
        return Asking("job", "visit", source, target, Options(**options), lambda update: None)

    return make


@pytest.fixture
def loaded(translator):
    return translator.manager.current()


def test_a_piece_becomes_a_request_that_fits_its_slot(asking, loaded):
    chosen = asking(chunk_tokens=32)
    draft = chosen.draft(7, Block.of(LONG), loaded)
    requests = [chosen.request(piece) for piece in draft.pieces()]
    assert len(requests) > 10 and draft.index == 7
    for request, chunk in zip(requests, draft.chunks, strict=True):
        assert (request.job, request.visit) == ("job", "visit") and chunk.text in request.turn
        assert len(request.prompt) + request.max_new_tokens <= loaded.engine.max_len
        assert request.decoding == Decoding(beams=loaded.model.beams)


def test_a_pair_without_english_takes_two_steps(asking, loaded):
    (piece,) = asking("zh", "fr").draft(0, Block.of("你好。"), loaded).pieces()
    assert piece.draft.route == [("zh", "en"), ("en", "fr")] and not piece.last
    following = piece.next(Marked("Hello."))
    assert following.last and following.shown == "Hello." and following.chunk == piece.chunk


def test_a_language_that_the_model_lacks_is_refused(asking, loaded):
    with pytest.raises(TranslationError, match="does not know Thai"):
        asking("en", "th").draft(0, Block.of("Hello."), loaded)


def test_each_piece_draws_numbers_of_its_own(asking, loaded):
    chosen = asking(decoding=Decoding(temperature=0.7, seed=2**31 - 1), chunk_tokens=32)
    drafts = [chosen.draft(index, Block.of(LONG), loaded) for index in range(3)]
    seeds = [chosen.decoding(piece).seed for draft in drafts for piece in draft.pieces()]
    assert len(set(seeds)) == len(seeds) and all(0 <= seed < 2**31 for seed in seeds)


def test_a_verbatim_chunk_is_no_piece_and_stands_in_the_text(asking, loaded):
    address = "https://example.org/" + "a-b/" * 200
    draft = asking(chunk_tokens=16).draft(0, Block.of(f"See {address} now."), loaded)
    assert address in draft.texts and draft.left == len(draft.pieces()) == len(draft.chunks) - 1
    assert address in draft.text()


def test_an_answer_is_asked_for_again_while_it_loops_and_a_penalty_is_left(asking, loaded):
    chosen = asking(decoding=Decoding(beams=4))
    (piece,) = chosen.draft(0, Block.of("He sang."), loaded).pieces()
    asked = []
    while isinstance(again := judge(piece, LOOP, chosen.decoding(piece)), list):
        (piece,) = again
        asked.append((chosen.decoding(piece).beams, chosen.decoding(piece).repetition_penalty))
    assert again.text == LOOP
    assert asked == [(1, penalty) for penalty in PENALTIES]


@pytest.mark.parametrize(("text", "answer"), [("He sang.", "Il chantait."), (LOOP, LOOP), ("He sang.", "")])
def test_any_other_answer_is_taken(asking, loaded, text, answer):
    chosen = asking()
    piece = chosen.draft(0, Block.of(text), loaded).pieces()[0]
    assert judge(piece, answer, chosen.decoding(piece)).text == answer
