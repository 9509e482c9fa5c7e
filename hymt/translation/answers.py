"""Between a job and the engines: what was answered before, in this job or as its journal tells, is not asked again."""

from __future__ import annotations

import hashlib
import json
import zlib
from array import array
from dataclasses import asdict, fields, is_dataclass, replace

from hymt.engine.protocol import Request, Update
from hymt.models.loaded import Loaded
from hymt.translation.journal import Journal

KEPT_BYTES = 64 * 2**20  # of a job's answers in memory, packed: more than any text's, where no tags are placed
_WHOSE = ("job", "visit", "key", "sink")  # fields of a request on which no answer hangs


class Answers:
    """What one job has asked and what came of it; used by its thread only.

    Of equal requests one goes to the engine, and its answer to all of them. An answer that is known comes by the
    request's sink as the engine's would, marked as reused.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._kept: dict[bytes, bytes] = {}
        self._kept_bytes = 0
        self._asked: dict[bytes, list[Request]] = {}  # equal ones, the first of which the engine has
        self._keys: dict[Request, bytes] = {}  # of those that the engine has

    def submit(self, loaded: Loaded, request: Request) -> None:
        """Ask, if it has to be. Raises what the engine raises."""
        if not loaded.fingerprint:  # nobody knows on what its answers hang
            return loaded.engine.submit(request)
        key = _key(loaded, request)
        if key in self._asked:
            self._asked[key].append(request)
        elif known := self._known(key, request):
            request.sink(known)
        else:
            loaded.engine.submit(request)
            self._asked[key], self._keys[request] = [request], key

    def news(self, update: Update) -> list[Update]:
        """The update; once its request has ended, one for each that is equal to it."""
        if update.state == "running" or update.request not in self._keys:
            return [update]
        key = self._keys.pop(update.request)
        others = self._asked.pop(key)[1:]
        if update.state == "done":
            self._keep(key, packed(update))
        return [update, *(replace(update, request=one, reused=update.state == "done") for one in others)]

    def _known(self, key: bytes, request: Request) -> Update | None:
        kept = self._kept.get(key) or (self._journal and self._journal.get(key))
        return unpacked(kept, request) if kept else None

    def _keep(self, key: bytes, answer: bytes) -> None:
        if self._kept_bytes < KEPT_BYTES:
            self._kept[key] = answer
            self._kept_bytes += len(answer)
        if self._journal:
            self._journal.put(key, answer)


def _key(loaded: Loaded, request: Request) -> bytes:
    """A hash of all that an answer hangs on: whatever of a request does not tell whose it is, and the variant."""
    asked = {one.name: getattr(request, one.name) for one in fields(request) if one.name not in _WHOSE}
    told = repr((loaded.fingerprint, [(name, _plain(value)) for name, value in asked.items()]))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()


def _plain(value: object) -> object:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def packed(update: Update) -> bytes:
    """A finished answer as bytes; attention is in FP32, as engines give it."""
    said: dict[str, object] = {"tokens": update.tokens, "truncated": update.truncated, "text": update.text}
    weights = array("f")
    if update.attention is not None:
        said["shape"] = _shape(update.attention)
        weights.extend(weight for head in update.attention for row in head for weight in row)
    return zlib.compress(json.dumps(said, separators=(",", ":")).encode() + b"\n" + weights.tobytes(), 1)


def unpacked(kept: bytes, request: Request) -> Update | None:
    """The answer to a request; None for bytes that are none."""
    try:
        head, _, tail = zlib.decompress(kept).partition(b"\n")
        said = json.loads(head)
        attention = _weights(tail, *said["shape"]) if "shape" in said else None
        answer = tuple(said["tokens"]), said["truncated"], None, said["text"], attention
    except (zlib.error, ValueError, TypeError, KeyError):
        return None
    return Update(request, "done", *answer, reused=True)


def _shape(attention: list[list[list[float]]]) -> tuple[int, int, int]:
    rows = attention[0] if attention else []
    return len(attention), len(rows), len(rows[0]) if rows else 0


def _weights(data: bytes, heads: int, rows: int, columns: int) -> list[list[list[float]]]:
    flat = array("f")
    flat.frombytes(data)
    lines = [flat[row * columns : (row + 1) * columns].tolist() for row in range(heads * rows)]
    return [lines[head * rows : (head + 1) * rows] for head in range(heads)]
