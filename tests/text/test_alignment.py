"""Tags put back into a translation: at the words that a head tells, and whatever it tells, each once and nested."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hymt.text.alignment import Attention, bare, behind, with_tags
from hymt.text.marks import Mark, find_marks
from hymt.text.protection import Marked

WORD = re.compile(r"\w+|[^\w\s]")


def marked(text: str) -> Marked:
    return Marked(text, find_marks(text))


def spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in WORD.finditer(text)]


def aligned(source: str, answer: str, pairs: str) -> str | None:
    """The answer with the tags of the source, where `pairs` tells words of both that belong together: “rot=red”."""
    plain, tokens = bare(marked(source)).text.text, spans(answer)
    words = [plain[start:end] for start, end in spans(plain)]
    of = dict(pair.split("=") for pair in pairs.split())
    weights = [[0.9 if of.get(answer[a:b]) == word else 0.01 for word in words] for a, b in tokens]
    tagged = with_tags(marked(answer), marked(source), Attention(weights, tokens, spans(plain)))
    return tagged and tagged.text


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("A <b>red</b> house", "A red house"),
        ("A <b> red </b>house", "A red house"),
        ("Stop.<br/>Go on", "Stop.Go on"),
        ("Stop<br/>here", "Stop here"),
        ("un<b>believ</b>able {name} <i>x</i>", "unbelievable {name} x"),
    ],
)
def test_a_text_without_its_tags(source, plain):
    without = bare(marked(source))
    assert without.text.text == plain
    assert [without.text.literal(mark) for mark in without.text.marks] == re.findall(r"\{name\}", source)


@pytest.mark.parametrize(
    ("source", "answer", "pairs", "tagged"),
    [
        ("A <b>red</b> house", "Une maison rouge", "Une=A maison=house rouge=red", "Une maison <b>rouge</b>"),
        (
            "the <b>old red</b> house",
            "das rote alte Haus",
            "das=the rote=red alte=old Haus=house",
            "das <b>rote alte</b> Haus",
        ),
        (
            "See <a href=x>the guide</a>, then go",
            "Ga na de gids, ga",
            "Ga=See na=See de=the gids=guide ,=, ga=go",
            "Ga na <a href=x>de gids</a>, ga",
        ),
        ("<b>a <i>b</i> c</b> d", "D C B A", "D=d C=c B=b A=a", "D <b>C <i>B</i> A</b>"),
        ("<b>a</b> <i>b</i> c", "C B A", "C=c B=b A=a", "C <i>B</i> <b>A</b>"),
        ("I am here<br/> now", "Jetzt bin ich hier", "Jetzt=now bin=am ich=I hier=here", "Jetzt bin ich hier<br/>"),
        ("a <br/>b c", "C B A", "C=c B=b A=a", "C <br/>B A"),
        ("a <br/> b", "B A", "B=b A=a", "B A <br/>"),
        ("a <b>{x}</b> c", "C {x} A", "C=c x=x A=a", "C <b>{x}</b> A"),
        ("l a <b>b</b>", "l'école", "l=l école=b", "l'<b>école</b>"),
        ("<a></a>one two", "deux un", "deux=two un=one", "<a></a>deux un"),
    ],
)
def test_tags_go_where_their_words_went(source, answer, pairs, tagged):
    assert aligned(source, answer, pairs) == tagged


def test_a_comma_stays_outside_unless_it_was_inside():
    assert aligned("See <b>it</b>, now", "Vois ça, là", "Vois=See ça=it ,=it là=now") == "Vois <b>ça</b>, là"
    assert aligned("See <b>it,</b> now", "Vois ça, là", "Vois=See ça=it ,=, là=now") == "Vois <b>ça,</b> là"


def test_scripts_without_spaces_are_cut_at_tokens():
    source, answer = marked("My <b>cat</b> sleeps<br/> well"), Marked("我的猫睡得很好")
    tokens, words = [(0, 2), (2, 3), (3, 5), (5, 7)], [(0, 2), (2, 6), (7, 13), (13, 18)]
    weights = [[float(row == column) for column in range(4)] for row in range(4)]
    assert with_tags(answer, source, Attention(weights, tokens, words)).text == "我的<b>猫</b>睡得<br/>很好"


def test_an_answer_with_too_few_words_has_no_room():
    source = marked("<b>a</b> <i>b</i> <u>c</u>")
    assert with_tags(Marked("X Y"), source, Attention([[1.0] * 3] * 2, [(0, 1), (2, 3)], spans("a b c"))) is None
    assert with_tags(Marked(""), source, Attention([], [], spans("a b c"))) is None
    assert behind(Marked("X Y"), source).text == "X Y<b></b><i></i><u></u>"


@st.composite
def tagged_texts(draw) -> str:
    """Words with tags in and around them, properly nested, and placeholders."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(["word", "{x}", "<br/>", "two words", "字", "", " ", ", "]))
    parts = draw(st.lists(tagged_texts(), min_size=1, max_size=3))
    name = draw(st.sampled_from(["b", "i", "a"]))
    inner = draw(st.sampled_from(["", " "])).join(parts)
    return f"<{name}>{inner}</{name}>" if draw(st.booleans()) else inner


@given(tagged_texts(), st.lists(st.sampled_from(["mot", "字 ", "de", ",", "l'eau", "{x}"]), max_size=8), st.integers())
def test_whatever_is_attended_to_each_tag_comes_once_and_nested(text, words, seed):
    source, answer = marked(text), " ".join(words)
    chance = random.Random(seed)
    tokens, plain = spans(answer), spans(bare(source).text.text)
    weights = [[chance.random() for _ in plain] for _ in tokens]
    found = with_tags(marked(answer), source, Attention(weights, tokens, plain))
    if found is None:
        return
    assert sorted(map(found.literal, found.marks)) == sorted(
        [*map(source.literal, filter(is_tag, source.marks)), *map(marked(answer).literal, marked(answer).marks)]
    )
    opened: list[Mark] = []
    for mark in found.marks:
        if mark.role == "open":
            opened.append(mark)
        elif mark.role == "close":
            assert opened.pop().name == mark.name
    assert not opened and re.sub(r"</?\w+/?>| ", "", found.text) == answer.replace(" ", "")


def is_tag(mark: Mark) -> bool:
    return mark.kind == "tag"
