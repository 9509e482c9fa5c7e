"""The process that talks with the hub: requests as JSON lines on its standard input, answers on its output.

It ends when its input does, and removes what it was fetching.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from hymt.errors import UserError
from hymt.models.files import INDEX, MAX_JSON, MAX_LARGE_JSON, SINGLE, shards

log = logging.getLogger(__name__)

SMALL = (  # what a model needs besides its weights, and what must go with them
    *("config.json", "generation_config.json", "hymt.json", INDEX, "tokenizer*", "special_tokens_map.json"),
    *("added_tokens.json", "vocab.json", "merges.txt", "chat_template.*", "*.model"),
    *("LICENSE*", "License*", "NOTICE*", "README.md"),
)
SPARE = 2**30  # bytes that stay free on the disk
CONNECT_SECONDS = 3.5  # to find the hub and connect; a system that looks for names in vain may take half a minute
SECONDS = 10  # for the hub to begin an answer


class Repository:
    """A model's repository, as the hub lists it; or as it lies in the cache, where the hub cannot be reached."""

    def __init__(self, origin: str, login: bool) -> None:
        self.origin = origin
        self.token = None if login else False  # False: not even the one that the environment holds
        self.sizes = self._list()

    def _list(self) -> dict[str, int] | None:
        """Bytes by the name of the file; None if the hub cannot be reached."""
        from huggingface_hub import HfApi
        from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

        if not _within_reach():
            log.warning("There is no connection to the hub.")
            return None
        try:
            api = HfApi(token=self.token)
            listed = api.model_info(self.origin, files_metadata=True, timeout=SECONDS).siblings or ()
            return {file.rfilename: file.size or 0 for file in listed}
        except (RepositoryNotFoundError, GatedRepoError, HFValidationError) as error:
            raise UserError("not_on_hub", origin=self.origin) from error
        except Exception as error:  # of the transport, which has changed with the client's versions
            log.warning("The hub cannot be reached: %s", type(error).__name__)
            return None

    def fetch(self, name: str, on_bytes: Callable[[int], None] | None = None) -> Path | None:
        """A file on this machine; None if the repository has none of this name. Raises UserError."""
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

        if self.sizes is not None and name not in self.sizes:
            return None
        bar, known = _bar(on_bytes) if on_bytes else None, self.sizes is None
        try:
            return Path(hf_hub_download(self.origin, name, token=self.token, local_files_only=known, tqdm_class=bar))
        except EntryNotFoundError as error:
            if isinstance(error, LocalEntryNotFoundError) and self.sizes is not None:
                raise self.unreachable() from error  # it was listed a moment ago
            return None
        except Exception as error:
            log.exception("%s cannot be fetched.", name)
            raise self.unreachable() from error

    def unreachable(self) -> UserError:
        return UserError("hub_unreachable", name=self.origin.rpartition("/")[2], origin=self.origin)

    def check_listed(self, name: str) -> None:
        if self.sizes is not None and name not in self.sizes:
            raise UserError("no_such_file", file=name)
        if not name.endswith(".safetensors"):
            self.check_small(name, MAX_LARGE_JSON)

    def check_small(self, name: str, limit: int) -> None:
        if self.sizes is not None and self.sizes.get(name, 0) > limit:
            raise UserError("file_of_model_too_large", file=name, limit=f"{limit // 2**20} MiB")

    def check_room(self, names: list[str]) -> None:
        """Whether the disk has room for the files that are not here yet. Raises UserError."""
        from huggingface_hub import constants, try_to_load_from_cache

        if self.sizes is None:
            return
        missing = [name for name in names if not isinstance(try_to_load_from_cache(self.origin, name), str)]
        needed, cache = sum(self.sizes[name] for name in missing), Path(constants.HF_HUB_CACHE)
        disk = next(folder for folder in (cache, *cache.parents) if folder.exists())
        free = max(0, shutil.disk_usage(disk).free - SPARE)
        if needed > free:
            raise UserError("disk_too_small", needed=_gib(needed), free=_gib(free))


