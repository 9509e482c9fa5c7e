"""What is too large, too many or no document is refused before it is kept."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from hymt.documents import MAX_BYTES, MAX_BYTES_WITH_PICTURES
from hymt.service.limits import Limits
from hymt.service.private_folder import private_folder
from tests.waiting import eventually
from tests.web.conftest import code, form

UPLOAD = "/gradio_api/upload"
HALF = (
    b"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="half.txt"\r\n\r\nA secret that is cut '
)


def kept() -> set:
    return {path for path in private_folder().rglob("*") if path.is_file()}


def test_a_document_as_large_as_documents_may_be_is_taken(http):
    (path,) = http.post(UPLOAD, files=form(b"x" * MAX_BYTES)).json()
    assert path.endswith("letter.txt")


@pytest.mark.parametrize(
    ("files", "status", "refusal"),
    [
        (form(b"x" * (MAX_BYTES_WITH_PICTURES + 1_000_000)), 413, "request_too_large"),
        (form(b"x" * 6_000_000, count=5), 413, "request_too_large"),
        (form(b"x", count=21), 413, "upload_of_many_files"),
        (form(b"x", name="virus.exe"), 415, "upload_of_another_kind"),
        ([("other", ("letter.txt", b"x"))], 400, "upload_malformed"),
    ],
)
def test_other_uploads_are_refused_and_leave_nothing(http, files, status, refusal):
    before = kept()
    response = http.post(UPLOAD, files=files)
    assert (response.status_code, code(response)) == (status, refusal)
    assert kept() == before


def test_a_body_that_tells_no_length_is_counted(http):
    chunks = (b"x" * 100_000 for _ in range(100))
    response = http.post("/gradio_api/call/translate", content=chunks, headers={"content-type": "application/json"})
    assert (response.status_code, code(response)) == (413, "request_too_large")


def test_json_is_limited_and_the_sentence_is_in_the_visitors_language(http):
    body = {"data": ["x" * 5_000_000, "en", "fr", 1]}
    response = http.post("/gradio_api/call/translate", json=body, headers={"accept-language": "zh-CN"})
    assert response.status_code == 413
    assert "4 MB" in response.json()["error"]["message"] and "请求" in response.json()["error"]["message"]


def test_files_go_nowhere_but_to_uploads(http):
    before = kept()
    assert code(http.post("/gradio_api/process_recording", files=form(b"x"))) == "upload_malformed"
    assert code(http.post("/gradio_api/component_server", files=form(b"x"))) == "upload_malformed"
    assert kept() == before


def test_an_upload_that_is_cut_off_leaves_nothing(http):
    before = kept()
    address = urlsplit(str(http.base_url))
    for _ in range(3):
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(HALF)
    (path,) = http.post(UPLOAD, files=form(b"whole")).json()  # the server has seen the others by now
    assert {str(one) for one in kept() - before} == {path}


def test_a_body_that_never_ends_is_given_up(serve):
    with serve(limits=Limits(body_seconds=0.2)) as client:
        address = urlsplit(str(client.base_url))
        with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
            connection.sendall(HALF)
            assert b"408" in connection.recv(100)


def test_so_many_large_bodies_arrive_at_once(serve):
    with serve(limits=Limits(large_bytes=1000, large_bodies_by_address=1)) as client:
        address = urlsplit(str(client.base_url))
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(HALF)
            assert eventually(lambda: client.post(UPLOAD, files=form(b"x" * 2000)).status_code == 429)
            assert client.post(UPLOAD, files=form(b"x")).status_code == 200
        assert eventually(lambda: client.post(UPLOAD, files=form(b"x" * 2000)).status_code == 200)


def test_the_progress_bar_finds_an_upload_while_it_arrives(http):
    address = urlsplit(str(http.base_url))
    half = HALF.replace(b"/upload HTTP", b"/upload?upload_id=mine HTTP")
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(half)
        with http.stream("GET", "/gradio_api/upload_progress?upload_id=mine") as progress:
            assert progress.status_code == 200
            connection.close()
            progress.read()  # it ends with the upload
