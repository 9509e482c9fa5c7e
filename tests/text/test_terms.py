"""Terms' marks have no characters, and what is between them becomes the wanted translation."""

from __future__ import annotations

from hymt.text.glossary import Glossary
from hymt.text.marks import find_marks
from hymt.text.protection import Marked, numbered, restored
from hymt.text.terms import around_terms, as_literals, pairs_of, put_in, wanted, with_capital, without_terms

GLOSSARY = Glossary.of({"washing machine": "Waschautomat", "garden": "Hof"})
TEXT = "Gardens have {count} <b>washing machines</b>."
SOURCE = around_terms(Marked(TEXT, find_marks(TEXT)), GLOSSARY, "en")


def test_a_model_reads_the_plain_sentence():
    assert SOURCE.text == TEXT and without_terms(SOURCE) == Marked(TEXT, find_marks(TEXT))
    assert wanted(SOURCE) == ["Hof", "Waschautomat"]
    assert pairs_of(SOURCE) == [("Gardens", "Hof"), ("washing machines", "Waschautomat")]


def test_as_literals_they_are_marks_that_come_back():
    literals = as_literals(SOURCE)
    assert literals.text == "Hof have {count} <b>Waschautomat</b>."
    assert numbered(literals) == "<1> have <2> <3><4></3>."
    answer = restored("<1> hat <2> <3><4></3>.", literals)
    assert with_capital(answer).text == "Hof hat {count} <b>Waschautomat</b>."


def test_a_sentence_begins_with_a_capital_if_its_source_did():
    source = around_terms(Marked("Gardens are big; see the gardens."), Glossary.of({"garden": "jardin"}), "en")
    answer = restored("<1> sont grands; voir <2>.", as_literals(source))
    assert with_capital(answer).text == "Jardin sont grands; voir jardin."


def test_what_is_there_already_stays_as_it_is_inflected():
    answer = around_terms(Marked("Die Höfe und der Garten"), Glossary.of({"Garten": "Hof"}), "de")
    assert put_in(answer, "de").text == "Die Höfe und der Hof"
    answer = around_terms(Marked("des Gartens"), Glossary.of({"Gartens": "Garten"}), "de")
    assert put_in(answer, "de").text == "des Gartens"


def test_code_between_a_terms_marks_is_not_lost():
    answer = Marked("ein {count} Hof", (find_marks("ein {count} Hof")))
    around = around_terms(Marked("ein _______ Hof"), Glossary.of({"ein _______ Hof": "Garten"}), "de")
    both = Marked(answer.text, (around.marks[0], *answer.marks, around.marks[1]))
    assert put_in(both, "de").text == answer.text