def _within_reach() -> bool:
    """Whether the hub, or the proxy before it, takes connections: at any of its addresses, all tried at once."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    connected, deadline = threading.Event(), time.monotonic() + CONNECT_SECONDS
    threads: list[threading.Thread] = []

    def begin(work: Callable, *given) -> None:
        threads.append(threading.Thread(target=work, args=given, daemon=True))
        threads[-1].start()

    def look_up() -> None:
        with suppress(OSError):
            for address in socket.getaddrinfo(*_first_host(constants.ENDPOINT), type=socket.SOCK_STREAM):
                begin(connect, *address)

    def connect(family: int, kind: int, protocol: int, _, place: tuple) -> None:
        with suppress(OSError), socket.socket(family, kind, protocol) as one:
            one.settimeout(CONNECT_SECONDS)
            one.connect(place)
            connected.set()

    begin(look_up)
    while any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
        if connected.wait(0.05):
            break
    return connected.is_set()


def _first_host(url: str) -> tuple[str, int]:
    """Host and port that a request for this address goes to first: its own, or the environment's proxy."""
    wanted = urlsplit(url)
    proxies = {} if proxy_bypass(wanted.hostname or "") else getproxies()
    first = urlsplit(proxies.get(wanted.scheme) or proxies.get("all") or url)
    return first.hostname or "", first.port or (443 if first.scheme == "https" else 80)


def small_file(repository: Repository, name: str) -> Path | None:
    repository.check_small(name, MAX_JSON)
    found = repository.fetch(name)
    return found and found.parent


def files(repository: Repository, names: list[str], say: Callable[[dict], None] = lambda answer: None) -> Path:
    """Fetch files one after another: a file's own client reads it in several streams."""
    for name in names:
        repository.check_listed(name)
    repository.check_room(names)
    sizes = repository.sizes or {}
    total, done, folder = sum(sizes.get(name, 0) for name in names), 0, Path()
    for name in names:

        def report(count: int, done: int = done) -> None:
            say({"fraction": min(1.0, (done + count) / total) if total else 1.0})

        found = repository.fetch(name, report)
        if found is None:
            raise repository.unreachable()
        folder = found.parents[len(Path(name).parts) - 1]
        done += sizes.get(name, 0)
        report(0, done)
    return folder


def model(repository: Repository, say: Callable[[dict], None]) -> Path:
    """All that a model needs, the weights last: of the safetensors only those that its index lists, or the one."""
    if repository.sizes is None:
        return _cached(repository)
    top = [name for name in repository.sizes if "/" not in name]
    small = [name for name in top if any(fnmatch(name, pattern) for pattern in SMALL)]
    weights = [SINGLE]
    if INDEX in small:
        repository.check_listed(INDEX)
        index = repository.fetch(INDEX)
        if index is None:
            raise repository.unreachable()
        weights = shards(index.parent)
    return files(repository, small + weights, say)


def _cached(repository: Repository) -> Path:
    """The folder in the cache, if all of the model is there."""
    config = repository.fetch("config.json")
    if config is None:
        raise repository.unreachable()
    folder = config.parent
    weights = shards(folder) if (folder / INDEX).exists() else [SINGLE]
    if not all((folder / name).exists() for name in weights):
        raise repository.unreachable()
    return folder


def _gib(count: int) -> str:
    return f"{count / 2**30:,.1f} GiB"


def _bar(on_bytes: Callable[[int], None]) -> type:
    """A tqdm class that tells a file's bytes instead of drawing."""
    from tqdm.auto import tqdm

    class Bar(tqdm):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs | {"disable": False, "file": _Silent()})

        def update(self, n: float | None = 1):
            shown = super().update(n)
            on_bytes(int(self.n))
            return shown

    return Bar


class _Silent:
    def write(self, text: str) -> None: ...

    def flush(self) -> None: ...


# -- the process -------------------------------------------------------------------------------------------


def answer(request: dict, repositories: dict[str, Repository], say: Callable[[dict], None]) -> None:
    origin = request["origin"]
    try:
        if origin not in repositories:
            repositories[origin] = Repository(origin, request["login"])
        repository = repositories[origin]
        match request["ask"]:
            case "file":
                folder = small_file(repository, request["name"])
            case "files":
                folder = files(repository, request["names"], say)
            case _:
                folder = model(repository, say)
        say({"folder": str(folder) if folder else None})
    except UserError as error:
        say({"error": error.key, "values": error.values})


def _end(*_) -> None:
    raise SystemExit(0)


def _read(requests: queue.SimpleQueue) -> None:
    """Pass requests on; at the end of the input interrupt what runs."""
    for line in sys.stdin:
        requests.put(json.loads(line))
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is its parent's to handle, which then ends it
    output = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no answer

    def say(message: dict) -> None:
        output.write(json.dumps(message) + "\n")
        output.flush()

    requests: queue.SimpleQueue[dict] = queue.SimpleQueue()
    repositories: dict[str, Repository] = {}
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    while True:
        answer(requests.get(), repositories, say)


if __name__ == "__main__":
    main()
