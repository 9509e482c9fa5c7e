"""Model, precision and beams; the recommendation for this machine; sampling and chunk length under Advanced."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from hymt.errors import UserError
from hymt.hardware.devices import Device
from hymt.hardware.memory import GIB, show_bytes
from hymt.models.catalogue import CATALOGUE, Model, find_model
from hymt.models.manager import SwapProgress, SwapReport
from hymt.models.plan import Plan, Spread
from hymt.models.precision import PRECISIONS, find_precision
from hymt.service.services import Services
from hymt.service.swap_job import SwapJob
from hymt.service.visits import SWAPS, Queued, Refused
from hymt.ui import fragments
from hymt.ui.memory_panel import swap_line
from hymt.ui.words import Wording, say
from hymt.ui.words.chinese import REGIONS_ZH

PLACE = "swap"
EVENT_SECONDS = 0.25  # between two of them, at least


@dataclass(frozen=True)
class ModelPanel:
    model: gr.Dropdown
    precision: gr.Dropdown
    gpu_memory: gr.Number
    about: gr.HTML
    refusal: gr.HTML
    load: gr.Button
    stop: gr.Button
    status: gr.HTML
    recommendation: gr.HTML
    apply: gr.Button
    beams: gr.Slider
    sample: gr.Checkbox
    temperature: gr.Slider
    top_k: gr.Slider
    top_p: gr.Slider
    repetition_penalty: gr.Slider
    seed: gr.Number
    chunk_tokens: gr.Slider

    @property
    def controls(self) -> list:
        """What changes the model that all share."""
        return [self.model, self.precision, self.gpu_memory, self.load, self.apply]

    @property
    def decoding(self) -> list:
        """The inputs that `read_options` takes, in its order."""
        return [
            self.beams,
            self.sample,
            self.temperature,
            self.top_k,
            self.top_p,
            self.repetition_penalty,
            self.seed,
            self.chunk_tokens,
        ]


def read_options(beams, sample, temperature, top_k, top_p, repetition_penalty, seed, chunk_tokens) -> dict:
    """The controls as options of `Translator.start`."""
    options = {"repetition_penalty": repetition_penalty, "chunk_tokens": int(chunk_tokens)}
    if not sample:
        return options | {"beams": int(beams)}
    drawn = {"temperature": temperature, "top_k": int(top_k), "top_p": top_p, "seed": int(seed or 0)}
    return options | drawn | {"beams": 1}


def build(services: Services, wording: Wording) -> ModelPanel:
    loaded = services.manager.current()
    model, plan = loaded.model, services.manager.recommendation()
    shown, names = services.permissions.shown(model), list(services.permissions.offered)
    if shown not in names:
        names.append(shown)
    bind, refused = wording.bind, services.permissions.refusal(None)
    usable: dict[str, Any] = {"interactive": refused is None}
    heading = gr.Markdown("### Model")
    bind(heading, value="model_heading")
    chosen = gr.Dropdown(names, value=shown, allow_custom_value=True, elem_id="model", **usable)
    bind(chosen, label="model", info="model_info")
    precisions = [(precision.label, name) for name, precision in PRECISIONS.items()]
    precision = gr.Dropdown(precisions, value=loaded.precision.name, elem_id="precision", filterable=False, **usable)
    bind(precision, label="precision")
    gpu_memory = gr.Number(
        shown_limit(services),
        step=0.5,
        elem_id="gpu-memory",
        visible=services.manager.device.kind == "cuda",
        **usable,
    )
    bind(gpu_memory, label="gpu_memory", info="gpu_memory_info")
    with gr.Row():
        load = bind(gr.Button(elem_id="load", variant="secondary", min_width=140, scale=3, **usable), value="load")
        stop = gr.Button(elem_id="stop-loading", variant="stop", min_width=90, scale=1, interactive=False)
        bind(stop, value="stop_loading")
    status = gr.HTML(elem_id="swap-status")
    # below the button: its length changes with each choice, and what moves under a mouse is not pressed
    about = gr.HTML(fragments.to_come(describe("en", services, shown, loaded.precision.name)), elem_id="about")
    refusal = gr.HTML(refused_line("en", services, None), visible=refused is not None, elem_id="model-refusal")
    beams = gr.Slider(1, 8, value=model.beams, step=1, elem_id="beams")
    bind(beams, label="beams", info="beams_info")
    recommendation = gr.HTML(fragments.to_come(recommended("en", services, plan)), elem_id="recommendation")
    apply = bind(gr.Button(elem_id="apply", size="sm", visible=_differs(services, plan), **usable), value="apply")
    with gr.Accordion(open=False) as advanced:
        sample = bind(gr.Checkbox(False, elem_id="sample"), label="sample", info="sample_info")
        temperature = bind(gr.Slider(0.1, 2, value=0.7, step=0.05, interactive=False), label="temperature")
        top_k = bind(gr.Slider(1, 200, value=20, step=1, interactive=False), label="top_k")
        top_p = bind(gr.Slider(0.05, 1, value=0.6, step=0.05, interactive=False), label="top_p")
        penalty = bind(gr.Slider(1, 1.5, value=1.0, step=0.01), label="repetition_penalty")
        seed = bind(gr.Number(0, precision=0, interactive=False), label="seed")
        chunk = gr.Slider(16, model.max_chunk_tokens, value=model.chunk_tokens, step=8, elem_id="chunk-tokens")
        bind(chunk, label="chunk_tokens", info="chunk_info")
    bind(advanced, label="advanced")
    first = (chosen, precision, gpu_memory, about, refusal, load, stop, status, recommendation, apply, beams)
    return ModelPanel(*first, sample, temperature, top_k, top_p, penalty, seed, chunk)


def shown_limit(services: Services) -> float:
    """The memory limit in force as the control shows it: in GiB, 0 for the whole card, as Gradio shows an empty one."""
    return round((services.manager.device.memory_limit or 0) / GIB, 2)


def wanted_limit(services: Services, shown: float | None) -> float | None:
    """The control's value as `ModelManager.swap` takes it: 0 for the whole card, None if the limit is to stay."""
    wanted = shown or 0
    return None if services.manager.device.kind != "cuda" or wanted == shown_limit(services) else wanted


