"""A file in, the files that its translation becomes out: from Python."""

from __future__ import annotations

import io

import openpyxl
import pytest

import hymt
from hymt.errors import UserError
from hymt.translation.events import Done


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Good morning.\n\nThe shop is closed.\n")
    return path


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_translation_lies_beside_its_source(translator, letter):
    done = translator.translate_file(letter, to="fr", source="en", beams=1)
    assert isinstance(done, hymt.TranslatedFile)
    assert (done.path, done.bilingual) == (letter.with_name("letter.fr.txt"), None)
    lines = done.path.read_text().splitlines()
    assert "Bonjour" in lines[0] and lines[1] == "" and "magasin" in lines[2]
    assert (done.figures.source, done.figures.chunks) == ("en", 2)
    assert names(letter.parent) == ["letter.fr.txt", "letter.txt"]


def test_it_goes_where_it_is_told_to_with_both_languages_beside_it(translator, letter, tmp_path):
    out = tmp_path / "there.txt"
    done = translator.translate_file(str(letter), "fr", "en", out=str(out), bilingual="tsv", beams=1)
    assert (done.path, done.bilingual) == (out, tmp_path / "there.bilingual.tsv")
    heading, first, second = done.bilingual.read_text().splitlines()
    assert heading == "source\ttarget"
    assert first.startswith("Good morning.\tBonjour") and second.startswith("The shop is closed.\t")


def test_a_workbook_is_a_file_as_others(translator, tmp_path):
    path, book = tmp_path / "prices.xlsx", openpyxl.Workbook()
    book.active["A1"] = "Good morning."
    book.save(path)
    done = translator.translate_file(path, "fr", "en")
    assert done.path.name == "prices.fr.xlsx"
    assert "Bonjour" in openpyxl.load_workbook(io.BytesIO(done.path.read_bytes())).active["A1"].value


def test_what_cannot_be_is_refused_and_nothing_written(translator, letter, tmp_path):
    book = tmp_path / "a.csv"
    book.write_text("id,text\n1,Good morning.\n")
    for given, options, key in (
        (letter, {"out": letter}, "overwrites_source"),
        (letter, {"out": tmp_path / "no" / "a.txt"}, "no_out_folder"),
        (letter, {"bilingual": "pdf"}, "unknown_bilingual"),
        (book, {"bilingual": "interleaved"}, "not_interleaved"),
        (tmp_path / "gone.txt", {}, "file_unreadable"),
        (letter, {"depth": 3}, "option_unknown"),
    ):
        with pytest.raises(UserError) as refused:
            translator.translate_file(given, "fr", "en", **options)
        assert refused.value.key == key
    assert names(tmp_path) == ["a.csv", "letter.txt"] and "Good" in letter.read_text()


def test_a_failure_is_raised_and_leaves_what_was_there(translator, letter, monkeypatch):
    letter.with_name("letter.fr.txt").write_text("before")
    monkeypatch.setattr("hymt.translation.job.Job._run", failing)
    with pytest.raises(UserError, match="memory"):
        translator.translate_file(letter, "fr", "en")
    assert letter.with_name("letter.fr.txt").read_text() == "before" and len(names(letter.parent)) == 2


def failing(job):
    raise UserError("out_of_memory")
    yield


def test_a_started_file_tells_how_it_goes_and_is_saved(translator, letter, tmp_path):
    job = translator.start_file(letter, ["en", "fr"], beams=1)
    *_, last = job.events()
    assert isinstance(last, Done)
    assert "Bonjour" in job.save(tmp_path / "a.txt").path.read_text()


def test_what_was_stopped_has_no_translation_in_a_bilingual_file(translator, letter, tmp_path):
    job = translator.start_file(letter, "fr", "en", beams=1)
    job.cancel()
    *_, last = job.events()
    assert not isinstance(last, Done)
    saved = job.save(tmp_path / "a.txt", "tsv")
    assert saved.path.read_text() == letter.read_text()
    assert saved.bilingual.read_text() == "source\ttarget\nGood morning.\t\nThe shop is closed.\t\n"
