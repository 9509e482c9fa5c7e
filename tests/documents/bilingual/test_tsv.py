from hymt.documents.bilingual import tsv
from hymt.finetune.data import Pair, read_pairs
from tests.documents.bilingual.texts import bitext


def test_a_line_a_block():
    both = bitext("a.txt", "One.\n\nTwo three.\n", left=[1])
    assert tsv.write(both) == b"source\ttarget\nOne.\tONE.\nTwo three.\t\n"


def test_a_cell_stays_one():
    said = "a\tb\r\nc\u2028d"
    assert tsv.write(bitext("a.txt", "One.", said=[said])).decode() == "source\ttarget\nOne.\ta b c d\n"


def test_it_is_read_as_pairs_to_learn(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes(tsv.write(bitext("a.txt", "One.\nTwo.\nThree.\n", left=[1])))
    assert read_pairs(path).pairs == [Pair("One.", "ONE."), Pair("Three.", "THREE.")]