def _differs(services: Services, plan: Plan) -> bool:
    loaded = services.manager.loaded
    return loaded is None or loaded.variant.named != (plan.model, plan.precision)


def recommended(locale: str, services: Services, plan: Plan) -> str:
    """What this machine should run, and why."""
    variant = f"{plan.model} {PRECISIONS[plan.precision].label}"
    large = not CATALOGUE[plan.model].demonstration
    why = "why_fits" if large else "why_cpu" if services.manager.device.kind == "cpu" else "why_small"
    parts = plan.estimated_bytes
    sizes = {
        "weights": show_bytes(parts["weights"]),
        "needed": show_bytes(parts["total"]),
        "free": show_bytes(services.manager.free()),
    }
    reason = spread_out(locale, plan.spread) if plan.spread else say(locale, why, **sizes)
    return (
        f'<div class="hymt-variant">{escape(say(locale, "recommended"))}: <b>{escape(variant)}</b><br>'
        f"{escape(reason)}</div>"
    )


def refused_line(locale: str, services: Services, user: str | None) -> str:
    """Why a user may not change the model; nothing for who may."""
    refusal = services.permissions.refusal(user)
    return fragments.line(refusal.say(locale)) if refusal else ""


def describe(
    locale: str,
    services: Services,
    name: str,
    precision: str,
    gpu_memory: float | None = None,
    user: str | None = None,
) -> str:
    """What one should know of a variant before loading it: size, fit, licence, regions, languages.

    `gpu_memory` is the limit that it would have, as `ModelManager.swap` takes it.
    """
    try:
        model, chosen = find_model(services.permissions.model(name, user) or ""), find_precision(precision)
        device = services.manager.device_within(gpu_memory)
    except UserError as error:
        return f'<div class="hymt-variant"><span class="bad">{escape(error.say(locale))}</span></div>'
    said = [f"<b>{escape(model.name)}</b> {escape(model.size)} · {escape(say(locale, precision))}"]
    said += [_fit(locale, services, model, chosen, device)]
    if model.name in CATALOGUE or model.shape:
        said.append(escape(say(locale, "licence", licence=model.licence)))
    if model.excluded_regions:
        regions = [REGIONS_ZH[region] if locale == "zh" else region for region in model.excluded_regions]
        listed = "、".join(regions) if locale == "zh" else ", ".join(regions)
        said.append(f'<span class="bad">{escape(say(locale, "excluded", regions=listed))}</span>')
    if model.shape:  # else nothing is known of it yet
        said.append(escape(say(locale, "model_languages", count=len(model.languages))))
    space = "" if locale == "zh" else " "
    return f'<div class="hymt-variant">{space.join(said)}</div>'


