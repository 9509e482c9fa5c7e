"""Files translated together: each ends by itself, and what is whole may be changed and written in every kind."""

from __future__ import annotations

import io
import zipfile

import pytest

from hymt.documents import bilingual
from hymt.errors import UserError
from hymt.service.batch import Batch, BatchEnded
from hymt.service.batches import Batches
from hymt.service.limits import Limits
from hymt.translation.events import Done, Progress


@pytest.fixture
def files(tmp_path):
    """Writes files of these texts, the same name in folders of their own; returns their paths."""

    def write(*texts: str, name: str = "letter.txt") -> list[str]:
        paths = [tmp_path / str(number) / name for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return [str(path) for path in paths]

    return write


@pytest.fixture
def translated(translator, files):
    def translate(*texts: str, name: str = "letter.txt", former: Batch | None = None) -> Batch:
        batch = Batch(translator, files(*texts, name=name), "fr", "en", former=former)
        *_, last = batch.events()
        assert last == BatchEnded()
        return batch

    return translate


def test_a_file_that_fails_stops_no_other_and_tells_why(translated):
    batch = translated("Good morning.\n", "\n", "Good night.\n")
    assert [entry.state for entry in batch.entries] == ["done", "failed", "done"]
    assert "no text" in batch.entries[1].error.say() and batch.entries[1].kinds == []
    assert batch.whole
    with zipfile.ZipFile(io.BytesIO(batch.packed())) as package:
        assert package.namelist() == ["letter.fr.txt", "3.letter.fr.txt"]
        assert package.read("letter.fr.txt").decode().startswith("Bonjour")


def test_a_stopped_batch_goes_on_where_it_was(translated, translator, files, english):
    texts = "Good morning.\n", "\n".join(english), "Good night.\n"
    batch = Batch(translator, files(*texts), "fr", "en")
    for event in batch.events():
        if isinstance(event, Progress) and batch.current == 1 and sum(batch.entries[1].file.job.finished) > 3:
            batch.cancel()
    first, second, third = batch.entries
    assert [entry.state for entry in batch.entries] == ["done", "stopped", "waiting"]
    assert first.kinds and second.kinds and not third.kinds and not batch.whole
    first.file.edit(0, "Salut.")
    done = sum(second.file.job.finished)

    again = Batch(translator, files(*texts), "fr", "en", former=batch)
    events = again.events()
    next(event for event in events if isinstance(event, Done))
    next(event for event in events if again.current == 1)
    assert again.entries[0].written("translation") == ("letter.fr.txt", b"Salut.\n")
    assert again.entries[0].file.job.edited == {0: first.file.job.edited[0]}
    assert sum(again.entries[1].file.job.finished) >= done
    again.cancel()
    list(events)
    assert sum(again.entries[1].file.job.finished) >= done


def test_what_was_changed_is_in_every_kind_of_file(translated):
    (entry,) = translated("Good morning.\nGood night.\n").entries
    entry.file.edit(0, "Salut\n à \0tous.")  # in one line, as the source is
    assert entry.kinds == ["translation", *bilingual.KINDS]
    for kind in entry.kinds:
        _, data = entry.written(kind)
        if kind == "docx":
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                data = package.read("word/document.xml")
        assert "Salut  à tous." in data.decode() or "Salut à tous." in data.decode(), kind
    assert entry.written("html")[0] == "letter.en-fr.html"
    assert entry.written("translation")[1].decode().count("\n") == 2


def test_a_packed_file_is_offered_in_the_kinds_that_fit_it(translated):
    (entry,) = translated("id,text\n1,Good morning.\n", name="goods.csv").entries
    assert "interleaved" not in entry.kinds and "xliff" in entry.kinds
    with pytest.raises(UserError):
        entry.written("interleaved")


def test_more_than_a_visitor_may_have_is_refused(translator, files):
    paths = files("Good morning.\n", "Good night.\n")
    for limits, said in ((Limits(upload_files=1), "1 files at most"), (Limits(upload_bytes=20), "larger")):
        with pytest.raises(UserError, match=said):
            Batch(translator, paths, "fr", "en", limits=limits)


def test_only_so_much_is_kept_and_each_visit_has_its_own(translated, monkeypatch):
    batches, batch = Batches(), translated("Good morning.\n")
    batches.keep("one", batch)
    assert batches.of("one") is batch and batches.of("another") is None
    monkeypatch.setattr("hymt.service.batches.KEPT", 2)
    for visit in ("two", "three"):
        batches.keep(visit, batch)
    assert batches.of("one") is None and batches.of("three") is batch
    monkeypatch.setattr("hymt.service.batches.CHARACTERS", 1)
    batches.keep("four", batch)
    assert batches.of("three") is None and batches.of("four") is batch
