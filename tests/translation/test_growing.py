"""A growing text stands in order, with the source in its gaps."""

from __future__ import annotations

from types import SimpleNamespace

from hymt.text.blocks import split_lines
from hymt.text.protection import Marked
from hymt.text.segmentation import Chunk
from hymt.translation.events import Progress, Stopped
from hymt.translation.growing import GrowingText
from hymt.translation.parts import Run, plain
from hymt.translation.pieces import Draft, Piece
from tests.texts import varied


def job(text: str) -> tuple[SimpleNamespace, GrowingText]:
    """A job that has not begun, as far as its text is concerned."""
    found = split_lines(text)
    count = len(found.blocks)
    state = SimpleNamespace(blocks=found.blocks, translations=[""] * count, finished=[False] * count, drafts={})
    return state, GrowingText(state, found.skeleton)


def finish(state: SimpleNamespace, index: int, translation: str) -> None:
    state.translations[index], state.finished[index] = translation, True
    state.drafts.pop(index, None)


def begin(state: SimpleNamespace, index: int, *texts: str) -> Draft:
    """Begin a block whose sentences are its chunks, with these texts so far."""
    sentences = state.blocks[index].text.rstrip(".").split(". ")
    between = [" "] * (len(sentences) - 1) + [""]
    chunks = [Chunk(f"{sentence}.", blank) for sentence, blank in zip(sentences, between, strict=True)]
    draft = Draft(index, None, [("en", "fr")], chunks)
    draft.texts[: len(texts)] = texts
    state.drafts[index], state.translations[index] = draft, draft.text()
    return draft


def runs(parts) -> list[Run]:
    return [run for part in parts for run in part]


def test_nothing_stands_there_before_it_begins():
    state, growing = job("One.\nTwo.\n")
    assert growing.parts() == []
    begin(state, 0)
    assert growing.parts() == []


def test_it_ends_where_it_is_and_a_gap_holds_the_source():
    state, growing = job("# One.\n\n- Two.\n- Three.\n- Four.\n")
    finish(state, 0, "Un.")
    begin(state, 2, "Tr")
    assert runs(growing.parts()) == [Run("# Un.\n\n- "), Run("Two.", True), Run("\n- Tr")]
    finish(state, 1, "Deux.")
    assert runs(growing.parts()) == [Run("# Un.\n\n- Deux.\n- Tr")]
    finish(state, 2, "Trois.")
    finish(state, 3, "Quatre.")
    assert plain(growing.parts()) == "# Un.\n\n- Deux.\n- Trois.\n- Quatre.\n"


def test_within_a_block_a_chunk_under_way_is_no_gap_while_it_grows():
    state, growing = job("One. Two. Three. Four.")
    begin(state, 0, "Un.", "", "Troi")
    assert runs(growing.parts()) == [Run("Un. "), Run("Two. ", True), Run("Troi ")]


def test_what_was_stopped_keeps_whole_sentences_only():
    state, growing = job("One. Two. Three. Four.\nFive.\nSix.")
    draft = begin(state, 0, "Un.", "De", "Trois.")
    for number, text in ((0, "Un."), (2, "Trois.")):
        assert draft.finish(Piece(draft, number, 0, Marked("")), Marked(text))
    begin(state, 1, "Cin")
    assert runs(growing.parts(whole=True)) == [Run("Un. "), Run("Two. ", True), Run("Trois. ")]


def test_an_empty_answer_leaves_the_source():
    state, growing = job("One.\nTwo.")
    finish(state, 0, "")
    finish(state, 1, "Deux.")
    assert runs(growing.parts()) == [Run("One.", True), Run("\nDeux.")]


def test_the_events_of_a_text_carry_it(translator, english):
    given = varied(english, 4)
    work = translator.start("\n".join(given), "fr", "en", beams=1)
    shown = []
    for event in work.events():
        shown.append(event)
        if isinstance(event, Progress) and sum(work.job.finished) > 20:
            work.cancel()
    assert isinstance(shown[-1], Stopped)
    lines = plain(shown[-1].parts).split("\n")
    whole = translator.translate("\n".join(english), "fr", "en", beams=1).split("\n")
    gaps = "".join(run.text for run in runs(shown[-1].parts) if run.untranslated)
    assert 5 < len(lines) < len(given)
    translated = [line for line, source in zip(lines, given, strict=False) if line != source]
    assert translated[:5] == whole[:5]
    assert all(line in gaps for line, source in zip(lines, given, strict=False) if line == source)
