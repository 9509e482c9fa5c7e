"""What a machine should run: the largest model at the finest precision that fits, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hymt.errors import Sentence
from hymt.hardware.devices import Device
from hymt.hardware.memory import show_bytes
from hymt.models.catalogue import CATALOGUE, DEFAULT, Model
from hymt.models.plan import Plan, fits_whole, plan, plan_anywhere
from hymt.models.precision import PRECISIONS
from hymt.models.speed import cpu_seconds, fastest

LARGEST_FIRST = ("Hunyuan-MT-7B", "HY-MT1.5-1.8B")
FINEST_FIRST = ("fp16", "int8", "nf4")


def recommend(gpus: Sequence[int], ram: int, device: Device, model: Model | None = None) -> Plan:
    """The plan of what to run, or of how to run `model`. It does not fit only where that model fits nowhere.

    `gpus` are the free bytes of each GPU by its index (none for a CPU), `ram` those of RAM. One GPU comes before
    several, and these before a smaller model: quality before speed. Nothing is put in RAM beside a GPU unless that
    model was asked for and fits in no other way: it would be very slow. A model that is stored quantised stays so.
    """
    if model and model.stored:
        return plan_anywhere(model, model.stored, gpus, ram, device)
    if device.kind != "cuda":
        return _on_cpu(model or CATALOGUE[DEFAULT], ram, device, asked=model is not None)
    for offered in [model] if model else [CATALOGUE[name] for name in LARGEST_FIRST]:
        if chosen := _on_gpus(offered, gpus, device, shorter_chunks=model is not None):
            return chosen
    if model:
        in_ram = plan_anywhere(model, FINEST_FIRST[0], gpus, ram, device)
        return in_ram if in_ram.fits else plan(model, _usable(device)[-1], gpus[device.index], device)
    why = Sentence("plan_small", {"free": show_bytes(gpus[device.index])})
    return replace(plan(CATALOGUE[DEFAULT], "fp16", gpus[device.index], device), reason=why)


def _usable(device: Device) -> list[str]:
    return [name for name in FINEST_FIRST if not PRECISIONS[name].unavailable(device)]


def _on_gpus(model: Model, gpus: Sequence[int], device: Device, shorter_chunks: bool) -> Plan | None:
    """The finest precision on the device, else on all GPUs; None where nothing fits.

    `shorter_chunks` lets the coarsest one lose some context before several GPUs are tried.
    """
    free, usable = gpus[device.index], _usable(device)
    for name in usable:
        if fits_whole(model, name, free, device):
            return plan(model, name, free, device)
    if shorter_chunks and (tight := plan(model, usable[-1], free, device)).fits:
        return tight
    over_all = (plan_anywhere(model, name, gpus, 0, device) for name in usable)
    return next((chosen for chosen in over_all if chosen.spread), None)


def _on_cpu(model: Model, ram: int, device: Device, asked: bool) -> Plan:
    name = fastest(cpu_seconds(device))
    chosen = plan(model, name, ram, device)
    if asked:
        return chosen
    why = {"why": device.reason, "precision": PRECISIONS[name].label}
    return replace(chosen, reason=Sentence("plan_cpu", why))
