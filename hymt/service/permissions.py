"""Who may swap the model, and to which: what one visitor does there, all others feel. And whether texts are kept."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hymt.errors import Listing, UserError
from hymt.hardware.memory import GIB, show_bytes
from hymt.models.catalogue import CATALOGUE, DEFAULT, Model
from hymt.models.manager import SwapOrder

MODELS = ("start", "catalogue", "any")
CONTROL = ("everyone", "users", "nobody")
SWAP_SECONDS = 3600  # that a visitor's swap may take, its download included


@dataclass(frozen=True)
class Permissions:
    """What visitors may do with the model that all share.

    `control`: who may swap, compare precisions, set the memory limit. `models`: what they may load: only the model of
    the start, the catalogue's as well, or any hub id and folder. `start` is what that model is found by, `start_name`
    its name; `memory_limit` the limit in bytes that the operator gave, None for the whole card. `cache`: whether what
    their documents were translated as is kept on the disk.
    """

    models: str = "any"
    control: str = "everyone"
    start: str = DEFAULT
    start_name: str = DEFAULT
    memory_limit: int | None = None
    cache: bool = False

    @classmethod
    def usual(
        cls,
        host: str,
        share: bool = False,
        auth: bool = False,
        models: str | None = None,
        control: str | None = None,
        cache: bool | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> Permissions:
        """What is said, or else what is safe where the page is reached: everything on one's own machine only.

        HYMT_MODELS and HYMT_CONTROL of the environment count where nothing is said. Raises UserError for others than
        MODELS and CONTROL: what is misspelt must not open the page.
        """
        models = _choice(models or environment.get("HYMT_MODELS"), MODELS, "bad_models_policy")
        control = _choice(control or environment.get("HYMT_CONTROL"), CONTROL, "bad_control_policy")
        space = bool(environment.get("SPACE_ID"))
        public = share or space or not _is_loopback(host)
        signed_in = "users" if auth and not space else "nobody"
        return cls(
            models or ("catalogue" if public else "any"),
            control or (signed_in if public else "everyone"),
            cache=not public if cache is None else cache,
        )

    def refusal(self, user: str | None) -> UserError | None:
        """Why a user, None for somebody who is not signed in, may not change the model; None for who may."""
        if self.control == "nobody":
            return UserError("control_nobody")
        if self.control == "users" and not user:
            return UserError("control_users")
        return None

    def check_control(self, user: str | None) -> None:
        """Raises UserError if the user may not change the model."""
        if refusal := self.refusal(user):
            raise refusal

    def model(self, name: str | None, user: str | None) -> str | None:
        """The name of a model as `find_model` takes it, if the user may ask for it. Raises UserError.

        For who may not load folders nothing is looked up on the disk: the answer would tell what lies there.
        """
        wanted = (name or "").strip()
        if not wanted or (self.models == "any" and self.refusal(user) is None):
            return wanted or None
        if wanted in (self.start, self.start_name):
            return self.start
        if self.models == "start":
            raise UserError("models_start", model=self.start_name)
        for known in CATALOGUE.values():
            if wanted.lower() in (known.name.lower(), known.origin.lower()):
                return known.name
        raise UserError("models_catalogue", models=Listing(self.offered))

    def limit(self, gib: float | None) -> float | None:
        """A memory limit in GiB as `ModelManager.swap` takes it, None to leave it: within the operator's own.

        Raises UserError.
        """
        if gib is None or self.memory_limit is None or 0 < gib * GIB <= self.memory_limit:
            return gib
        raise UserError("limit_fixed", limit=show_bytes(self.memory_limit))

    def order(self, name: str | None) -> SwapOrder:
        """How a visitor's swap is done: within a time, and without the login of who runs the server for other models
        than that of the start."""
        return SwapOrder(SWAP_SECONDS, login=name == self.start)

    def shown(self, model: Model) -> str:
        """What a page shows for a loaded model, by which it may be asked for again: of a folder only its name to
        those who may not load folders."""
        return model.known_as if self.models == "any" else model.name

    @property
    def offered(self) -> tuple[str, ...]:
        """The names that a page lists."""
        start = self.start if self.models == "any" else self.start_name
        if self.models == "start":
            return (start,)
        return (*CATALOGUE, *(() if start in CATALOGUE else (start,)))

    def started_with(self, model: Model, memory_limit: int | None) -> Permissions:
        """The same of a server that has started with a model, within a limit in bytes."""
        return replace(self, start=model.known_as, start_name=model.name, memory_limit=memory_limit)


def _choice(value: str | None, choices: tuple[str, ...], error: str) -> str | None:
    if value and value not in choices:
        raise UserError(error, choices=Listing(choices), value=value)
    return value or None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