def precision_for(services: Services, name: str, precision: str, user: str | None = None) -> str:
    """What the control shows once a model is chosen: the precision that it is stored in, else what it showed."""
    try:
        return find_model(services.permissions.model(name, user) or "").stored or precision
    except UserError:
        return precision


def _fit(locale: str, services: Services, model: Model, precision, device: Device) -> str:
    if model.stored and model.mismatch(precision):
        return f'<span class="bad">{escape(say(locale, "stored_in", stored=PRECISIONS[model.stored].label))}</span>'
    if why := precision.unavailable(device):
        return f'<span class="bad">{escape(why.say(locale))}</span>'
    if model.shape is None:
        return escape(say(locale, "hub_size_unknown"))
    plan = services.manager.plan(model, precision, device)
    parts, free = plan.estimated_bytes, services.manager.free(device)
    values = {
        "weights": show_bytes(parts["weights"]),
        "cache": show_bytes(parts["kv_cache"]),
        "rest": show_bytes(parts["total"] - parts["weights"] - parts["kv_cache"]),
        "slots": plan.slots,
        "needed": show_bytes(plan.needed_bytes),
        "free": show_bytes(free),
    }
    said = escape(say(locale, "variant_needs" if plan.fits else "does_not_fit", **values))
    if not plan.fits:
        why = (
            f" {say(locale, 'not_in_ram', precision=precision.label)}"
            if precision.bits and device.kind == "cuda"
            else ""
        )
        return f'<span class="bad">{said}{escape(why)}</span>'
    if plan.spread:
        said += f' <span class="bad">{escape(spread_out(locale, plan.spread))}</span>'
    elif plan.chunk_tokens < model.chunk_tokens:
        said += f" {escape(say(locale, 'shorter_chunks', count=plan.chunk_tokens, usual=model.chunk_tokens))}"
    return f"{said} {escape(say(locale, f'caution_{precision.name}'))}" if precision.slow(device) else said


def spread_out(locale: str, spread: Spread) -> str:
    """How a variant is placed that one GPU cannot hold, and what that means."""
    if spread.ram:
        return say(locale, "spread_ram", bytes=show_bytes(spread.in_ram))
    return say(locale, "spread_gpus", count=spread.gpu_count)


def swap(
    services: Services,
    visit: Hashable,
    user: str | None,
    model: str,
    precision: str,
    locale: str,
    gpu_memory: float | None = None,
) -> AsyncGenerator[tuple[str, bool]]:
    """Swap; yields the status line as it goes, and whether the swap goes on."""

    def start() -> SwapJob:
        return SwapJob(services.manager, services.permissions, user, model, precision, gpu_memory)

    def show(_: SwapJob | None, event: Queued | SwapProgress | SwapReport | Refused) -> tuple[str, bool]:
        match event:
            case Queued(place=0):
                return fragments.bar(0, _sought(locale, services, user, model)), True
            case Queued():
                return fragments.bar(0, fragments.turn(locale, event.place)), True
            case SwapProgress():
                return fragments.bar(event.fraction, swap_line(locale, event)), True
            case Refused():
                return fragments.line(event.error.say(locale), "bad"), False
            case _:
                return fragments.line(outcome(locale, event), "good"), False

    return services.visits.run(visit, PLACE, SWAPS, start, show, EVENT_SECONDS)


def _sought(locale: str, services: Services, user: str | None, name: str) -> str:
    """What is tried first: a model that is not on this machine is asked for, which may take a while."""
    try:
        model = find_model(services.permissions.model(name, user) or "")
    except UserError:
        return say(locale, "starting")
    return say(locale, "asking_hub" if model.folder is None else "looking_at", model=model.name)


def outcome(locale: str, report: SwapReport) -> str:
    """A swap's report in a sentence."""
    label = PRECISIONS[report.precision].label
    if not report.changed:
        return say(locale, "unchanged", model=report.model, precision=label)
    came_back = ""
    if report.released_bytes is not None:
        came_back = say(locale, "released", bytes=show_bytes(max(0, report.released_bytes)))
    said = say(
        locale,
        "swapped",
        model=report.model,
        precision=label,
        seconds=f"{report.seconds:.1f}",
        weights=show_bytes(report.weight_bytes),
        cache=show_bytes(report.cache_bytes),
        released=came_back,
    )
    if report.memory_limit:
        said += " " + say(locale, "within_limit", limit=show_bytes(report.memory_limit))
    return f"{said} {spread_out(locale, report.spread)}" if report.spread else said
