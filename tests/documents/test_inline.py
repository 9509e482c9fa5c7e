import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hymt.documents import inline
from hymt.documents.fields import Field, from_fields
from hymt.documents.inline import paragraph_field
from hymt.documents.inline_nodes import Pair, Style, Thing, Words

PLAIN, BOLD, LINED = Style("", ""), Style("b", "b"), Style("u", "u", visible=True)


def write(text, style):
    """What is written for words: their style and they themselves, in brackets."""
    return f"[{style.key}:{text}]"


def read(*nodes):
    return from_fields("", [paragraph_field(0, 0, list(nodes), write)])


def texts(found):
    return [block.text for block in found.blocks]


def test_what_differs_from_the_commonest_formatting_stands_between_tags():
    link = Pair(Thing("<a>"), Thing("</a>"), [Words("to ", LINED), Words("the page", LINED)])
    found = read(
        Words("The ", PLAIN), Words("o", BOLD), Words("ld ", BOLD), Words("house", PLAIN), Thing("*"), link, Thing("!")
    )
    assert texts(found) == ["The <1>old</1> house<2/><3>to the page</3>"]
    assert [(mark.kind, mark.role, mark.name) for mark in found.blocks[0].marks] == [
        ("format", "open", "1"),
        ("format", "close", "1"),
        ("format", "", ""),
        ("format", "open", "3"),
        ("format", "close", "3"),
    ]
    assert found.skeleton.fill(["<3>Page</3><2/>, the <1>big</1> one"]) == "<a>[u:Page]</a>*[:, the ][b:big][: one]!"


def test_formatting_of_the_whole_and_things_around_it_need_no_tags():
    found = read(Thing("(1)"), Words("All of it ", BOLD), Thing("(2)"))
    assert texts(found) == ["All of it"]
    assert found.skeleton.fill(["Everything"]) == "(1)[b:Everything ](2)"


def test_blanks_have_no_formatting_unless_it_shows():
    found = read(
        Words("A", BOLD), Words(" ", PLAIN), Words("b", BOLD), Words(" and words ", PLAIN), Words("   ", LINED)
    )
    assert texts(found) == ["<1>A b</1> and words"]
    assert found.skeleton.fill(["<1>X</1> y"]) == "[b:X][: y ][u:   ]"


def test_tabs_and_breaks_part_a_paragraph_but_no_sentence():
    found = read(Words("Name:\tTom\nA line that\ngoes on.\nNext", PLAIN))
    assert texts(found) == ["Name:", "Tom", "A line that<1/>goes on.", "Next"]
    assert found.skeleton.fill(["N", "T", "x<1/>y", "z"]) == "[:N\tT\nx][:\n][:y\nz]"
    bold = read(Words("plain words ", PLAIN), Pair(Thing("<a>"), Thing("</a>"), [Words("a\tb", PLAIN)]))
    assert texts(bold) == ["plain words <1>a<2/>b</1>"]


def test_tags_are_unlike_the_text():
    found = read(Words("Use <1> or <g2/> ", PLAIN), Words("now", BOLD), Words(" in all of it", PLAIN))
    assert texts(found) == ["Use <1> or <g2/> <gg1>now</gg1> in all of it"]
    assert found.skeleton.fill(["<g2/> <gg1>x</gg1> <1>"]) == "[:<g2/> ][b:x][: <1>]"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("x <1>y</1> z", "[:x ][b:y][: z]*<a></a>"),  # lost
        ("<1>x <1>y</1></1><2/><3>z</3>", "[b:x y]*<a>[:z]</a>"),  # doubled
        ("<1>x <3>y</1> z</3><2/>", "[b:x y][: z]*<a></a>"),  # crossed
        ("x\x00 <1>y</1>\v<2/><3>z</3>", "[:x ][b:y][:\n]*<a>[:z]</a>"),  # what no XML holds
        ("</1>x<2/><3>y", "[:x]*[:y]<a></a>"),  # not closed
        ("<2>x</2> <1/> <3>y</3> <9>", "[:x  ]<a>[:y]</a>[: <9>]*"),  # of another kind, and none of the paragraph's
    ],
)
def test_of_damaged_tags_the_formatting_is_lost_and_nothing_else(said, written):
    link = Pair(Thing("<a>"), Thing("</a>"), [Words("link", PLAIN)])
    found = read(
        Words("Words ", PLAIN), Words("bold", BOLD), Words(" ", PLAIN), Thing("*"), Words(" and ", PLAIN), link
    )
    assert texts(found) == ["Words <1>bold</1> <2/> and <3>link</3>"]
    assert found.skeleton.fill([said]) == written


def test_what_a_thing_holds_comes_after_the_paragraph():
    box = from_fields("<In a box|In a box>", [Field(1, 9, "In a box", str), Field(10, 18, "In a box", str)])
    found = read(Words("One ", PLAIN), Thing("?", inline.once(box)), Words(" two", PLAIN))
    assert texts(found) == ["One <1/> two", "In a box"]
    assert found.skeleton.fill(["zwei <1/> eins", "Kiste"]) == "[:zwei ]<Kiste|Kiste>[: eins]"


def test_with_too_many_tags_the_text_is_cut_at_them():
    nodes = [Words(f"word{'s' * (n % 2)} ", (PLAIN, BOLD)[n % 2]) for n in range(2 * inline.MOST_TAGS + 3)]
    found = read(*nodes)
    assert texts(found)[:3] == ["word", "words", "word"]
    assert found.skeleton.fill([text.upper() for text in texts(found)]).startswith("[:WORD][b: WORDS ][:WORD]")


NODES = st.recursive(
    st.builds(Words, st.text("ab <1>/.\t\nZé漢", min_size=1, max_size=8), st.sampled_from([PLAIN, BOLD, LINED]))
    | st.builds(Thing, st.sampled_from(["{x}", "{y}"])),
    lambda inside: st.builds(Pair, st.just(Thing("{")), st.just(Thing("}")), st.lists(inside, max_size=4)),
    max_leaves=12,
)


def seen(node):
    """The characters of nodes in order, with how they look; blanks look alike, and things are what they are."""
    if isinstance(node, Pair):
        return [("{", ""), *(one for inside in node.inside for one in seen(inside)), ("}", "")]
    if isinstance(node, Thing):
        return [(c, "") for c in node.xml]
    return [(c, "" if c.isspace() else node.style.key) for c in node.text]


def shown(xml):
    """The same of what is written."""
    found, style, at = [], "", 0
    for match in re.finditer(r"\[(b|u|):([^\]]*)\]|([{}xy])", xml):
        assert match.start() == at
        at = match.end()
        style = match[1]
        found += [(match[3], "")] if match[3] else [(c, "" if c.isspace() else style) for c in match[2]]
    assert at == len(xml)
    return found


@given(st.lists(NODES, max_size=8))
def test_texts_that_are_as_they_were_are_written_with_all_their_formatting(nodes):
    paragraph = inline.Paragraph(nodes, write, "line")
    assert shown(paragraph.filled(paragraph.text, [])) == [one for node in nodes for one in seen(node)]
    found = paragraph.split(paragraph.text)
    assert found.skeleton.fill(texts(found)) == paragraph.filled(paragraph.text, [])


@given(st.lists(NODES, max_size=6), st.text("ab<1>23/ ", max_size=30))
def test_whatever_comes_back_no_thing_is_lost(nodes, said):
    paragraph = inline.Paragraph(nodes, write, "line")
    things = sorted(c for node in nodes for c, _ in seen(node) if c in "{}xy")
    assert sorted(re.findall(r"[{}xy]", paragraph.filled(said, []))) == things
