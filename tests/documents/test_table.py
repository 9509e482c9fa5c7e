import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hymt.documents import DocumentError, table

GOODS = """\
id,name,description,price\r
A-1,Trail Shoe,"A light shoe, made for ""mud"".",89.90\r
A-2,City Bag,The bag has two pockets.\u0020,45\r
A-3,,,\r
"""


def read(text, name="goods.csv"):
    return table.parse(name, text.encode())


def texts(document):
    return [block.text for block in document.blocks]


def said(document):
    return [note.say() for note in document.notes]


def rows(data, delimiter=","):
    return list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))


def test_columns_of_prose_are_translated_and_the_header_stays():
    document = read(GOODS)
    assert texts(document) == ['A light shoe, made for "mud".', "The bag has two pockets."]
    assert [(block.line, block.kind) for block in document.blocks] == [(2, "cell"), (3, "cell")]
    assert said(document) == [
        "Columns that are translated (1 of 4): description.",
        "The first row is taken for a header and stays.",
    ]
    written = document.write(['Ein Schuh für "Matsch".', "Zwei Taschen, beide groß."])
    assert written == (
        GOODS.replace('A light shoe, made for ""mud"".', 'Ein Schuh für ""Matsch"".')
        .replace("The bag has two pockets. ", '"Zwei Taschen, beide groß. "')
        .encode()
    )
    assert rows(written)[2] == ["A-2", "City Bag", "Zwei Taschen, beide groß. ", "45"]


@pytest.mark.parametrize(
    ("text", "name", "blocks"),
    [
        ("apple;bread\nwater;milk\n", "a.csv", ["apple", "bread", "water", "milk"]),
        ("apple\tthe fruit\tfruit_1\nbread\twe eat it, daily\tfood_2\n", "a.tsv", ["the fruit", "we eat it, daily"]),
        ("Good morning, Tom.\nSee you tomorrow.\nBye.\n", "a.csv", ["Good morning, Tom.", "See you tomorrow.", "Bye."]),
        ("sep=|\ntext|n\nIt rains, he says.|1\n", "a.csv", ["It rains, he says."]),
        ("key,en\nhome.title,Welcome back\nhome.ok,OK then\n", "a.csv", ["Welcome back", "OK then"]),
        ('text\n"First line.\n\nSecond line."\n', "a.csv", ["First line.", "Second line."]),
        ("名称,说明\n苹果,这是一种常见的水果。\n", "a.csv", ["这是一种常见的水果。"]),
        ('a,"not closed\nb,c d\n', "a.csv", ['"not closed', "c d"]),
    ],
)
def test_tables_as_people_write_them(text, name, blocks):
    document = read(text, name)
    assert texts(document) == blocks
    assert document.write(blocks) == text.encode()


def test_a_delimiter_or_a_quotation_mark_in_a_translation_is_quoted():
    document = read("apple;bread\nwater;milk\n")
    written = document.write(["a;b", 'c"d', "e,f", "g"])
    assert written == b'"a;b";"c""d"\ne,f;g\n'
    assert rows(written, ";") == [["a;b", 'c"d'], ["e,f", "g"]]


def test_more_columns_than_a_spreadsheet_has_are_refused():
    with pytest.raises(DocumentError, match="16,384 columns"):
        read("a," * 20_000)


@given(
    st.lists(st.lists(st.text(alphabet='ab c1,;\t|"\n\r中.é', max_size=12), min_size=1, max_size=4), max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_read_and_written_it_is_the_same_table(cells, delimiter, end, quoting):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(cells)
    document = read(f"sep={delimiter}\n{file.getvalue()}")
    assert document.write(texts(document)).decode() == f"sep={delimiter}\n{file.getvalue()}"
    changed = document.write([f'x{delimiter}"y' for _ in document.blocks]).split(b"\n", 1)[1]
    before = rows(file.getvalue().encode(), delimiter)
    assert list(map(len, rows(changed, delimiter))) == list(map(len, before))


@given(st.text(alphabet='ab ",;\n\r\t', max_size=60))
def test_any_text_comes_back(text):
    document = read(text)
    assert document.write(texts(document)) == text.encode()
