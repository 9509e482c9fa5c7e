"""A glossary's terms on the whole way of a text: held, whatever the model would have said, and what is not is told."""

from __future__ import annotations

import json
from itertools import product

import pytest

from hymt.errors import UserError
from hymt.models.manager import ModelManager
from hymt.text.blocks import Block
from hymt.text.glossary import Glossary
from hymt.text.marks import find_marks
from hymt.translation.asking import Options
from hymt.translation.coverage import coverage
from hymt.translation.events import Coverage, Missing
from hymt.translation.translator import Translator
from tests.conftest import MINI
from tests.models.test_reload import TextEngine

SIZES = ["red", "blue", "green", "small", "large", "old", "new", "cheap", "heavy", "light"]
THINGS = ["lamp", "bottle", "chair", "spoon", "hammer", "bucket", "ladder", "pillow", "basket", "blanket"]
THINGS += ["mirror", "candle", "kettle", "shovel", "carpet", "drawer", "bench", "ticket", "wheel", "pencil"]
TERMS = {
    f"{size} {thing}": f"{size.title()[:3]}el{thing[:4]}bogen" for size, thing in product(SIZES, THINGS)
}  # words that no model has seen
SENTENCES = [
    "I bought a {}, a {}, two {}s and a {} yesterday.",
    "Where is the {} of {{name}}, and where are the {}, the {} and the {}?",
    "She put the {} and the {} on the <b>{}</b> or the {}.",
    "A {}, a {}, a {} and a {}: https://example.org/a",
]


def made() -> list[str]:
    """Fifty sentences with four terms each."""
    words = list(TERMS)
    return [SENTENCES[n % len(SENTENCES)].format(*words[4 * n : 4 * n + 4]) for n in range(50)]


def literals(text: str) -> list[str]:
    return sorted(text[mark.start : mark.end] for mark in find_marks(text))


def test_two_hundred_terms_are_held_and_no_mark_is_lost(translator):
    texts = made()
    options = Options(translator.options(beams=1).decoding, glossary=Glossary.of(TERMS))
    job = translator.job([Block.of(text, number) for number, text in enumerate(texts, 1)], "de", "en", options)
    *_, last = job.events()
    terms = last.figures.terms
    assert terms.found == 200 and terms.held >= 196
    assert [literals(text) for text in job.translations] == [literals(text) for text in texts]


def test_through_english_and_with_a_capital(translator):
    glossary = {"Waschmaschine": "machine Zork", "Garten": "parc Blim"}
    text = "Die Waschmaschine ist kaputt. Gartenarbeit mag ich nicht, aber den Garten."
    translation = translator.translate(text, to="fr", source="de", glossary=glossary, beams=1)
    assert translation.count("Zork") == translation.count("Blim") == 1
    assert translator.translate("Garden", to="fr", source="en", glossary={"garden": "parc"}, beams=1) == "Parc"


def test_a_term_that_the_model_uses_by_itself_changes_nothing(translator):
    text = "The house is old. The teacher reads a book."
    plain = translator.translate(text, to="de", source="en", beams=1)
    glossary = {"house": "Haus", "teacher": "Lehrer", "book": "Buch"}
    assert translator.translate(text, to="de", source="en", glossary=glossary, beams=1) == plain


def test_a_direction_that_is_another_is_refused_before_the_work(translator, tmp_path):
    path = tmp_path / "terms.csv"
    path.write_text("en,de\ncell,Zelle\n")
    with pytest.raises(UserError, match="for English to German, not for English to French"):
        translator.start("The cell is small.", "fr", "en", glossary=path)


def test_a_changed_glossary_starts_over(translator):
    blocks = [Block.of("The garden is big.")]
    first = translator.job(blocks, "de", "en", translator.options(beams=1, glossary={"garden": "Hof"}))
    list(first.events())
    for wanted, kept in (("Hof", True), ("Park", False)):
        options = translator.options(beams=1, glossary={"garden": wanted})
        assert translator.job(blocks, "de", "en", options, begun=first.begun()).finished == [kept]


def test_what_is_missing_is_told_with_its_line():
    blocks = [Block("Two cells.", 3), Block("A wall and a wall.", 12), Block("A cell.", 20)]
    glossary = Glossary.of({"cell": "Zelle", "wall": "Wand"})
    found = coverage(glossary, blocks, ["Zwei Zellen.", "Eine Wand und eine Mauer.", None], "en", "de")
    assert found == Coverage(3, (Missing(12, "wall", "Wand"),)) and found.held == 2
    assert found.sentence().say("en") == "2 of 3 terms held; missing in line 12: “wall” → “Wand”."
    assert Coverage(3).sentence().say("zh") == "3 处术语中 3 处译法符合术语表。"


@pytest.fixture
def family(tmp_path):
    """Starts a translator over a model of a family, without an alignment head, that says what a function says."""
    managers = []

    def start(name: str, answer) -> Translator:
        folder = tmp_path / "model"
        folder.mkdir()
        for path in MINI.iterdir():
            if path.name != "hymt.json":
                (folder / path.name).symlink_to(path)
        said = json.loads((MINI / "hymt.json").read_text())
        del said["alignment_head"], said["through_english"]
        (folder / "hymt.json").write_text(json.dumps(said | {"family": name}))
        managers.append(ModelManager(start_engine=lambda weights, plan: TextEngine(answer)))
        managers[-1].swap(str(folder), "fp16")
        return Translator(manager=managers[-1])

    yield start
    for manager in managers:
        manager.close()


def test_a_family_with_a_terminology_prompt_gets_the_terms_of_the_chunk(family):
    turns = []
    translator = family("hy-mt2", lambda turn: turns.append(turn) or "Die Zelle ist klein.")
    turns.clear()
    glossary = {"cell": "Zelle", "wall": "Wand"}
    assert translator.translate("The cell is small.", to="de", source="en", glossary=glossary) == "Die Zelle ist klein."
    (turn,) = turns
    assert turn.startswith("Reference the following translations:\ncell translates to Zelle\n\nTranslate")


def test_a_term_that_an_answer_lacks_is_asked_for_as_a_mark(family):
    turns = []

    def answer(turn: str) -> str:
        turns.append(turn.rpartition("\n")[2])
        return "Der Akku <1> ist klein." if "<1>" in turn else "Der Akku ist klein."

    translator = family("hunyuan-mt", answer)
    turns.clear()
    translation = translator.translate("The cell is small.", to="de", source="en", glossary={"cell": "Zelle"})
    assert turns == ["The cell is small.", "The <1> is small."] and translation == "Der Akku Zelle ist klein."


def test_a_model_that_keeps_nothing_holds_the_terms_all_the_same(family):
    translator = family("hy-mt1.5", lambda turn: "etwas")
    *_, last = translator.stream("The cell is small.\nCell", "de", "en", glossary={"cell": "Zelle"})
    assert last.figures.terms == Coverage(2) and last.text.split("\n")[1] == "Zelle"
