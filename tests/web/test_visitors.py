"""Pages of other sites are refused; who asks is known by an address that nobody can make up."""

from __future__ import annotations

import pytest

from hymt.web.visitors import Visitors
from tests.waiting import finished
from tests.web.conftest import code, form

JOIN = "/gradio_api/queue/join"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (JOIN, {"json": {}}),
        ("/gradio_api/call/translate", {"json": {"data": []}}),
        ("/gradio_api/upload", {"files": form(b"x")}),
        ("/gradio_api/cancel", {"json": {}}),
        ("/gradio_api/run/predict", {"json": {}}),
        ("/login", {"data": {"username": "x", "password": "y"}}),
    ],
)
def test_another_sites_page_is_refused(http, origin, path, body):
    response = http.post(path, headers={"origin": origin}, **body)
    assert (response.status_code, code(response)) == (403, "foreign_origin")


def test_this_sites_page_and_programs_are_served(http):
    own = str(http.base_url).rstrip("/")
    for headers in ({}, {"origin": own}, {"origin": "https://tunnel.example", "sec-fetch-site": "same-origin"}):
        assert http.post("/gradio_api/upload", files=form(b"x"), headers=headers).status_code == 200


def test_a_link_from_another_site_opens_the_page_but_signs_nobody_out(http):
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert http.get("/", headers=headers).status_code == 200
    assert code(http.get("/logout", headers=headers)) == "foreign_origin"


def test_a_name_that_is_not_this_machines_is_refused(http):
    assert code(http.get("/", headers={"host": "evil.example:7860"})) == "unknown_host"
    assert http.get("/", headers={"host": "localhost:7860"}).status_code == 200


@pytest.mark.parametrize(
    ("forwarded", "header", "seen"),
    [
        (True, "9.9.9.9, 8.8.8.8, 10.0.0.7", "8.8.8.8"),  # what stands before the proxy's own word is anybody's
        (True, "2606:4700:1:2:3:4:5:6", "2606:4700:1:2::"),
        (True, "nonsense", "127.0.0.1"),
        (True, None, "127.0.0.1"),
        (False, "8.8.8.8", "127.0.0.1"),
    ],
)
def test_the_visitors_address(forwarded, header, seen):
    found = []

    async def app(scope, receive, send):
        found.append(scope["client"][0])

    headers = [(b"x-forwarded-for", header.encode())] if header else []
    scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": headers}
    finished(Visitors(app, forwarded)(scope, None, None))
    assert found == [seen]
