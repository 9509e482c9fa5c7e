"""A page with a password: nothing is open, guessing is slow, and everybody signs out alone."""

from __future__ import annotations

import httpx
import pytest

from hymt.service.limits import Limits
from tests.web.conftest import code

ANNA = ("anna", "correct horse")
RIGHT = {"username": "anna", "password": "correct horse"}
WRONG = {"username": "anna", "password": "wrong"}


@pytest.fixture(scope="module")
def closed(serve):
    with serve(auth=ANNA) as client:
        yield client


def visitor(client: httpx.Client) -> httpx.Client:
    """Somebody with cookies of their own."""
    return httpx.Client(base_url=client.base_url, timeout=120)


def routes() -> list[str]:
    """All that Gradio serves by GET without a name in its path."""
    return [
        *(
            "app_id",
            "token",
            "user",
            "info",
            "openapi.json",
            "queue/data?session_hash=x",
            "queue/status",
            "startup-events",
        ),
        *(
            "heartbeat/x",
            "upload_progress?upload_id=x",
            "runs",
            "dev/reload",
            "vibe-code",
            "stream/x/1/1/playlist-file",
        ),
    ]


@pytest.mark.parametrize("route", routes())
def test_a_route_is_closed_to_who_has_not_signed_in(closed, route):
    with visitor(closed) as stranger:
        response = stranger.get(f"/gradio_api/{route}")
        assert (response.status_code, code(response)) == (401, "sign_in_first")


def test_nothing_can_be_sent_by_who_has_not_signed_in(closed):
    with visitor(closed) as stranger:
        for route in (
            "cancel",
            "reset",
            "queue/join",
            "call/translate",
            "upload",
            "stream/x",
            "vibe-edit",
            "run/predict",
        ):
            assert code(stranger.post(f"/gradio_api/{route}", json={})) == "sign_in_first", route
        assert "auth_required" in stranger.get("/").text


def test_one_visitor_signs_out_and_the_other_stays(closed):
    with visitor(closed) as one, visitor(closed) as other:
        for each in (one, other):
            assert each.post("/login", data=RIGHT).json() == {"success": True}
            assert each.get("/gradio_api/queue/status").status_code == 200
        left = dict(one.cookies)
        one.get("/logout")
        assert other.get("/gradio_api/queue/status").status_code == 200
        assert one.get("/gradio_api/queue/status").status_code == 401
        one.cookies.update(left)  # the token itself is void, not only forgotten by the browser
        assert one.get("/gradio_api/queue/status").status_code == 401


def test_guessing_is_slowed(serve):
    with serve(auth=ANNA, limits=Limits(sign_in_failures=3)) as client:
        assert [client.post("/login", data=WRONG).status_code for _ in range(5)] == [400] * 3 + [429] * 2
        response = client.post("/login", data=RIGHT)
        assert (response.status_code, code(response)) == (429, "too_many_sign_ins")
        assert 0 < int(response.headers["retry-after"]) <= 60


def test_who_signs_in_has_all_attempts_again(serve):
    with serve(auth=ANNA, limits=Limits(sign_in_failures=3)) as client:
        for guess in (WRONG, WRONG, RIGHT, WRONG, WRONG):
            assert client.post("/login", data=guess).status_code in (200, 400)
        assert client.post("/login", data=RIGHT).status_code == 200
