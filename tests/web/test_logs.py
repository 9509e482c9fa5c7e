"""The log tells where an error arose, never its message, and not without end."""

from __future__ import annotations

import logging

from hymt.web.logs import PlacesOnly, Sparing


def record(line: int, message: str, error: Exception | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("hymt", logging.ERROR, "file.py", line, message, (), info)


def test_an_errors_message_is_left_out():
    try:
        try:
            raise KeyError("my diary")
        except KeyError as inner:
            raise ValueError("dear diary") from inner
    except ValueError as error:
        said = PlacesOnly("%(message)s").format(record(1, "A job failed.", error))
    assert "diary" not in said
    assert said.startswith("A job failed.\nValueError\n") and "after KeyError" in said and "test_logs.py" in said


def test_the_same_message_comes_five_times_a_minute():
    moment = [0.0]
    sparing = Sparing(clock=lambda: moment[0])
    assert sum(sparing.filter(record(1, "socket.accept() out of system resource\n<1>")) for _ in range(100)) == 5
    assert sparing.filter(record(2, "another"))
    moment[0] = 61
    assert sparing.filter(record(1, "socket.accept() out of system resource\n<2>"))
