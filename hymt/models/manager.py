"""The one model manager that everybody shares: one variant is loaded, and can be swapped while the app runs.

A swap downloads and checks while the old variant still works; then closes its engine (running chunks finish,
waiting ones go back to their jobs), drops every reference, *measures* that the memory came back, loads, warms
up and publishes. If loading fails it says why and restores the previous variant. Jobs that ask for an engine
meanwhile wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from traceback import clear_frames

from hymt.engine.decoding import FUSED
from hymt.engine.protocol import Engine
from hymt.errors import UserError, as_user_error
from hymt.hardware import heap
from hymt.hardware.devices import Device, detect
from hymt.hardware.limit import enforce, limited
from hymt.hardware.memory import MemoryReader, show_bytes
from hymt.hardware.monitor import MemoryMonitor
from hymt.models import loading
from hymt.models.catalogue import DEFAULT, Model, find_model
from hymt.models.loaded import Loaded, warm_up
from hymt.models.plan import Plan, Spread, plan_anywhere
from hymt.models.precision import Precision, find_precision
from hymt.models.recommendation import recommend
from hymt.models.shape import ModelShape
from hymt.models.tokenizer import ChatTokenizer

log = logging.getLogger(__name__)

RELEASE_SECONDS = 5  # how long to wait for the driver to give memory back
RELOADS, RELOAD_SECONDS = 3, 600  # so often within so long a variant whose engine failed is loaded again by itself
StartEngine = Callable[[object, Plan], Engine]


class SwapFailed(UserError):
    """The variant asked for is not loaded; its sentence says why, and what is loaded instead."""


@dataclass(frozen=True)
class SwapProgress:
    """Where a swap stands. `fraction` is of the whole swap, from 0 to 1."""

    stage: str  # "checking", "downloading", "draining", "releasing", "loading", "warming up", "ready"
    fraction: float
    variant: tuple[str, str]


OnProgress = Callable[[SwapProgress], None]
# where each stage begins, as a share of the whole swap
STAGES = {
    "checking": 0.0,
    "downloading": 0.02,
    "draining": 0.6,
    "releasing": 0.65,
    "loading": 0.7,
    "warming up": 0.95,
}


@dataclass(frozen=True)
class SwapReport:
    """What a swap did. `released_bytes` is measured, not estimated; None for the first load."""

    model: str
    precision: str
    changed: bool
    seconds: float
    released_bytes: int | None = None
    weight_bytes: int = 0
    cache_bytes: int = 0
    memory_limit: int | None = None
    spread: Spread | None = None


def start_local_engine(weights, chosen: Plan, kernels: str = FUSED) -> Engine:
    from hymt.engine.local import LocalEngine

    return LocalEngine(weights, chosen.slots, chosen.max_len, kernels)


class ModelManager:
    """Loads variants one at a time. `start_engine(weights, plan)` makes an engine of a loaded model.

    `gpu_memory` is the memory limit in GiB; 0 or None for the whole card. Raises UserError. `monitor` watches the
    memory once somebody starts it; what is loaded and which jobs end is marked there.
    """

    def __init__(
        self,
        device: Device | None = None,
        start_engine: StartEngine | None = None,
        gpu_memory: float | None = None,
        kernels: str = FUSED,
    ) -> None:
        heap.keep_in_one_piece()  # before the threads that load and compute
        self.device = limited(device or detect(), gpu_memory) if gpu_memory else device or detect()
        self.reader = MemoryReader(self.device)
        self.monitor = MemoryMonitor(self.reader)
        if self.device.memory_limit:
            enforce(self.device)
        self._start_engine = start_engine or partial(start_local_engine, kernels=kernels)
        self._swapping = threading.Lock()
        self._changed = threading.Condition()
        self._loaded: Loaded | None = None
        self._error: SwapFailed | None = None
        self._reloads: list[float] = []  # when engines that failed were loaded again
        self.progress: SwapProgress | None = None  # of the swap under way; None when there is none

    # -- asking ----------------------------------------------------------------------------------------

    def recommendation(self, device: Device | None = None, model: Model | None = None) -> Plan:
        """The plan for this machine, or for a model on it, counting the loaded variant's memory as free."""
        device = device or self.device
        return recommend(*self._room(device), device, model)

    def plan(self, model: Model, precision: Precision, device: Device | None = None) -> Plan:
        """The plan of a variant on the device, or on the same with another limit."""
        device = device or self.device
        return plan_anywhere(model, precision.name, *self._room(device), device)

    def _room(self, device: Device) -> tuple[tuple[int, ...], int]:
        """Bytes of each GPU and of RAM that another variant could take."""
        if device.kind != "cuda":
            return (), self.free(device)
        return self.free_by_gpu(device), self.reader.ram()

    def device_within(self, gpu_memory: float | None) -> Device:
        """The device with a limit of so many GiB: None leaves the limit as it is, 0 lifts it. Raises UserError."""
        return self.device if gpu_memory is None else limited(self.device, gpu_memory)

    @property
    def loaded(self) -> Loaded | None:
        """The published variant, None while there is none."""
        return self._loaded

    def current(self, timeout: float | None = None) -> Loaded | None:
        """The published variant; waits for a swap under way, at most `timeout` seconds (then None).

        Raises SwapFailed if nothing is loaded and nothing is being loaded.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._loaded or self._error, timeout)
            if self._loaded is None and self._error is not None:
                raise SwapFailed.of(self._error) from self._error
            return self._loaded

    def free(self, device: Device | None = None) -> int:
        """Bytes of the device that another variant could take once the loaded one is gone."""
        device, loaded = device or self.device, self._loaded
        if loaded and device.kind == "cuda":
            return self.reader.free(device) + _at(loaded.gpu_bytes, device.index)
        return self.reader.free(device) + (loaded.held_bytes if loaded else 0)

    def free_by_gpu(self, device: Device) -> tuple[int, ...]:
        """The same for each GPU by its index."""
        given_back = self._loaded.gpu_bytes if self._loaded else ()
        free = [size + _at(given_back, index) for index, size in enumerate(self.reader.free_by_gpu(device))]
        free[device.index] = self.free(device)
        return tuple(free)

    # -- swapping --------------------------------------------------------------------------------------

    def swap(
        self,
        model: str | None = None,
        precision: str | None = None,
        on_progress: OnProgress | None = None,
        gpu_memory: float | None = None,
    ) -> SwapReport:
        """Load a variant in place of the loaded one; returns a SwapReport once it is ready.

        Without a model the loaded one stays, without a precision what is recommended (or stays) is taken.
        `gpu_memory` is a new memory limit in GiB, 0 for the whole card; without it the limit stays.
        Raises SwapFailed; then the previous variant is loaded again, if there was one.
        """
        with self._swapping:
            began = time.monotonic()
            try:
                device = self.device_within(gpu_memory)
                return self._swap(model, precision, device, on_progress or (lambda progress: None), began)
            except SwapFailed:
                raise
            except UserError as error:
                raise SwapFailed.of(error) from error
            finally:
                self.progress = None

    def _swap(self, model_name, precision_name, device: Device, on_progress, began) -> SwapReport:
        previous, previous_device = self._loaded, self.device
        model, precision = self._choose(model_name, precision_name, device)
        same_device = device == previous_device  # the limit is a part of it
        if previous and same_device and (previous.model.source, previous.precision) == (model.source, precision):
            return _report(previous, self.device, False, 0.0, None)

        def report(stage: str, fraction: float = 0.0) -> None:
            begins = STAGES.get(stage, 1.0)
            ends = min((start for start in STAGES.values() if start > begins), default=1.0)
            variant = (model.name, precision.name)
            self.progress = SwapProgress(stage, begins + fraction * (ends - begins), variant)
            on_progress(self.progress)

        report("checking")
        folder, tokenizer, chosen = self._prepare(model, precision, device, lambda part: report("downloading", part))
        released = self._release(previous, report) if previous else None
        try:
            self._hold_to(device)
            loaded = self._load(model, precision, folder, tokenizer, chosen, report)
        except Exception as error:
            raise self._restore(previous, previous_device, model, precision, error) from error
        self._publish(loaded, "swap" if previous else "load")
        report("ready", 1.0)
        return _report(loaded, device, True, time.monotonic() - began, released)

    def _hold_to(self, device: Device) -> None:
        """Let the device's limit be the one in force."""
        if device != self.device:
            enforce(device)
            self.device = self.reader.device = device

    def _choose(self, model_name: str | None, precision_name: str | None, device) -> tuple[Model, Precision]:
        """The variant meant; what is not said stays as it is, or is what suits this machine."""
        loaded = self._loaded
        # the loaded model is found anew: it has the chunk lengths of its plan, not its own
        model = loading.identify(find_model(model_name or (loaded.model.source if loaded else DEFAULT)))
        if precision_name:
            return model, find_precision(precision_name)
        if loaded and loaded.model.source == model.source:
            return model, loaded.precision
        return model, find_precision(self.recommendation(device, model).precision)

    def _prepare(self, model: Model, precision: Precision, device, on_fraction) -> tuple[Path, ChatTokenizer, Plan]:
        """Everything that can fail before the old variant is given up."""
        try:
            self._check_fit(model, precision, device)
            folder = loading.fetch(model, on_fraction)
            exact = model if model.shape and model.folder else _with_shape(model, folder)
            chosen = self._check_fit(exact, precision, device)
            loading.fetch_adapter(model)
            return folder, ChatTokenizer(folder), chosen
        except OSError as error:
            log.exception("The files of %s cannot be read.", model.name)
            raise SwapFailed("files_incomplete", model=model.name) from error

    def _check_fit(self, model: Model, precision: Precision, device: Device) -> Plan:
        if why := model.mismatch(precision) or precision.unavailable(device):
            raise why
        chosen = self.plan(model, precision, device)
        if not chosen.fits:
            raise SwapFailed("does_not_fit", reason=chosen.reason)
        return chosen

    def _release(self, previous: Loaded, report) -> int:
        """Close the old engine, drop it, and measure the bytes that came back."""
        report("draining")
        before = self.reader.read().used
        with self._changed:
            self._loaded, self._error = None, None
        previous.engine.close()
        if self.monitor.running:
            self.monitor.sample()  # torch's peak counter is reset next
        report("releasing")
        released = self._wait_for_release(before, previous.held_bytes)
        log.info("%s gave back %s.", "/".join(previous.variant), show_bytes(released))
        return released

    def _wait_for_release(self, before: int, expected: int) -> int:
        """Collect until the device shows the memory as free; on a CPU some stays with the C library's heap."""
        deadline = time.monotonic() + RELEASE_SECONDS
        while True:
            loading.release_memory(self.device)
            released = before - self.reader.read().used
            if released >= 0.9 * expected or self.device.kind == "cpu":
                return released
            if time.monotonic() > deadline:
                log.warning("Only %s of %s came back.", show_bytes(released), show_bytes(expected))
                return released
            time.sleep(0.1)

    def _load(self, model, precision, folder, tokenizer, chosen: Plan, report) -> Loaded:
        report("loading")
        before = self.reader.allocated()
        weights = self._read_weights(model, folder, precision, chosen, lambda part: report("loading", part))
        weight_bytes = loading.held_bytes(weights)
        engine = self._start_engine(weights, chosen)
        del weights
        fitted = model.with_chunks(chosen.chunk_tokens)
        loaded = Loaded(fitted, precision, chosen, tokenizer, engine, weight_bytes)
        report("warming up")
        try:
            warm_up(loaded)
        except Exception:
            engine.close()
            raise
        taken = (now - then for now, then in zip(self.reader.allocated(), before, strict=True))
        return replace(loaded, taken=tuple(max(0, size) for size in taken), taken_cache=engine.cache_bytes)

    def _read_weights(self, model: Model, folder: Path, precision: Precision, chosen: Plan, on_fraction):
        """Load in a thread that ends: OpenMP would keep a team of threads for it, beside the engine's own."""
        adapter = loading.fetch_adapter(model)
        how = folder, precision, self.device
        with ThreadPoolExecutor(1, thread_name_prefix="hymt-load") as thread:
            if chosen.spread:
                log.info("%s", chosen.reason)
                limits = chosen.spread.max_memory()
                return thread.submit(loading.load_spread, *how, limits, on_fraction, adapter).result()
            return thread.submit(loading.load, *how, on_fraction, adapter).result()

    def _publish(self, loaded: Loaded, kind: str) -> None:
        self.monitor.mark(kind, f"{loaded.model.name} {loaded.precision.label}")
        with self._changed:
            self._loaded, self._error = loaded, None
            self._changed.notify_all()
        loaded.engine.when_failed(partial(self._begin_again, loaded))

    def _begin_again(self, failed: Loaded) -> None:
        """Take a failed engine from everybody at once, and load its variant again; whoever asks meanwhile waits."""
        with self._changed:
            if self._loaded is not failed:
                return  # a swap has taken it already
            self._loaded, self._error = None, None
        threading.Thread(target=self._load_again, args=(failed,), name="hymt-reload", daemon=True).start()

    def _load_again(self, failed: Loaded) -> None:
        with self._swapping:
            if self._loaded is not None or self._error is not None:
                return  # somebody has swapped, or closed the manager
            failed.engine.close()
            loading.release_memory(self.device)
            try:
                self._count_reload()
                variant = failed.model.source, failed.precision.name
                self._swap(*variant, self.device, lambda progress: None, time.monotonic())
            except Exception as error:
                log.exception("%s could not be loaded again.", "/".join(failed.variant))
                with self._changed:
                    self._error = SwapFailed.of(as_user_error(error, "files_damaged"))
                    self._changed.notify_all()
            finally:
                self.progress = None

    def _count_reload(self) -> None:
        """Raises UserError when engines have failed too often of late: loading would not mend it."""
        now = time.monotonic()
        self._reloads = [moment for moment in self._reloads if now - moment < RELOAD_SECONDS]
        if len(self._reloads) >= RELOADS:
            raise UserError("engine_fails_again", count=len(self._reloads) + 1)
        self._reloads.append(now)

    def _restore(self, previous: Loaded | None, device: Device, model, precision, error: Exception) -> SwapFailed:
        """Load the previous variant again; the exception to raise, which says what happened."""
        log.error("Loading %s/%s failed.", model.name, precision.name, exc_info=error)
        clear_frames(error.__traceback__)  # they hold the weights
        why = {"model": model.name, "precision": precision.label, "reason": as_user_error(error, "files_damaged")}
        loading.release_memory(self.device)
        self._hold_to(device)
        failure = SwapFailed("load_failed", **why)
        if previous is not None:
            try:
                folder = loading.fetch(previous.model, lambda part: None)
                again = (previous.model, previous.precision, folder, previous.tokenizer, previous.plan)
                self._publish(self._load(*again, lambda stage, fraction=0.0: None), "swap")
                names = {"previous": previous.model.name, "previous_precision": previous.precision.label}
                return SwapFailed("load_failed_restored", **why, **names)
            except Exception as second:
                log.exception("The previous variant could not be restored.")
                failure = SwapFailed("load_failed_twice", **why, second=as_user_error(second, "files_damaged"))
        with self._changed:
            self._error = failure
            self._changed.notify_all()
        return failure

    def close(self) -> None:
        """Finish what runs and let go of the model."""
        with self._swapping, self._changed:
            loaded, self._loaded = self._loaded, None
            self._error = SwapFailed("shutting_down")
            self._changed.notify_all()
        if loaded:
            loaded.engine.close()
        self.monitor.stop()


def _report(loaded: Loaded, device: Device, changed: bool, seconds: float, released: int | None) -> SwapReport:
    held = loaded.weight_bytes, loaded.cache_bytes
    return SwapReport(*loaded.variant, changed, seconds, released, *held, device.memory_limit, loaded.plan.spread)


def _at(sizes: tuple[int, ...], index: int) -> int:
    return sizes[index] if index < len(sizes) else 0


def _with_shape(model: Model, folder: Path) -> Model:
    """The entry with the shape that the downloaded files really have."""
    return replace(model, shape=ModelShape.read(folder))
