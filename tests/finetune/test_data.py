"""Pairs from files: what is read, what is skipped and counted, what is refused and where."""

from __future__ import annotations

import json

import pytest

from hymt.errors import UserError
from hymt.finetune.data import HELD_OUT_MOST, Pair, apart, read_pairs, split

GOOD = [Pair("One.", "Un."), Pair("Two.", "Deux.")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", "One.\tUn.\nTwo.\tDeux.\n"),
        ("a.tsv", "Source\tTarget\r\nOne.\tUn.\r\nTwo.\tDeux."),
        ("a.txt", "\ufeffOne. \t Un.\nTwo.\tDeux.\n"),
        ("a.jsonl", '{"source": "One.", "target": "Un."}\n{"target": "Deux.", "source": "Two.", "note": 3}\n'),
    ],
)
def test_pairs_are_read(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    corpus = read_pairs(tmp_path / name)
    assert corpus.pairs == GOOD and (corpus.empty, corpus.duplicates) == (0, 0)


def test_empty_lines_and_duplicates_are_counted(tmp_path):
    (tmp_path / "a.tsv").write_text("One.\tUn.\n\nTwo.\t \nTwo.\tDeux.\nOne.\tUn.\nOne.\tUne.\n")
    corpus = read_pairs(tmp_path / "a.tsv")
    assert corpus.pairs == [*GOOD, Pair("One.", "Une.")] and (corpus.empty, corpus.duplicates) == (2, 1)


def test_a_text_of_several_lines_becomes_one(tmp_path):
    """As the page and the commands translate it: line by line."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"source": "One \n two.", "target": "Un\r\ndeux."}))
    assert read_pairs(tmp_path / "a.jsonl").pairs == [Pair("One two.", "Un deux.")]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.tsv", b"One.\tUn.\nTwo.\n", "Line 2 of “a.tsv” has 1 column:"),
        ("a.tsv", b"One.\tUn.\nTwo.\tDeux.\t2\n", "Line 2 of “a.tsv” has 3 columns:"),
        ("a.jsonl", b'{"source": "One.", "target": "Un."}\n["Two.", "Deux."]', "Line 2 of “a.jsonl”"),
        ("a.jsonl", b'\n{"source": "One."}', "Line 2 of “a.jsonl”"),
        ("a.jsonl", b'{"source": "One.", "target": 1}', "Line 1 of “a.jsonl”"),
        ("a.jsonl", b"One.\tUn.", "Line 1 of “a.jsonl”"),
        ("a.tsv", b"\n\n", "has no pairs"),
        ("a.tsv", b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        read_pairs(tmp_path / name)
    assert str(tmp_path) not in str(caught.value)


def test_a_split_keeps_each_source_on_one_side():
    pairs = [Pair(f"{number}", f"{number}-{version}") for number in range(100) for version in range(2)]
    learnt, held_out = split(pairs, 0.1, seed=3)
    assert len(held_out) == 20 and sorted(learnt + held_out, key=pairs.index) == pairs
    assert not {pair.source for pair in learnt} & {pair.source for pair in held_out}
    assert (learnt, held_out) == split(pairs, 0.1, seed=3) != split(pairs, 0.1, seed=4)


def test_a_split_has_bounds():
    pairs = [Pair(f"{number}", "x") for number in range(1000)]
    assert len(split(pairs, 0.5, 0)[1]) == HELD_OUT_MOST
    assert len(split(pairs[:3], 0.05, 0)[1]) == 1 and split(pairs, 0, 0) == (pairs, [])
    with pytest.raises(UserError, match="too few pairs"):
        split(pairs[:1], 0.05, 0)


def test_held_out_sources_are_not_learnt():
    assert apart(GOOD, [Pair("One.", "Une.")]) == GOOD[1:]
    with pytest.raises(UserError, match="nothing left"):
        apart(GOOD, GOOD)
