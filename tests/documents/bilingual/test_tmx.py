from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from hymt import __version__
from hymt.documents.bilingual import tmx
from tests.documents.bilingual.texts import bitext

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def units(root):
    return [[(side.get(LANGUAGE), side.findtext("seg")) for side in unit.findall("tuv")] for unit in root.iter("tu")]


def test_a_unit_for_each_block_that_is_translated():
    root = ElementTree.fromstring(tmx.write(bitext("a.txt", "One.\nTwo.\nA < B & c.", left=[1])))
    assert (root.tag, root.get("version")) == ("tmx", "1.4")
    assert root.find("header").attrib == {
        "creationtool": "hymt",
        "creationtoolversion": __version__,
        "segtype": "block",
        "o-tmf": "hymt",
        "adminlang": "en",
        "srclang": "en",
        "datatype": "plaintext",
    }
    assert units(root) == [[("en", "One."), ("ar", "ONE.")], [("en", "A < B & c."), ("ar", "A < B & C.")]]


@given(st.text(max_size=40).filter(str.strip))
def test_any_translation_gives_xml(said):
    assert len(units(ElementTree.fromstring(tmx.write(bitext("a.txt", "One.", said=[said]))))) == 1
