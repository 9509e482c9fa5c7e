from pathlib import Path

import pytest

from hymt.documents import SUFFIXES, DocumentError, bilingual
from tests.documents.bilingual.texts import bitext


@pytest.mark.parametrize("kind", bilingual.KINDS)
def test_every_kind_has_both_languages(kind):
    data = bilingual.write(kind, bitext("a.txt", "Good morning."))
    if kind != "docx":  # it is packed
        assert b"Good morning." in data and b"GOOD MORNING." in data


@pytest.mark.parametrize("kind", bilingual.KINDS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_it_lies_beside_the_translation_under_another_name(kind, suffix):
    translation = Path(f"folder/book.fr{suffix}")
    beside = bilingual.beside(kind, translation)
    assert beside != translation and beside.parent == translation.parent
    assert beside.name.startswith("book.fr.bilingual.")


def test_an_unknown_kind_is_refused_with_those_there_are():
    with pytest.raises(DocumentError, match=r"“pdf” is not a kind.*html, docx, interleaved, tsv, tmx, xliff"):
        bilingual.check("pdf", "a.txt")
    bilingual.check("tmx", "a.xlsx")
