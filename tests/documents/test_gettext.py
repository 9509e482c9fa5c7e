import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hymt.documents import DocumentError, gettext

PO = r"""# A translator's comment.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#: src/main.c:12
msgctxt "menu"
msgid "Open the file"
msgstr ""

msgid "Done already"
msgstr "Schon fertig"

#, fuzzy, c-format
msgid "Only %s guessed"
msgstr ""

#, c-format
msgid "%d file was found"
msgid_plural "%d files were found"
msgstr[0] ""
msgstr[1] ""

msgid ""
"The first line,\n"
"and \"the\" "
"second.\n"
msgstr ""

msgid "home.title"
msgstr ""

#~ msgid "No longer used"
#~ msgstr ""
"""


def read(text, name="de.po"):
    return gettext.parse(name, text.encode())


def texts(document):
    return [block.text for block in document.blocks]


def test_what_has_no_translation_gets_one_and_all_else_stays():
    document = read(PO)
    assert texts(document) == [
        "Open the file",
        "%d file was found",
        "%d files were found",
        "The first line,",
        'and "the" second.',
    ]
    assert [block.line for block in document.blocks] == [10, 22, 23, 29, 29]
    written = document.write(["Datei öffnen", "%d Datei", "%d Dateien", "Die erste Zeile,", 'und "die" zweite.'])
    said = written.decode()
    assert 'msgstr ""\n"Die erste Zeile,\\n"\n"und \\"die\\" zweite.\\n"\n' in said
    assert 'msgstr[0] "%d Datei"\nmsgstr[1] "%d Dateien"\n' in said
    kept = [line for line in PO.splitlines() if not line.startswith("msgstr")]
    assert [line for line in said.splitlines() if line in kept] == kept
    entries = {entry.msgid: entry for entry in polib.pofile(said)}
    assert entries['The first line,\nand "the" second.\n'].msgstr == 'Die erste Zeile,\nund "die" zweite.\n'
    assert entries["Only %s guessed"].msgstr == "" and entries["Done already"].msgstr == "Schon fertig"


def test_what_is_not_finished_stays_empty():
    document = read(PO)
    assert document.write(texts(document)) == PO.encode()


def test_a_language_without_plurals_gets_the_plural():
    document = read('msgid "one file"\nmsgid_plural "many files"\nmsgstr[0] ""\n')
    assert texts(document) == ["many files"]


@pytest.mark.parametrize(("said", "encoding"), [("ISO-8859-1", "latin-1"), ("CHARSET", "ascii"), ("GB2312", "gb2312")])
def test_an_older_encoding_becomes_utf8_in_the_header_too(said, encoding):
    comment = {"latin-1": "é", "gb2312": "你好"}.get(encoding, "")
    data = f'# {comment}\nmsgid ""\nmsgstr "Content-Type: text/plain; charset={said}\\n"\n\nmsgid "a dog"\nmsgstr ""\n'
    document = gettext.parse("a.pot", data.encode(encoding))
    assert texts(document) == ["a dog"]
    written = document.write(["一只狗"])
    assert written == data.replace(said, "UTF-8").replace('dog"\nmsgstr ""', 'dog"\nmsgstr "一只狗"').encode()


def test_another_file_is_refused_by_its_line():
    with pytest.raises(DocumentError, match="line 3"):
        read('msgid "a"\n\nHello\n')
    with pytest.raises(DocumentError, match="line 1"):
        read("%YAML 1.2\n")


STRINGS = st.text(alphabet='ab c\n\t"\\%é中', max_size=20)


@given(st.lists(st.tuples(STRINGS, STRINGS, st.booleans()), max_size=6, unique_by=lambda entry: entry[0]))
def test_catalogues_of_another_program_come_back(entries):
    file = polib.POFile()
    for msgid, msgstr, empty in entries:
        if msgid:
            file.append(polib.POEntry(msgid=msgid, msgstr="" if empty else msgstr, comment="a note"))
    text = str(file)
    document = read(text)
    assert document.write(texts(document)).decode() == text
    changed = polib.pofile(document.write([f'x"\\{n}' for n in range(len(document.blocks))]).decode())
    assert [entry.msgid for entry in changed] == [entry.msgid for entry in file]
    assert all(new.msgstr == old.msgstr for new, old in zip(changed, file, strict=True) if old.msgstr)
