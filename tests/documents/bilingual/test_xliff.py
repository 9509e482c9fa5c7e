from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hymt.documents import xliff as reader
from hymt.documents.bilingual import xliff
from tests.documents.bilingual.texts import bitext

SPACE = "{urn:oasis:names:tc:xliff:document:1.2}"
TIMES = "1\n00:00:01,000 --> 00:00:02,000\n"


def content(both, element: str) -> list[str]:
    """What stands within each source or target."""
    written = xliff.write(both).decode()
    ElementTree.fromstring(written)
    return [part.partition(">")[2].partition(f"</{element}>")[0] for part in written.split(f"<{element}")[1:]]


def test_a_unit_a_block_with_its_state():
    root = ElementTree.fromstring(xliff.write(bitext("a.txt", "One.\n\nTwo.", left=[1])))
    (file,) = root.iter(f"{SPACE}file")
    said = {name: file.get(name) for name in ("original", "source-language", "target-language", "datatype")}
    assert said == {
        "original": "a.txt",
        "source-language": "en",
        "target-language": "ar",
        "datatype": "plaintext",
    }
    done, left = root.iter(f"{SPACE}target")
    assert done.attrib == {"state": "needs-review-translation", "state-qualifier": "mt-suggestion"}
    assert left.attrib == {"state": "needs-translation"} and not left.text
    assert [unit.get("id") for unit in root.iter(f"{SPACE}trans-unit")] == ["1", "2"]
    assert [line.text for line in root.iter(f"{SPACE}context")] == ["1", "3"]


@pytest.mark.parametrize(
    ("name", "text", "said", "source", "target"),
    [
        (
            "a.md",
            "A **bold** word",
            "Un mot **gras**",
            'A <bpt id="1" rid="1">**</bpt>bold<ept id="2" rid="1">**</ept> word',
            'Un mot <bpt id="1" rid="1">**</bpt>gras<ept id="2" rid="1">**</ept>',
        ),
        (
            "a.srt",
            f"{TIMES}On <i>Monday</i> I go.\n",
            "Je pars <i>lundi</i>.",
            'On <bpt id="1" rid="1">&lt;i&gt;</bpt>Monday<ept id="2" rid="1">&lt;/i&gt;</ept> I go.',
            'Je pars <bpt id="1" rid="1">&lt;i&gt;</bpt>lundi<ept id="2" rid="1">&lt;/i&gt;</ept>.',
        ),
        (
            "a.txt",
            "Hello {name} and {name}, it is %d & more.",
            "{name} < %d, {name} {name}",
            'Hello <ph id="1">{name}</ph> and <ph id="2">{name}</ph>, it is <ph id="3">%d</ph> &amp; more.',
            '<ph id="1">{name}</ph> &lt; <ph id="3">%d</ph>, <ph id="2">{name}</ph> {name}',
        ),
        (
            "a.txt",
            "See <b>there or not.",
            "Voir.",
            'See <ph id="1">&lt;b&gt;</ph>there or not.',
            "Voir.",
        ),
    ],
    ids=["pair", "format", "placeholders", "lone"],
)
def test_what_is_no_prose_is_a_code(name, text, said, source, target):
    both = bitext(name, text, said=[said])
    assert content(both, "source") == [source] and content(both, "target") == [target]


def test_what_is_left_is_translated_from_the_file_itself():
    document = reader.parse("a.xlf", xliff.write(bitext("a.txt", "One.\nTwo {x} more.", left=[1])))
    assert [block.text for block in document.blocks] == ['Two <ph id="1">{x}</ph> more.']
    again = document.write(['Deux <ph id="1">{x}</ph>.'])
    assert 'mt-suggestion">Deux <ph id="1">{x}</ph>.</target>' in again.decode()


@given(
    st.text(alphabet="ab <>&\"'/{}%s*\x0c", max_size=40),
    st.text(alphabet="ab <>&\"'/{}%s*\x0c\x01\ufffe\ud800", min_size=1, max_size=40),
)
def test_any_texts_give_xml(text, said):
    both = bitext("a.txt", text)
    both = bitext("a.txt", text, said=[said] * len(both.translations))
    ElementTree.fromstring(xliff.write(both))
