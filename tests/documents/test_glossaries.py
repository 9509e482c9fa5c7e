"""Glossaries from files, and what is said of files that are none."""

from __future__ import annotations

import pytest

from hymt.documents import DocumentError
from hymt.documents.glossaries import glossary_of, read
from hymt.errors import UserError
from hymt.text.glossary import Glossary

TBX2 = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
<martif type="TBX-Basic" xml:lang="en"><text><body>
<termEntry id="1">
  <langSet xml:lang="en-US"><tig><term>cell</term></tig><tig><term>battery <hi>cell</hi></term></tig></langSet>
  <langSet xml:lang="de"><tig><term>Zelle &amp; Akku</term></tig></langSet>
  <langSet xml:lang="sv"><tig><term>cell</term></tig></langSet>
</termEntry>
<termEntry id="2"><langSet xml:lang="fr"><ntig><termGrp><term>mur</term></termGrp></ntig></langSet>
  <langSet xml:lang="en"><ntig><termGrp><term>wall</term></termGrp></ntig></langSet></termEntry>
</body></text></martif>
"""
TBX3 = """<tbx xmlns="urn:iso:std:iso:30042:ed-2" style="dca" type="TBX-Basic" xml:lang="en"><text><body>
<conceptEntry id="1"><langSec xml:lang="zh"><termSec><term>电池</term></termSec></langSec>
<langSec xml:lang="en"><termSec><term>cell</term></termSec></langSec></conceptEntry></body></text></tbx>"""
TWICE = TBX3[TBX3.index("<conceptEntry") : TBX3.index("</text>")].replace(">cell<", ">accu<")


@pytest.fixture
def file(tmp_path):
    def write(name: str, text: str, encoding: str = "utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.tsv", "cell\tZelle\nwall, thin\tWand\n"),
        ("t.tsv", "source\ttarget\r\ncell\tZelle\r\nwall, thin\tWand\t\t\r\n"),
        ("t.csv", '# ours\n\ncell,Zelle\n"wall, thin",Wand\n'),
        ("t.csv", "cell; Zelle\n wall,  thin ;Wand\n"),
        ("t.txt", "cell\tZelle\n\n   \n# of walls\nwall, thin\tWand"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_two_columns(file, name, text, encoding):
    glossary = read(file(name, text, encoding))
    assert glossary.targets == {"cell": "Zelle", "wall, thin": "Wand"}
    assert glossary.between("fr", "it") == glossary


def test_a_header_of_languages_tells_the_direction(file):
    glossary = read(file("t.csv", "en,German\ncell,Zelle\n"))
    assert glossary.between("en", "de").targets == {"cell": "Zelle"}
    with pytest.raises(UserError, match="for English to German"):
        glossary.between("de", "en")


def test_tbx_has_all_directions(file):
    glossary = read(file("t.tbx", TBX2))
    assert glossary.between("en", "de").targets == {"cell": "Zelle & Akku", "battery cell": "Zelle & Akku"}
    assert glossary.between("de", "en").targets == {"Zelle & Akku": "cell"}
    assert glossary.between("fr", "en").targets == {"mur": "wall"}
    assert read(file("u.tbx", TBX3)).between("zh", "en").targets == {"电池": "cell"}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("t.csv", "cell,Zelle\nwall\na,b,c\n", "no"),
        ("t.csv", "# only\n\n", "no terms"),
        ("t.tsv", "cell\tZelle\n\ncell\tAkku\n", "in lines 1 and 3"),
        ("t.tsv", "cell\t \n", "empty (line 1)"),
        ("t.docx", "cell,Zelle", "Choose one of .csv"),
        ("t.tbx", "<martif><text/></martif>", "no terms in two languages"),
        ("t.tbx", "<martif><text></martif>", "line 1 has a mistake"),
        ("t.tbx", '<!DOCTYPE m [<!ENTITY a "b">]><martif/>', "entit"),
        ("t.tbx", TBX3.replace("</body>", TWICE), "two translations"),
    ],
)
def test_what_is_no_glossary_is_refused_with_its_lines(file, name, text, words):
    with pytest.raises(DocumentError) as refused:
        read(file(name, text))
    assert words in refused.value.say("en") and name in refused.value.say("zh")
    assert refused.value.say("zh") != refused.value.say("en")


def test_wrong_lines_are_named(file):
    with pytest.raises(DocumentError, match=r"translation: 2, 4\. Correct"):
        read(file("t.csv", "cell,Zelle\nwall\n\na,b,c\nd,e\n"))


def test_programs_give_files_or_pairs(file):
    wanted = Glossary.of({"cell": "Zelle"})
    assert glossary_of(file("t.csv", "cell,Zelle")) == glossary_of([("cell", "Zelle")]) == glossary_of(wanted) == wanted
    assert glossary_of(None) is None
