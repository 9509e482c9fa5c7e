"""The server: the page and all HTTP on one port, from the command line or from the environment of a Space."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from hymt.engine.decoding import FUSED, REFERENCE
from hymt.errors import UserError, preferred_locale, system_reason
from hymt.errors.places import places
from hymt.hardware.limit import parse_gib
from hymt.models.catalogue import adapted
from hymt.service.limits import Limits
from hymt.service.permissions import Permissions
from hymt.service.private_folder import private_folder, sweep

if TYPE_CHECKING:
    from fastapi import FastAPI
    from gradio.routes import App
    from starlette.routing import Mount
    from starlette.types import ASGIApp

    from hymt.service.services import Services

SWEEP_SECONDS = 600
SWITCH_SECONDS = 0.0001  # after which Python takes the interpreter from a thread that another waits for
GRACE_SECONDS = 1  # for answers under way when the server ends
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Door:
    """Where the server listens, and who may come in."""

    host: str = "127.0.0.1"
    port: int = 7860  # 0 for any that is free
    auth: tuple[str, str] | None = None
    share: bool = False

    @property
    def on_space(self) -> bool:
        return "SPACE_ID" in os.environ

    @property
    def forwarded(self) -> bool:
        """Whether visitors come through a proxy that names them."""
        return self.share or self.on_space

    @property
    def local(self) -> bool:
        """Whether only this machine's own programs can come."""
        return _loopback(self.host) and not self.forwarded

    @property
    def names(self) -> frozenset[str] | None:
        """What the server may be called; None for anything."""
        if not self.local:
            return None
        allowed = os.environ.get("HYMT_ALLOWED_HOSTS", "").lower().split(",")
        return frozenset({"localhost", "127.0.0.1", "::1", self.host, *filter(None, map(str.strip, allowed))})


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Server:
    """Serves the page over running services, in a thread of its own, from `with` to its end."""

    def __init__(self, services: Services, door: Door, limits: Limits | None = None) -> None:
        _keep_files_private()
        import uvicorn

        from hymt.ui.demo import build_demo
        from hymt.ui.downloads import Downloads
        from hymt.ui.live import Live
        from hymt.web.connections import BACKLOG, Connection

        self.limits = limits or services.visits.limits
        self.door = door
        self._live, self._downloads = Live(services), Downloads(services)
        self._demo = build_demo(services, self._live)
        config = uvicorn.Config(
            self._app(),
            http=partial(Connection, limits=self.limits, forwarded=door.forwarded),  # type: ignore[arg-type]  # called only
            ws="none",
            loop="asyncio",
            backlog=BACKLOG,
            proxy_headers=False,  # see Visitors
            server_header=False,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3 * GRACE_SECONDS,
        )
        self._uvicorn = uvicorn.Server(config)
        self._socket = listening(door)
        self._thread = threading.Thread(target=self._uvicorn.run, args=([self._socket],), name="server", daemon=True)

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.door.host in ("0.0.0.0", "::") else self.door.host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self._socket.getsockname()[1]}/"

    def __enter__(self) -> Server:
        self._thread.start()
        while not self._uvicorn.started and self._thread.is_alive():
            self._thread.join(0.01)
        return self

    def __exit__(self, *ended) -> None:
        self._demo._queue.close()
        self._demo.is_running = False
        self._uvicorn.should_exit = True
        with suppress(RuntimeError):  # the loop ended by itself
            self._loop.call_soon_threadsafe(self._loop.call_later, GRACE_SECONDS, self._hang_up)
        self._thread.join(30 * GRACE_SECONDS)  # it closes the socket

    def _hang_up(self) -> None:
        """Streams to pages stay open for as long as the pages are: end them as if the pages had gone."""
        for connection in list(self._uvicorn.server_state.connections):
            connection.transport.abort()

    def wait(self) -> None:
        """Until the server ends, or a signal ends the waiting."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def share(self) -> str:
        """Make a public link by Gradio's tunnel. Raises OSError or RuntimeError if it cannot be made."""
        from gradio import networking

        _, port = self._socket.getsockname()[:2]
        link = networking.setup_tunnel("127.0.0.1", port, self._demo.share_token, None, None)
        return link.replace("http://", "https://", 1)

    # -- the app ---------------------------------------------------------------------------------------

    def _app(self) -> ASGIApp:
        """The page within what every request must pass, outermost last."""
        import gradio as gr
        from fastapi import FastAPI

        from hymt.ui.theme import CSS, theme
        from hymt.web.bodies import Bodies
        from hymt.web.logs import Caught
        from hymt.web.rates import Rates
        from hymt.web.sessions import SignedIn
        from hymt.web.visitors import SameSite, Visitors

        site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=self._alive)
        site.routes.extend([self._live.route(), self._downloads.route()])
        gr.mount_gradio_app(
            site,
            self._demo,
            path="/",
            auth=self.door.auth,
            theme=theme(),
            css=CSS,
            max_file_size=self.limits.upload_bytes,
            run_history=False,
            footer_links=["api", "settings"],
            ssr_mode=False,
            show_error=False,
        )
        self._page = cast("App", cast("Mount", site.routes[-1]).app)
        app: ASGIApp = Bodies(site, self.limits)
        if self.door.auth:
            app = SignedIn(app, self._page, self.limits)
        app = Rates(app, self.limits, self._jobs_of)
        app = SameSite(app, self.door.names)
        return Caught(Visitors(app, self.door.forwarded))

    @asynccontextmanager
    async def _alive(self, site: FastAPI) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_log_error)
        sweeping = asyncio.create_task(self._sweep())
        yield
        sweeping.cancel()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await asyncio.to_thread(sweep, private_folder(), self.limits.kept_seconds)

    def _jobs_of(self, address: str) -> int:
        """How many of an address's jobs wait or run."""
        events = self._demo._queue.event_ids_to_events.values()
        return sum(1 for event in events if event.request.client and event.request.client.host == address)


