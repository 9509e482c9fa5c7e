"""How much one visitor, and all of them together, may ask of the server."""

from __future__ import annotations

from dataclasses import dataclass

from hymt.documents import MAX_BYTES_WITH_PICTURES


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and counts. `Limits()` is what `hymt serve` uses.

    “By address” means one IPv4 address or one IPv6 network of 64 bits. A whole office may stand behind it, so these
    numbers leave room for fifty open pages, each of which asks once a second.
    """

    # one request
    body_bytes: int = 4_000_000  # of JSON: far above the longest text that the page takes
    form_bytes: int = 10_000  # of a sign-in
    upload_bytes: int = MAX_BYTES_WITH_PICTURES + 1_000_000  # of all files; a document's own refusal is worded better
    upload_files: int = 20
    discarded_bytes: int = 32_000_000  # of a body that is too large, so that the client hears why
    head_seconds: float = 20  # from the opening of a connection, or a request's first byte, to the end of its headers
    body_seconds: float = 120

    # requests by address, as a bucket that fills at a rate and holds a burst
    requests_a_second: float = 100
    request_burst: int = 1000

    # bodies above `large_bytes`, uploads included, that arrive at once: they are held in memory
    large_bytes: int = 64_000
    large_bodies_by_address: int = 12
    large_bodies: int = 16

    jobs_by_address: int = 64  # waiting or running
    sign_in_failures: int = 5  # by address within `sign_in_seconds`
    sign_in_seconds: float = 60
    connections: int = 4096  # less where the system allows fewer open files
    connections_by_address: int = 256  # not behind a proxy, where all have the proxy's
    addresses: int = 10_000  # remembered; of more, those seen longest ago are forgotten

    # work at once, and what may wait for it; the engine batches what runs, a comparison counts as a text
    texts: int = 64
    texts_waiting: int = 192
    documents: int = 4
    documents_waiting: int = 60
    swaps: int = 8  # they prepare beside each other, and load one after another
    swaps_waiting: int = 24
    work_seconds: float = 6 * 3600  # the deadline of a piece of work, from when its turn has come

    linger_seconds: float = 60  # that a page's work goes on without a listener: a reload finds it again
    kept_seconds: float = 86_400  # uploads and results on the disk
