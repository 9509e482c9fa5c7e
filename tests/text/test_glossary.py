"""Terms are found where they stand as words, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hymt.errors import UserError
from hymt.text.glossary import Glossary, Term, missing
from hymt.text.languages import LANGUAGES
from hymt.text.marks import find_marks


def found(text: str, language: str, *terms: str) -> list[str]:
    glossary = Glossary.of({term: "x" for term in terms})
    return [text[one.start : one.end] for one in glossary.find(text, language, find_marks(text))]


@pytest.mark.parametrize(
    ("language", "term", "text", "hits"),
    [
        ("en", "cell", "Cells, a cell's wall and the CELL.", ["Cells", "cell's", "CELL"]),
        ("en", "cell", "A cellar, an excel sheet, cell_wall, supercell.", []),
        ("en", "battery", "Two batteries and a battery", ["batteries", "battery"]),
        ("en", "washing machine", "Three washing  machines", ["washing  machines"]),
        ("en", "WHO", "Who knows the WHO?", ["WHO"]),
        ("en", "C++", "We write C++, not C.", ["C++"]),
        ("en", "user's guide", "The user’s guide.", ["user’s guide"]),
        ("de", "Vertrag", "des Vertrages, dem Vertrag, Vertragspartner", ["Vertrages", "Vertrag"]),
        ("fr", "école", "À l'école, les écoles, scolaire", ["école", "écoles"]),
        ("fr", "journal", "Deux journaux", ["journaux"]),
        ("es", "camión", "Los camiones y el camión", ["camiones", "camión"]),
        ("it", "libro", "I libri e un libro", ["libri", "libro"]),
        ("ru", "машина", "Две машины, машиной, машинист", ["машины", "машиной"]),
        ("ko", "학교", "학교에서 만나요.", ["학교에서"]),
        ("zh", "洗衣机", "我买了一台新的洗衣机。", ["洗衣机"]),
        ("zh", "API", "使用API接口，RAPID。", ["API"]),
        ("ja", "東京", "東京都に行く", ["東京"]),
        ("hi", "कल", "कला और कल।", ["कल"]),
        ("en", "é", "é", ["é"]),
    ],
)
def test_a_term_is_found_as_its_script_writes_words(language, term, text, hits):
    assert found(text, language, term) == hits


def test_the_longest_counts_and_none_overlap():
    assert found(
        "a sodium chloride solution bottle", "en", "sodium chloride", "chloride solution bottle", "bottle"
    ) == ["chloride solution bottle"]
    assert found("machine, washing machine", "en", "machine", "washing machine") == ["machine", "washing machine"]


def test_none_is_in_a_mark():
    text = "Open https://example.org/garden in the garden of {garden}."
    assert found(text, "en", "garden") == ["garden"]


WORDS = some.text(some.sampled_from("abcß éÉİ'\u2019-.我洗機กา्क7_<>"), max_size=40)


@given(text=WORDS, terms=some.lists(WORDS, min_size=1, max_size=8), language=some.sampled_from(sorted(LANGUAGES)))
def test_what_is_found_is_within_the_text_and_apart(text, terms, language):
    pairs = {plain: "x" for term in terms if (plain := " ".join(term.split()))}
    if len({key.lower() for key in pairs}) < len(pairs) or not pairs:
        return
    marks = find_marks(text)
    spans = [(one.start, one.end) for one in Glossary.of(pairs).find(text, language, marks)]
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    assert edges == sorted(edges) and all(start < end for start, end in spans)
    assert not any(start < mark.end and mark.start < end for start, end in spans for mark in marks)


@given(WORDS.filter(str.strip), some.sampled_from(sorted(LANGUAGES)))
def test_a_term_that_stands_alone_is_found(term, language):
    plain = " ".join(term.split())
    assert [one.term for one in Glossary.of({plain: "x"}).find(plain, language)] == [plain]


def test_a_translation_has_a_term_as_often_as_it_should():
    assert not missing(["Zelle", "Zelle"], "Die Zelle und die Zellen.", "de")
    assert missing(["Zelle", "Zelle", "Wand"], "Die Zelle.", "de") == ["Zelle", "Wand"]
    assert missing(["Maschine", "Waschmaschine"], "Die Waschmaschine.", "de") == ["Maschine"]
    assert not missing(["洗衣机"], "我的洗衣机坏了。", "zh")


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("cell", "Zelle"), ("Cell", "Akku")], "“Cell” has two translations, in lines 1 and 2"),
        ([("cell", "Zelle"), ("wall", " ")], "empty (line 2)"),
        ([("cell", "Zelle"), ("cell",)], "Entry 2"),
        (["ab"], "Entry 1"),
        ([("c" * 201, "Zelle")], "more than 200 characters (line 1)"),
        ({}, "no terms"),
    ],
)
def test_what_is_no_glossary_is_refused(pairs, words):
    with pytest.raises(UserError) as refused:
        Glossary.of(pairs)
    assert words in refused.value.say("en") and refused.value.say("zh") != refused.value.say("en")


def test_the_same_pair_twice_is_one_term():
    assert Glossary.of([("cell", "Zelle"), ("Cell", "Zelle")]).terms == (Term("cell", "Zelle"),)


def test_a_glossary_is_of_a_direction():
    glossary = Glossary((Term("cell", "Zelle", ("en", "de")), Term("cell", "cellule", ("en", "fr"))))
    assert glossary.between("en", "fr").targets == {"cell": "cellule"}
    with pytest.raises(UserError, match="for English to German, not for Chinese to English"):
        glossary.between("zh", "en")
    assert Glossary.of({"cell": "Zelle"}).between("fr", "de").targets == {"cell": "Zelle"}