def _log_error(loop: asyncio.AbstractEventLoop, context: dict) -> None:
    """asyncio's own handler prints the repr of what failed, which may quote a text."""
    log.error("%s: %s", context.get("message", "The event loop failed"), places(context.get("exception")))


# -- running it ----------------------------------------------------------------------------------------


def serve(
    host: str = "127.0.0.1",
    port: int = 7860,
    model: str | None = None,
    precision: str | None = None,
    gpu_memory: float | None = None,
    kernels: str = FUSED,
    share: bool = False,
    auth: tuple[str, str] | None = None,
    adapter: str | None = None,
    models: str | None = None,
    control: str | None = None,
    cache: bool | None = None,
) -> None:
    """Load a model and serve the page until it is interrupted, by Ctrl+C, SIGTERM or SIGHUP.

    `gpu_memory` is the memory limit in GiB. `models` and `control` say what visitors may load and who may, `cache`
    whether the journal keeps what their documents are translated as; see `Permissions.usual`. Raises UserError for a
    limit that cannot be, for an address that cannot be listened on, and SwapFailed for a model that cannot be loaded.
    """
    door = Door(host, port, auth, share)
    permissions = Permissions.usual(host, share, bool(auth), models, control, cache)
    listening(door).close()  # found out before a model is loaded, not after
    with ended_by_signals():
        _prepare_interpreter()
        print(f"Loading {adapted(model, adapter) or 'hymt-mini'} …", flush=True)
        services = _loaded(adapted(model, adapter), precision, gpu_memory, kernels, permissions)
        try:
            with Server(services, door) as server:
                _welcome(server)
                server.wait()
        finally:
            services.close()


def _keep_files_private() -> None:
    """Have Gradio put what it writes into this process's folder. It reads some of its settings when it is imported."""
    os.environ["GRADIO_TEMP_DIR"] = str(private_folder() / "gradio")


def _prepare_interpreter() -> None:
    """Make Python fit for many visitors beside an engine.

    What is imported is no garbage: looked at again, it would stop everything for a third of a second now and then.
    And a step of the engine on a CPU takes the interpreter some hundred times, each time from a thread that may keep it
    for 5 ms.
    """
    _keep_files_private()
    import gradio  # noqa: F401

    import hymt.ui.demo  # noqa: F401

    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)


