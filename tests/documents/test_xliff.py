import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hymt.documents import DocumentError, xliff

ONE = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- as a tool wrote it -->
<xliff version='1.2' xmlns="urn:oasis:names:tc:xliff:document:1.2">
  <file source-language="en" datatype="plaintext" original="a.c"><body>
    <trans-unit id="1">
      <source>Salt &amp; <g id="1">pepper</g> for <x id="2" ctype="x-%"/>.</source>
    </trans-unit>
    <trans-unit id="2" translate="no"><source>Never this</source></trans-unit>
    <trans-unit id="3"><source>Done</source><target state="final">Fertig</target></trans-unit>
    <trans-unit id="4"><source>Copied over</source>
      <target state="new" xml:lang="de">Copied over</target></trans-unit>
    <group translate="no"><trans-unit id="5"><source>Nor this</source></trans-unit></group>
    <trans-unit id="6"><source>Press <ph id="1">&lt;kbd></ph> now</source><target/>
      <alt-trans><source>Another</source><target>Anderes</target></alt-trans></trans-unit>
    <trans-unit id="7"><source><![CDATA[a <b> c]]></source></trans-unit>
  </body></file>
</xliff>
"""
TWO = """\
<xliff version="2.0" srcLang="en" xmlns="urn:oasis:names:tc:xliff:document:2.0">
 <file id="f">
  <unit id="u1">
   <notes><note>Not this</note></notes>
   <segment id="s1">
    <source>Hello <pc id="1">Tom</pc>.</source>
   </segment>
   <segment state="reviewed"><source>Kept</source><target>Bleibt</target></segment>
   <ignorable><source>Not this either</source></ignorable>
  </unit>
  <unit id="u2" translate="no"><segment><source>No</source></segment></unit>
 </file>
</xliff>
"""


def read(text, name="a.xlf"):
    return xliff.parse(name, text.encode())


def texts(document):
    return [block.text for block in document.blocks]


def test_version_1_gets_targets_with_their_state():
    document = read(ONE)
    first = 'Salt & <g id="1">pepper</g> for <x id="2" ctype="x-%"/>.'
    assert texts(document) == [first, "Copied over", 'Press <ph id="1">&lt;kbd></ph> now', "a <b> c"]
    assert [block.line for block in document.blocks] == [6, 11, 13, 15]
    assert [mark.kind for mark in document.blocks[2].marks] == ["format"]
    said = ['<x id="2" ctype="x-%"/> > <g id="1">A</g> & B', "Kopiert", 'Jetzt <ph id="1">&lt;kbd></ph>', "x <b> y"]
    written = document.write(said, "de").decode()
    state = 'state="needs-review-translation" state-qualifier="mt-suggestion"'
    expected = (
        ONE.replace('original="a.c"', 'original="a.c" target-language="de"')
        .replace(
            '"x-%"/>.</source>\n',
            f'"x-%"/>.</source>\n      <target {state}><x id="2" ctype="x-%"/> &gt; <g id="1">A</g> &amp; B</target>\n',
        )
        .replace('<target state="new" xml:lang="de">Copied over<', f'<target xml:lang="de" {state}>Kopiert<')
        .replace("<target/>", f'<target {state}>Jetzt <ph id="1">&lt;kbd></ph></target>')
        .replace("c]]></source>", f"c]]></source><target {state}>x &lt;b&gt; y</target>")
    )
    assert etree.canonicalize(written) == etree.canonicalize(expected)
    assert [line for line in ONE.splitlines() if line in written.splitlines()][:2] == ONE.splitlines()[:2]


def test_version_2_says_so_on_the_segment():
    document = read(TWO)
    assert texts(document) == ['Hello <pc id="1">Tom</pc>.']
    assert document.write(['<pc id="1">Tom</pc>, hallo.'], "de").decode() == TWO.replace(
        'srcLang="en"', 'srcLang="en"', 1
    ).replace(':2.0">', ':2.0" trgLang="de">', 1).replace('id="s1">', 'id="s1" state="translated">').replace(
        "Tom</pc>.</source>", 'Tom</pc>.</source>\n    <target><pc id="1">Tom</pc>, hallo.</target>'
    )


@pytest.mark.parametrize(
    "answer", ["Hallo Tom.", 'Hallo <pc id="1">Tom.', '</pc>Hallo<pc id="1"> Tom.', 'Hallo Tom.<pc id="1"></pc></pc>']
)
def test_codes_that_a_model_lost_or_crossed_come_at_the_end(answer):
    written = read(TWO).write([answer], "de")
    target = etree.fromstring(written).find(".//{*}target")
    assert [child.get("id") for child in target] == ["1"]
    assert "".join(target.itertext()).replace(" ", "") == "HalloTom."


def test_what_is_not_translated_is_not_touched():
    for text in (ONE, TWO):
        assert read(text).write(texts(read(text)), "de") == text.encode()


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "utf-8-sig"])
def test_it_stays_in_its_encoding(encoding):
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    text = TWO.replace("Hello", "Café")
    data = f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding)
    document = xliff.parse("a.xlf", data)
    assert document.write(texts(document)) == data
    written = document.write(['<pc id="1">你好</pc>'], "zh")
    assert etree.fromstring(written).findtext(".//{*}pc[@id='1']", namespaces=None) is not None
    assert "你好" in "".join(etree.fromstring(written).itertext())


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xliff version="1.2">&b;</xliff>'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><xliff version="1.2"/>', "document type"),
        (ONE[:300], "not valid XML: line 6"),
        ("<html/>", "not XLIFF"),
        ("<xliff/>", "not XLIFF"),
        ('<xliff version="1.2">' + "<g>" * 5000 + "</g>" * 5000 + "</xliff>", "nested too deep"),
        ("Just a letter.", "not valid XML"),
    ],
)
def test_what_is_no_xliff_is_refused(text, reason):
    with pytest.raises(DocumentError, match=reason):
        read(text)


@given(st.lists(st.text(alphabet="ab cé中&<>'\"\n{}/", max_size=20), max_size=5), st.sampled_from(["1.2", "2.0"]))
def test_any_texts_come_back_and_any_answers_are_well_formed(sources, version):
    root = etree.Element("xliff", version=version)
    around = etree.SubElement(etree.SubElement(root, "file"), "body" if version == "1.2" else "unit")
    for source in sources:
        unit = etree.SubElement(around, "trans-unit" if version == "1.2" else "segment")
        etree.SubElement(unit, "source").text = source
    data = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    document = xliff.parse("a.xlf", data)
    assert document.write(texts(document), "fr") == data
    tree = etree.fromstring(document.write(["x <b>&"] * len(document.blocks), "fr"))
    assert [source.text or "" for source in tree.iter("source")] == sources
    assert all("x <b>&" in target.text for target in tree.iter("target"))
