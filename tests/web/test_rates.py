"""Nobody takes more than a share: of requests, of the queue, of memory."""

from __future__ import annotations

from hymt.service.limits import Limits
from hymt.web.rates import Bucket, Failures, Recent
from tests.ui.serving import busy, idle
from tests.waiting import eventually
from tests.web.conftest import code

LONG = "The weather is very nice today. " * 100


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_a_burst_and_then_its_rate():
    clock = Clock()
    bucket = Bucket(rate=2, burst=5, clock=clock)
    assert [bucket.take() for _ in range(6)] == [True] * 5 + [False]
    clock.now = 1
    assert [bucket.take() for _ in range(3)] == [True] * 2 + [False]
    clock.now = 1000
    assert sum(bucket.take() for _ in range(100)) == 5


def test_failures_count_within_their_time():
    clock = Clock()
    failures = Failures(2, 60, clock)
    failures.add()
    assert failures.wait() == 0
    clock.now = 10
    failures.add()
    assert failures.wait() == 50
    clock.now = 60
    assert failures.wait() == 0


def test_strangers_do_not_fill_the_memory():
    recent = Recent(list, 3)
    for key in (1, 2, 3, 1, 4):
        recent[key].append(key)
    assert dict(recent) == {3: [3], 1: [1, 1], 4: [4]}


def test_requests_beyond_the_burst_are_refused(serve):
    with serve(limits=Limits(requests_a_second=0.001, request_burst=5)) as client:
        answers = [client.get("/gradio_api/queue/status") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert code(answers[-1]) == "too_many_requests" and int(answers[-1].headers["retry-after"]) > 0


def stop(client, event: str) -> None:
    endpoints = client.get("/config").json()["dependencies"]
    number = next(one["id"] for one in endpoints if one["api_name"] == "translate")
    body = {"session_hash": event, "fn_index": number, "event_id": event}
    client.post("/gradio_api/cancel", json=body).raise_for_status()


def test_an_address_has_so_many_jobs_at_once(serve, services):
    with serve(limits=Limits(jobs_by_address=3)) as client:
        joined = [client.post("/gradio_api/call/translate", json={"data": [LONG, "en", "fr", 1]}) for _ in range(5)]
        assert [answer.status_code for answer in joined] == [200] * 3 + [429] * 2
        assert code(joined[-1]) == "too_many_jobs"
        assert eventually(lambda: busy(services))
        for answer in joined[:3]:
            stop(client, answer.json()["event_id"])
        assert eventually(lambda: idle(services), 300)
        short = {"data": ["Good morning.", "en", "fr", 1]}
        assert eventually(lambda: client.post("/gradio_api/call/translate", json=short).status_code == 200)
        assert eventually(lambda: idle(services))


def test_the_queue_cannot_be_gone_round(http):
    answer = http.post("/gradio_api/run/translate", json={"data": ["Hello.", "en", "fr", 1]})
    assert answer.status_code == 404
