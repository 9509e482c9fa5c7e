"""Slots are shared between visits, then between their jobs, and short texts do not wait for long ones."""

from __future__ import annotations

from collections import Counter

from hymt.engine.decoding import Decoding
from hymt.engine.line import LONGEST_FIRST, SHORT, Line
from hymt.engine.protocol import PREFILL_TOKENS, Request


def ask(line: Line, job: str, visit: str | None = None, count: int = 1, beams: int = 1, prompt: int = 1) -> None:
    for _ in range(count):
        line.join(Request(job, [1] * prompt, 9, Decoding(beams=beams), print, visit=visit))


def jobs(requests: list[Request]) -> list[str]:
    return [request.job for request in requests]


def test_a_visit_with_many_jobs_gets_no_more_than_one_with_a_single_job():
    line = Line()
    for number in range(6):
        ask(line, f"job {number}", "greedy", 8)
    ask(line, "alone", "modest", 8)
    assert jobs(line.next([], 8)).count("alone") == 4


def test_a_visits_jobs_share_its_part():
    line = Line()
    ask(line, "a", "me", 9)
    ask(line, "b", "me", 9)
    ask(line, "c", "you", 9)
    assert Counter(jobs(line.next([], 8))) == {"a": 2, "b": 2, "c": 4}


def test_a_job_without_a_visit_is_one_of_its_own():
    line = Line()
    ask(line, "a", count=9)
    ask(line, "b", count=9)
    assert Counter(jobs(line.next([], 8))) == {"a": 4, "b": 4}


def test_a_wide_request_at_the_head_keeps_narrow_ones_back():
    line = Line()
    ask(line, "wide", beams=8)
    ask(line, "narrow")
    assert line.next([], 4) == []
    assert jobs(line.next([], 9)) == ["wide"]  # one width a pass
    assert jobs(line.next([], 1)) == ["narrow"] and len(line) == 0


def test_a_pass_has_so_many_tokens_at_most():
    line = Line()
    ask(line, "long", count=3, prompt=PREFILL_TOKENS // 2)
    assert [len(line.next([], 9)) for _ in range(3)] == [2, 1, 0]


def crowd(documents: int) -> tuple[Line, list[Request]]:
    """A line of documents, each long under way, and the requests that were their latest."""
    line = Line()
    for number in range(documents):
        ask(line, f"document {number}", count=100)
    latest = line.next([], documents)
    for _ in range(SHORT):
        line.step(latest)
    return line, latest


def test_a_sentence_is_next_however_many_documents_wait():
    line, _ = crowd(12)
    ask(line, "sentence")
    assert "sentence" in jobs(line.next([], 2))


def test_documents_move_on_beside_sentences_without_end():
    line, _ = crowd(4)
    turns = []
    for number in range(10 * LONGEST_FIRST):
        ask(line, f"sentence {number}")
        turns += jobs(line.next([], 1))
    of_documents = Counter(job for job in turns if job.startswith("document"))
    assert len(of_documents) == 4 and sum(of_documents.values()) == len(turns) // LONGEST_FIRST


def test_who_has_slots_comes_after_who_has_none_however_short():
    line, latest = crowd(2)
    ask(line, "sentence", "me")
    running = [*latest, Request("another", [1], 9, Decoding(), print, visit="me")]
    assert "sentence" not in jobs(line.next(running[1:], 1))


def test_a_visit_that_had_nothing_left_is_short_again():
    line = Line()
    ask(line, "reader")
    first = line.next([], 1)
    for _ in range(SHORT):
        line.step(first)
    line.next([], 1)
    ask(line, "document", count=5)
    document = line.next([], 1)
    line.step(document * SHORT)
    ask(line, "reader")
    assert jobs(line.next([], 1)) == ["reader"]


def test_what_is_dropped_or_put_back():
    line = Line()
    ask(line, "a", count=2)
    ask(line, "b")
    (first,) = line.next([], 1)
    line.join_first(first)
    assert len(line) == 3 and line.drop("a")[0] is first and line.drop("a") == ()
    assert jobs(line.clear()) == ["b"] and len(line) == 0
