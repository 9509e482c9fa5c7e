"""Connections that ask for nothing: few at once by address, and not for long."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

from hymt.service.limits import Limits
from tests.waiting import eventually


def ended(connection: socket.socket) -> bool:
    """Whether the server has closed a connection."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def open_some(stack: ExitStack, client, count: int) -> list[socket.socket]:
    address = urlsplit(str(client.base_url))
    return [stack.enter_context(socket.create_connection((address.hostname, address.port))) for _ in range(count)]


def test_an_address_has_so_many_connections(serve):
    with serve(limits=Limits(connections_by_address=8)) as client, ExitStack() as stack:
        opened = open_some(stack, client, 20)
        assert eventually(lambda: sum(map(ended, opened)) == 12)
        for connection in opened:
            connection.close()
        assert eventually(lambda: answers(client))


def answers(client) -> bool:
    import httpx

    try:
        return client.get("/gradio_api/queue/status").status_code == 200
    except httpx.TransportError:
        return False


def test_a_connection_that_asks_nothing_is_closed(serve):
    with serve(limits=Limits(head_seconds=0.3)) as client, ExitStack() as stack:
        silent, slow = open_some(stack, client, 2)
        slow.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        assert eventually(lambda: ended(silent) and ended(slow))
        assert client.get("/gradio_api/queue/status").status_code == 200
