"""Preparing a swap: all that can fail, or take long, while the old variant works on and other swaps go on."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Protocol

from hymt.hardware.devices import Device
from hymt.models import loading
from hymt.models.catalogue import DEFAULT, Model, find_model, local_folder
from hymt.models.hub import Hub
from hymt.models.loaded import Loaded
from hymt.models.plan import Plan
from hymt.models.precision import Precision, find_precision
from hymt.models.swapping import Swap, SwapFailed
from hymt.models.tokenizer import ChatTokenizer
from hymt.models.variant import Prepared

log = logging.getLogger(__name__)


class Machine(Protocol):
    """What is asked of the manager."""

    @property
    def loaded(self) -> Loaded | None: ...

    def plan(self, model: Model, precision: Precision, device: Device) -> Plan: ...

    def recommendation(self, device: Device, model: Model) -> Plan: ...


class Preparation:
    """From the names of a model and a precision to a `Prepared` variant for a device, its files from the hub."""

    def __init__(self, machine: Machine, device: Device, hub: Hub) -> None:
        self.device, self._machine, self._hub = device, machine, hub

    def choose(self, model_name: str | None, precision_name: str | None) -> tuple[Model, Precision]:
        """The variant meant; what is not said stays as it is, or is what suits this machine. Raises UserError."""
        loaded = self._machine.loaded
        # the loaded model is found anew: it has the chunk lengths of its plan, not its own
        model = find_model(model_name or (loaded.model.origin if loaded else DEFAULT))
        if not (loaded and loaded.model.origin == model.origin):  # else the hub need not be asked what it is
            model = loading.identify(model, self._hub)
        if precision_name:
            return model, find_precision(precision_name)
        if loaded and loaded.model.origin == model.origin:
            return model, loaded.precision
        return model, find_precision(self._machine.recommendation(self.device, model).precision)

    def prepare(self, swap: Swap, model: Model, precision: Precision) -> Prepared:
        """Fetch what is not on this machine, check it, and plan. The hub is closed then. Raises UserError."""
        try:
            if model.shape:  # else its config.json tells first
                self.check_fit(model, precision)
            return self._kept(swap, model, precision) or self._fetched(swap, model, precision)
        except (OSError, ValueError) as error:
            log.exception("The files of %s cannot be read.", model.name)
            raise SwapFailed("files_incomplete", model=model.name) from error
        finally:
            self._hub.close()

    def check_fit(self, model: Model, precision: Precision) -> Plan:
        """The plan by which it fits. Raises UserError."""
        if why := model.mismatch(precision) or precision.unavailable(self.device):
            raise why
        chosen = self._machine.plan(model, precision, self.device)
        if not chosen.fits:
            raise SwapFailed("does_not_fit", reason=chosen.reason)
        return chosen

    def _kept(self, swap: Swap, model: Model, precision: Precision) -> Prepared | None:
        """The loaded hub model at another precision: its files are here, the hub is not asked again."""
        loaded = self._machine.loaded
        if loaded is None or loaded.model.origin != model.origin or _is_local(model):
            return None
        kept = loaded.prepared
        return replace(kept, variant=swap.variant, precision=precision, plan=self.check_fit(kept.model, precision))

    def _fetched(self, swap: Swap, model: Model, precision: Precision) -> Prepared:
        model = loading.fetch_config(model, self._hub)
        chosen = self.check_fit(model, precision)
        folder = loading.fetch(model, lambda part: swap.report("downloading", part), self._hub)
        adapter = loading.fetch_adapter(model, self._hub)
        return Prepared(swap.variant, model, precision, folder, adapter, ChatTokenizer(folder), chosen)


def _is_local(model: Model) -> bool:
    """Whether its files lie in folders of the user's, who may have changed them."""
    return model.folder is not None or (bool(model.adapter) and local_folder(model.adapter) is not None)
