"""What a job has asked: of equal requests one goes to the engine, and what is known goes to none."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from hymt.engine.decoding import Decoding
from hymt.engine.protocol import Alignment, EngineClosed, Request, Update
from hymt.translation.answers import Answers, packed, unpacked
from hymt.translation.journal import NAME, Journal


class Engine:
    """Takes requests, and answers none by itself."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.closed = False

    def submit(self, request: Request) -> None:
        if self.closed:
            raise EngineClosed
        self.asked.append(request)


@pytest.fixture
def loaded():
    return SimpleNamespace(engine=Engine(), fingerprint="weights")


@pytest.fixture
def told():
    return []


@pytest.fixture
def request_of(told):
    def make(prompt=(1, 2), key="piece", **more) -> Request:
        given = {"job": "job", "max_new_tokens": 9, "decoding": Decoding(), "sink": told.append} | more
        return Request(prompt=list(prompt), key=key, **given)

    return make


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / NAME)


def test_of_equal_requests_one_is_computed_for_all(loaded, request_of, told):
    answers, requests = Answers(), [request_of(key=key) for key in "abc"]
    for request in requests:
        answers.submit(loaded, request)
    assert loaded.engine.asked == requests[:1]
    running = Update(requests[0], "running", (4,))
    assert answers.news(running) == [running]
    done = Update(requests[0], "done", (4, 5))
    news = answers.news(done)
    assert [(one.request.key, one.tokens, one.reused) for one in news] == [
        ("a", (4, 5), False),
        ("b", (4, 5), True),
        ("c", (4, 5), True),
    ]
    answers.submit(loaded, request_of(key="d"))
    assert [(one.request.key, one.state, one.tokens, one.reused) for one in told] == [("d", "done", (4, 5), True)]
    assert len(loaded.engine.asked) == 1


@pytest.mark.parametrize("state", ["returned", "failed", "cancelled"])
def test_what_ends_otherwise_ends_for_all_and_is_asked_again(loaded, request_of, journal, state):
    answers, requests = Answers(journal), [request_of(key=key) for key in "ab"]
    for request in requests:
        answers.submit(loaded, request)
    assert [(one.request, one.state) for one in answers.news(Update(requests[0], state))] == [
        (request, state) for request in requests
    ]
    answers.submit(loaded, request_of(key="c"))
    assert len(loaded.engine.asked) == 2 and journal.contents().answers == 0


def test_a_closed_engine_has_not_been_asked(loaded, request_of):
    answers = Answers()
    loaded.engine.closed = True
    with pytest.raises(EngineClosed):
        answers.submit(loaded, request_of())
    loaded.engine.closed = False
    answers.submit(loaded, request_of())
    assert len(loaded.engine.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": (1, 3)},
        {"max_new_tokens": 8},
        {"decoding": Decoding(beams=2)},
        {"decoding": Decoding(temperature=0.5, seed=1)},
        {"turn": "Good morning."},
        {"alignment": Alignment([7], (0, 1), 0, (0,))},
    ],
)
def test_what_differs_is_not_reused(loaded, request_of, journal, other):
    answers, first = Answers(journal), request_of()
    answers.submit(loaded, first)
    answers.news(Update(first, "done", (4,)))
    Answers(journal).submit(loaded, request_of(job="another", visit="a visit", key="its own"))
    assert len(loaded.engine.asked) == 1
    Answers(journal).submit(loaded, request_of(**other))
    Answers(journal).submit(SimpleNamespace(engine=loaded.engine, fingerprint="others"), request_of())
    assert len(loaded.engine.asked) == 3


def test_alignments_of_other_answers_differ(loaded, request_of):
    answers = Answers()
    for answer in ([7], [8]):
        answers.submit(loaded, request_of(alignment=Alignment(answer, (0, 1), 0, (0,))))
    assert len(loaded.engine.asked) == 2


def test_of_unknown_weights_nothing_is_reused(request_of, journal):
    loaded = SimpleNamespace(engine=Engine(), fingerprint="")
    answers, requests = Answers(journal), [request_of(key=key) for key in "ab"]
    for request in requests:
        answers.submit(loaded, request)
        assert len(answers.news(Update(request, "done", (4,)))) == 1
    assert loaded.engine.asked == requests and journal.contents().answers == 0


def test_a_damaged_answer_is_asked_for_again(loaded, request_of, journal, monkeypatch):
    answers, first = Answers(journal), request_of()
    answers.submit(loaded, first)
    monkeypatch.setattr(journal, "put", lambda key, answer: Journal.put(journal, key, answer[:-3]))
    answers.news(Update(first, "done", (4,)))
    Answers(journal).submit(loaded, request_of())
    assert len(loaded.engine.asked) == 2


@pytest.mark.parametrize(
    "said",
    [
        {"tokens": (5, 120_000, 0)},
        {"tokens": (), "text": "Très bien.\n"},
        {"tokens": (5,), "truncated": True},
        {"attention": [[[0.5, 0.125], [0.25, 0.375], [0.0, 2.0**-100]], [[1.0, 0.0]] * 3]},  # FP32, as an engine's are
        {"attention": [[]]},
    ],
)
def test_an_answer_is_the_same_after_packing(request_of, said):
    update = Update(request_of(), "done", **said)
    assert unpacked(packed(update), update.request) == replace(update, reused=True)


@pytest.mark.parametrize("data", [b"", b"x", packed(Update(None, "done"))[:-1]])  # type: ignore[arg-type]
def test_what_is_no_answer_is_none(request_of, data):
    assert unpacked(data, request_of()) is None