def _loaded(model: str | None, precision: str | None, gpu_memory: float | None, kernels: str, permissions) -> Services:
    from hymt.service.services import Services

    services = Services.start(model, precision, gpu_memory, kernels, permissions)
    loaded = services.manager.current()
    device = services.manager.device.name
    print(f"{loaded.model.name} in {loaded.precision.label} on {device} is ready.", flush=True)
    print(loaded.plan.reason.say(preferred_locale(os.environ)), flush=True)
    return services


def _welcome(server: Server) -> None:
    print(f"Open {server.url}", flush=True)
    door = server.door
    if not (door.auth or door.local or door.on_space):
        print("Anyone who can reach this page can use this machine: think of HYMT_AUTH=USER:PASSWORD.", flush=True)
    if door.share and not door.on_space:
        try:
            print(f"Public link, for a week at most: {server.share()}", flush=True)
        except Exception as error:  # what Gradio raises here has no common base; the page goes on without
            print(f"The public link could not be made ({type(error).__name__}); the page itself is up.", flush=True)


def listening(door: Door) -> socket.socket:
    """A socket bound to the address. Raises UserError if it cannot be had."""
    family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
    probe = socket.socket(family)
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((door.host, door.port))
        return probe
    except OverflowError:
        probe.close()
        raise UserError("port_malformed") from None
    except OSError as error:
        probe.close()
        raise UserError("address_taken", host=door.host, port=door.port, reason=system_reason(error)) from None


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the program as Ctrl+C does: what must be removed at its end is removed."""
    signals = [one for name in ("SIGTERM", "SIGHUP") if (one := getattr(signal, name, None))]

    def end(number: int, _) -> None:
        for one in signals:
            signal.signal(one, signal.SIG_IGN)  # once is enough; the end must not be interrupted
        sys.exit(128 + number)

    former = {one: signal.signal(one, end) for one in signals}
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for one, handler in former.items():
            signal.signal(one, handler)


# -- the environment -----------------------------------------------------------------------------------


def serve_from_environment() -> None:
    """The page as HYMT_* variables want it; see app.py. Ends the process with advice if it cannot start."""
    try:
        _serve_from(os.environ.get)
    except UserError as error:
        sys.exit(f"hymt: {error.say(preferred_locale(os.environ))}")


def _serve_from(get) -> None:
    serve(
        host=get("HYMT_HOST") or get("GRADIO_SERVER_NAME") or "127.0.0.1",
        port=port_from(get),
        model=get("HYMT_MODEL"),
        precision=get("HYMT_PRECISION"),
        gpu_memory=_gpu_memory(get("HYMT_GPU_MEMORY")),
        kernels=REFERENCE if get("HYMT_KERNELS") == REFERENCE else FUSED,
        share=get("HYMT_SHARE") == "1",
        auth=credentials_from(get),
    )


def credentials_from(get) -> tuple[str, str] | None:
    """HYMT_AUTH, None if it is not set. Raises UserError if it is malformed: the page must not be open by mistake."""
    value = get("HYMT_AUTH")
    return None if value is None else credentials(value)


def credentials(value: str) -> tuple[str, str]:
    """USER:PASSWORD taken apart. Raises UserError."""
    user, colon, password = value.partition(":")
    if not (user.strip() and colon and password):
        raise UserError("credentials_malformed")
    return user.strip(), password


def port_from(get) -> int:
    """HYMT_PORT, or where a Space wants it, or the usual one. Raises UserError."""
    return read_port(get("HYMT_PORT") or get("GRADIO_SERVER_PORT") or str(Door.port))


def read_port(value: str) -> int:
    """A port's number. Raises UserError."""
    if not value.strip().isdecimal() or int(value) > 65535:
        raise UserError("port_malformed")
    return int(value)


def _gpu_memory(value: str | None) -> float | None:
    try:
        return parse_gib(value) if value else None
    except UserError as error:
        raise UserError("setting", name="HYMT_GPU_MEMORY", reason=error) from None
