"""The one model manager that everybody shares: one variant is loaded, and can be swapped while the app runs.

A swap downloads and checks while the old variant still works, and beside other swaps. Then, one at a time: where both
fit, it loads and warms up the new variant, publishes it, and closes the old one's engine (running chunks finish,
waiting ones go back to their jobs). Else it closes the old one first, and if loading fails restores it. Either way
every reference is dropped and it is *measured* that the memory came back. Jobs that ask for an engine meanwhile wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from traceback import clear_frames

from hymt.engine.decoding import FUSED
from hymt.engine.protocol import Engine
from hymt.errors import UserError, is_out_of_memory
from hymt.hardware import heap
from hymt.hardware.devices import Device, detect_device
from hymt.hardware.limit import enforce, limited
from hymt.hardware.memory import MemoryReader, show_bytes
from hymt.hardware.monitor import MemoryMonitor
from hymt.models import loading
from hymt.models.fingerprint import fingerprint
from hymt.models.hub import Hub
from hymt.models.loaded import Loaded, warm_up
from hymt.models.plan import Plan
from hymt.models.preparation import Preparation
from hymt.models.room import Room
from hymt.models.swapping import (
    OnProgress,
    Swap,
    SwapFailed,
    SwapOrder,
    SwapProgress,
    SwapReport,
    SwapStopped,
    could_not_load,
    loaded_instead,
    reason,
)
from hymt.models.variant import Prepared, Variant

__all__ = ["ModelManager", "SwapFailed", "SwapOrder", "SwapProgress", "SwapReport"]

log = logging.getLogger(__name__)

RELOADS, RELOAD_SECONDS = 3, 600  # so often within so long a variant whose engine failed is loaded again by itself
RELEASE_SECONDS = 5  # how long to wait for the driver to give memory back
TURN_SECONDS = 0.2  # how often a swap that waits for its turn looks whether it is to stop
DOWNLOADS = 2  # at once; who comes with a third is told so, and a swap that needs none never waits for one
StartEngine = Callable[[object, Plan], Engine]
Load = Callable[..., object]  # as `loading.load_anywhere`


def start_local_engine(weights, chosen: Plan, kernels: str = FUSED) -> Engine:
    from hymt.engine.local import LocalEngine

    return LocalEngine(weights, chosen.slots, chosen.max_len, kernels)


class ModelManager(Room):
    """Loads variants one at a time. `start_engine(weights, plan)` makes an engine of a loaded model.

    `gpu_memory` is the memory limit in GiB; 0 or None for the whole card. Raises UserError. `monitor` watches the
    memory once somebody starts it; what is loaded and which jobs end is marked there. `load` reads the weights and
    `reader` the memory: others than the usual ones are for tests.
    """

    def __init__(
        self,
        device: Device | None = None,
        start_engine: StartEngine | None = None,
        gpu_memory: float | None = None,
        kernels: str = FUSED,
        *,
        reader: MemoryReader | None = None,
        load: Load | None = None,
    ) -> None:
        heap.keep_in_one_piece()  # before the threads that load and compute
        self.device = limited(device or detect_device(), gpu_memory) if gpu_memory else device or detect_device()
        self.kernels = kernels
        self.reader = reader or MemoryReader(self.device)
        self.monitor = MemoryMonitor(self.reader)
        if self.device.memory_limit:
            enforce(self.device)
        self._start_engine = start_engine or partial(start_local_engine, kernels=kernels)
        self._load_weights: Callable[..., object] = load or partial(loading.load_anywhere, kernels=kernels)
        self._swapping = threading.Lock()  # held while the loaded variant changes
        self._downloads = threading.BoundedSemaphore(DOWNLOADS)
        self._changed = threading.Condition()  # guards what follows
        self._loaded: Loaded | None = None
        self._under_way: list[Swap] = []
        self._error: SwapFailed = SwapStopped("nothing_loaded")  # why nothing is loaded, where nothing is
        self._closed = False
        self._reloads: list[float] = []  # when engines that failed were loaded again

    # -- asking ----------------------------------------------------------------------------------------

    @property
    def loaded(self) -> Loaded | None:
        """The published variant, None while there is none."""
        return self._loaded

    @property
    def progress(self) -> SwapProgress | None:
        """Of the swap under way, or of several the one that is furthest; None when there is none."""
        with self._changed:
            begun = [swap.progress for swap in self._under_way if swap.progress]
        return max(begun, key=lambda progress: progress.fraction, default=None)

    def current(self) -> Loaded:
        """The published variant, after a swap under way if there is none yet.

        Raises SwapFailed if nothing is loaded and nothing is being loaded.
        """
        while True:
            if loaded := self.wait():
                return loaded

    def wait(self, timeout: float | None = None) -> Loaded | None:
        """The same, but None if it takes longer than `timeout` seconds. Raises SwapFailed."""
        with self._changed:
            self._changed.wait_for(lambda: self._loaded or not self._under_way, timeout)
            if self._loaded is None and not self._under_way:
                raise self._error.with_traceback(None)
            return self._loaded

    # -- swapping --------------------------------------------------------------------------------------

    def swap(
        self,
        model: str | None = None,
        precision: str | None = None,
        on_progress: OnProgress | None = None,
        gpu_memory: float | None = None,
        order: SwapOrder | None = None,
    ) -> SwapReport:
        """Load a variant in place of the loaded one; returns a SwapReport once it is ready.

        Without a model the loaded one stays, without a precision what is recommended (or stays) is taken.
        `gpu_memory` is a new memory limit in GiB, 0 for the whole card; without it the limit stays. By its `order` it
        can be cancelled. Raises SwapFailed; then the previous variant is loaded, if there was one.
        """
        with self._begun(order or SwapOrder(), on_progress) as swap:
            try:
                device = self.device_within(gpu_memory)
                with Hub(swap.order.login, swap.order.check, self._downloads) as hub:
                    return self._swap(swap, Preparation(self, device, hub), model, precision)
            except SwapFailed:
                raise
            except UserError as error:
                raise SwapFailed.of(error) from error

    @contextmanager
    def _begun(self, order: SwapOrder, on_progress: OnProgress | None) -> Iterator[Swap]:
        """A swap that is known to be under way as long as it is."""
        swap = Swap(order, on_progress)
        with self._changed:
            if self._closed:
                raise SwapStopped("shutting_down")
            self._under_way.append(swap)
        try:
            yield swap
        finally:
            self._end(swap)

    def _end(self, swap: Swap) -> None:
        with self._changed:
            self._under_way.remove(swap)
            self._changed.notify_all()

    def _swap(self, swap: Swap, preparation: Preparation, model_name, precision_name) -> SwapReport:
        model, precision = preparation.choose(model_name, precision_name)
        limit = preparation.device.memory_limit
        swap.variant = Variant(model.origin, precision.name, limit, self.kernels, model=model.name)
        swap.report("checking")
        prepared = None
        while True:
            if prepared is None and not (self._loaded and self._loaded.variant == swap.variant):
                prepared = preparation.prepare(swap, model, precision)
            with self._turn(swap.order):
                if (loaded := self._loaded) and loaded.variant == swap.variant:
                    return swap.unchanged(loaded)
                if prepared is not None:
                    # the memory is another one than before, if another swap has come in between
                    chosen = preparation.check_fit(prepared.model, precision)
                    return self._replace(swap, replace(prepared, plan=chosen), preparation.device)

    @contextmanager
    def _turn(self, order: SwapOrder) -> Iterator[None]:
        """One at a time changes what is loaded; who waits for that can still be stopped."""
        while not self._swapping.acquire(timeout=TURN_SECONDS):
            order.check()
        try:
            yield
        finally:
            self._swapping.release()

    # -- replacing: one at a time ------------------------------------------------------------------------

    def _replace(self, swap: Swap, prepared: Prepared, device: Device) -> SwapReport:
        previous = self._loaded
        beside = None
        if previous and device == self.device and self._both_fit(swap, prepared, previous):
            beside = self._load_beside(swap, prepared, previous)
        if beside and previous:
            self._publish(beside, "swap")
            return swap.ready(beside, self._release(swap, previous))
        return self._load_in_turn(swap, prepared, device)

    def _load_in_turn(self, swap: Swap, prepared: Prepared, device: Device) -> SwapReport:
        """Give the old variant up, then load; if that fails, restore it."""
        previous, former_device, released = self._loaded, self.device, None
        if previous:
            with self._changed:
                self._loaded = None  # from now on jobs wait for the next variant
            released = self._release(swap, previous)
        try:
            self._hold_to(device)
            loaded = self._load(swap, prepared)
        except Exception as error:
            failure = self._restore(previous, former_device, prepared, error)
            if failure is error:
                raise
            raise failure from error
        self._publish(loaded, "swap" if previous else "load")
        return swap.ready(loaded, released)

    def _both_fit(self, swap: Swap, prepared: Prepared, previous: Loaded) -> bool:
        """Whether the device holds the new variant beside the old one, whose cache on a CPU is not filled yet."""
        if not swap.order.side_by_side or prepared.plan.spread or previous.plan.spread:
            return False
        to_come = previous.cache_bytes if self.device.kind == "cpu" else 0
        return prepared.plan.needed_bytes <= self.reader.free() - to_come

    def _load_beside(self, swap: Swap, prepared: Prepared, previous: Loaded) -> Loaded | None:
        """Load while the old variant works on, which stays if that fails; None if the memory was not enough."""
        swap.side_by_side(True)
        try:
            return self._load(swap, prepared)
        except Exception as error:
            clear_frames(error.__traceback__)  # they hold the weights
            loading.release_memory(self.device)
            if isinstance(error, SwapStopped):
                raise
            log.error("Loading %s/%s failed.", *prepared.variant.named, exc_info=error)
            if is_out_of_memory(error):
                swap.side_by_side(False)
                return None
            raise SwapFailed(
                "load_failed_stays", **could_not_load(prepared, error), **loaded_instead(previous)
            ) from error

    def _hold_to(self, device: Device) -> None:
        """Let the device's limit be the one in force."""
        if device != self.device:
            enforce(device)
            self.device = self.reader.device = device

    def _release(self, swap: Swap, previous: Loaded) -> int:
        """Close the old engine, drop it, and measure the bytes that came back."""
        swap.report("draining")
        before = self.reader.read().used
        previous.engine.close()
        if self.monitor.running:
            self.monitor.sample()  # torch's peak counter is reset next
        swap.report("releasing")
        released = self._wait_for_release(before, previous.held_bytes)
        log.info("%s gave back %s.", "/".join(previous.variant.named), show_bytes(released))
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

    def _load(self, swap: Swap | None, prepared: Prepared) -> Loaded:
        """Load, start an engine and warm it up; with a swap it tells where that stands."""
        report = swap.report if swap else lambda stage, fraction=0.0: None
        report("loading")
        before = self.reader.allocated()
        weights = self._read_weights(prepared, lambda part: report("loading", part))
        weight_bytes = loading.held_bytes(weights)
        engine = self._start_engine(weights, prepared.plan)
        del weights
        loaded = Loaded(prepared, engine, weight_bytes, fingerprint=fingerprint(prepared, self.device))
        report("warming up")
        try:
            warm_up(loaded)
        except Exception:
            engine.close()
            raise
        taken = (now - then for now, then in zip(self.reader.allocated(), before, strict=True))
        return replace(loaded, taken=tuple(max(0, size) for size in taken), taken_cache=engine.cache_bytes)

    def _read_weights(self, prepared: Prepared, on_fraction):
        """Load in a thread that ends: OpenMP would keep a team of threads for it, beside the engine's own."""
        if prepared.plan.spread:
            log.info("%s", prepared.plan.reason)
        how = prepared.folder, prepared.precision, self.device, prepared.plan.spread, on_fraction, prepared.adapter
        with ThreadPoolExecutor(1, thread_name_prefix="hymt-load") as thread:
            return thread.submit(self._load_weights, *how).result()

    def _publish(self, loaded: Loaded, kind: str) -> None:
        self.monitor.mark(kind, f"{loaded.model.name} {loaded.precision.label}")
        with self._changed:
            self._loaded = loaded
            self._changed.notify_all()
        loaded.engine.when_failed(partial(self._begin_again, loaded))

    def _restore(self, previous: Loaded | None, device: Device, prepared: Prepared, error: Exception) -> SwapFailed:
        """Load the previous variant again; the exception to raise, which says what happened."""
        if not isinstance(error, SwapStopped):
            log.error("Loading %s/%s failed.", *prepared.variant.named, exc_info=error)
        clear_frames(error.__traceback__)  # they hold the weights
        why = could_not_load(prepared, error)
        loading.release_memory(self.device)
        self._hold_to(device)
        failure = SwapFailed("load_failed", **why)
        if previous is not None and not self._closed:
            try:
                self._publish(self._load(None, previous.prepared), "swap")
                if isinstance(error, SwapStopped):
                    return error
                return SwapFailed("load_failed_restored", **why, **loaded_instead(previous))
            except Exception as second:
                log.exception("The previous variant could not be restored.")
                failure = SwapFailed("load_failed_twice", **why, second=reason(second))
        with self._changed:
            self._error = failure
        return failure

    # -- an engine that has failed -------------------------------------------------------------------------

    def _begin_again(self, failed: Loaded) -> None:
        """Take a failed engine from everybody at once, and load its variant again; whoever asks meanwhile waits."""
        swap = Swap(SwapOrder(), None)
        swap.variant = failed.variant
        with self._changed:
            if self._loaded is not failed or self._closed:
                return  # a swap has taken it already
            self._loaded = None
            self._under_way.append(swap)
        threading.Thread(target=self._load_again, args=(failed, swap), name="hymt-reload", daemon=True).start()

    def _load_again(self, failed: Loaded, swap: Swap) -> None:
        try:
            with self._turn(swap.order):
                if self._loaded is None:  # else somebody has swapped
                    failed.engine.close()
                    loading.release_memory(self.device)
                    self._count_reload()
                    kept = failed.prepared
                    chosen = Preparation(self, self.device, Hub()).check_fit(kept.model, kept.precision)
                    self._publish(self._load(swap, replace(kept, plan=chosen)), "swap")
        except Exception as error:
            log.exception("%s could not be loaded again.", "/".join(failed.variant.named))
            clear_frames(error.__traceback__)
            with self._changed:
                self._error = SwapFailed.of(reason(error))
        finally:
            self._end(swap)

    def _count_reload(self) -> None:
        """Raises UserError when engines have failed too often of late: loading would not mend it."""
        now = time.monotonic()
        self._reloads = [*(moment for moment in self._reloads if now - moment < RELOAD_SECONDS), now]
        if len(self._reloads) > RELOADS:
            raise UserError("engine_fails_again", count=len(self._reloads))

    def close(self) -> None:
        """Stop swaps, finish what runs and let go of the model."""
        with self._changed:
            self._closed, self._error = True, SwapStopped("shutting_down")
            for swap in self._under_way:
                swap.order.cancel("shutting_down")
        with self._swapping, self._changed:
            loaded, self._loaded = self._loaded, None
            self._error = SwapStopped("shutting_down")
            self._changed.notify_all()
        if loaded:
            loaded.engine.close()
        self.monitor.stop()
