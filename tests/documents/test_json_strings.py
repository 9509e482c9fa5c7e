import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hymt.documents import DocumentError, json_strings

TEXT = r"""{
  "home.title" : "Welcome \"back\", {name}!",
  "count": 3, "none": null,
  "list": ["First line.\nSecond line.", "images/logo.png", "user_id"],
  "Not a value": {"deep": "The caf\u00e9 is closed."}
}
"""


def read(text):
    return json_strings.parse("de.json", text.encode())


def texts(document):
    return [block.text for block in document.blocks]


def test_values_are_translated_and_keys_stay():
    document = read(TEXT)
    assert texts(document) == ['Welcome "back", {name}!', "First line.", "Second line.", "The café is closed."]
    assert [block.line for block in document.blocks] == [2, 4, 4, 5]
    assert [mark.kind for mark in document.blocks[0].marks] == ["placeholder"]
    written = document.write(['Willkommen "zurück", {name}!', "Eins.", "Zwei.", "Das Café ist zu."]).decode()
    assert written == (
        TEXT.replace('Welcome \\"back\\"', 'Willkommen \\"zur\\u00fcck\\"')
        .replace("First line.\\nSecond line.", "Eins.\\nZwei.")
        .replace("The caf\\u00e9 is closed.", "Das Caf\\u00e9 ist zu.")
    )


@pytest.mark.parametrize(
    ("message", "blocks"),
    [
        (
            "{n, plural, =0 {No files} one {# file} other {There are # files, {name}}} in the folder",
            ["No files", "# file", "There are # files, {name}", "in the folder"],
        ),
        ("{sex, select, male {He has {n, plural, one {a dog} other {dogs}}.} other {}}", ["He has", "a dog", "dogs"]),
        ("{n, plural, one {never closed", []),
        ("On {day, date, short} it rained", ["On {day, date, short} it rained"]),
    ],
)
def test_branches_of_icu_messages_are_blocks(message, blocks):
    document = read(json.dumps([message, "end"]))
    assert texts(document) == [*blocks, "end"]
    written = json.loads(document.write([block.upper() for block in blocks] + ["end"]))
    for block in blocks:
        message = message.replace(block, block.upper(), 1)
    assert written == [message, "end"]


@pytest.mark.parametrize(
    ("text", "reason"), [('{"a": "b"', "line 1"), ('[\n"a",]', "line 2"), ("[" * 100_000, "nested too deep")]
)
def test_what_is_no_json_is_refused(text, reason):
    with pytest.raises(DocumentError, match=reason):
        read(text)


JSON = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab {},#"\\/\n中é\U0001f600', max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(JSON, st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_read_and_written_it_is_the_same(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    if text != "".join(c for c in text if c.isprintable() or c in "\n\t"):
        return  # control characters are left out of any file
    document = read(text)
    assert document.write(texts(document)).decode() == text
    json.loads(document.write(['x"\\\n'] * len(document.blocks)))
