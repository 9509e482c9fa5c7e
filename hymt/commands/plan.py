"""`hymt plan`: what this machine, or a card of some size, should run, with how much memory, and why."""

from __future__ import annotations

import json

from hymt.commands.refusals import Parser, argument, attempt, locale
from hymt.commands.values import check_variant, sizes
from hymt.errors import UserError

PARTS = {
    "weights": "weights",
    "kv_cache": "KV cache",
    "workspace": "workspace",
    "cuda_graphs": "CUDA graphs",
    "cuda_context": "CUDA context",
    "total": "in all",
}


def read_gpus(value: str) -> int:
    """A number of cards. Raises UserError."""
    if not value.strip().isdecimal() or not 1 <= int(value) <= 64:
        raise UserError("bad_gpus", value=value)
    return int(value)


def parser() -> Parser:
    parser = Parser(
        "hymt plan",
        description="Say what this machine should run: model, precision, chunk length, slots, memory by part, and "
        "why. Nothing is loaded or downloaded.",
    )
    parser.add_argument(
        "--gpu-memory",
        type=sizes,
        metavar="GIB,...",
        help="plan for a card with this much free memory, or for several sizes, instead of this machine's",
    )
    parser.add_argument("--gpus", type=argument(read_gpus), default=1, metavar="N", help="this many such cards (1)")
    parser.add_argument(
        "--model", metavar="ID|PATH", help="a catalogue name, a hub id or a folder (the largest that fits)"
    )
    parser.add_argument("--precision", metavar="P", help="fp32, bf16, fp16, int8 or nf4 (the finest that fits)")
    parser.add_argument(
        "--json", dest="as_json", action="store_true", help="print JSON: an object, or a list of several"
    )
    return parser


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.gpus > 1 and not options.gpu_memory:
        parser().refuse("gpus_without_memory")
    return attempt(lambda: plan(**vars(options)), as_json=options.as_json)


def plan(gpu_memory, gpus, model, precision, as_json) -> int:
    """Print one plan, or one for each size; the exit status is 0. Raises UserError."""
    check_variant(model, precision)
    rooms = [_card(size, gpus) for size in gpu_memory] if gpu_memory else [_this_machine()]
    plans = [(room[0], _plan(room, model, precision)) for room in rooms]
    if as_json:
        objects = [chosen.as_dict() for _, chosen in plans]
        print(json.dumps(objects if len(objects) > 1 else objects[0], ensure_ascii=False))
    else:
        print("\n\n".join(_text(device, chosen) for device, chosen in plans))
    return 0


def _this_machine():
    """The device, the free bytes of its GPUs, and those of RAM."""
    from hymt.hardware.devices import detect_device
    from hymt.hardware.memory import MemoryReader

    reader = MemoryReader(detect_device())
    gpus = reader.free_by_gpu() if reader.device.kind == "cuda" else ()
    return reader.device, gpus, reader.ram()


def _card(gib: float, count: int):
    """The same for `count` cards that need not be here, beside this machine's RAM."""
    from hymt.errors import Sentence
    from hymt.hardware.devices import Device
    from hymt.hardware.memory import GIB, MemoryReader

    name = f"a GPU of {gib:g} GiB" if count == 1 else f"{count} GPUs of {gib:g} GiB"
    device = Device("cuda", name, Sentence("gpu_asked_for"))
    return device, (int(gib * GIB),) * count, MemoryReader(device).ram()


def _plan(room, model: str | None, precision: str | None):
    from hymt.models.catalogue import find_model
    from hymt.models.plan import plan_anywhere
    from hymt.models.precision import find_precision
    from hymt.models.recommendation import recommend

    device, gpus, ram = room
    wanted = find_model(model) if model else None
    if not precision:
        return recommend(gpus, ram, device, wanted)
    exact = find_precision(precision)
    if wanted and (why := wanted.mismatch(exact)):
        raise why
    return plan_anywhere(wanted or find_model(recommend(gpus, ram, device).model), exact.name, gpus, ram, device)


def _text(device, chosen) -> str:
    """A plan in lines for a terminal."""
    from hymt.hardware.memory import show_bytes
    from hymt.models.precision import PRECISIONS

    variant = f"{chosen.model} in {PRECISIONS[chosen.precision].label}"
    lines = [f"{device.name}: {variant}" if chosen.fits else f"{device.name}: {variant} does not fit"]
    lines += [f"  {chosen.reason.say(locale())}"]
    lines += [f"  chunks of {chosen.chunk_tokens} tokens, {chosen.slots} slots of {chosen.max_len} positions"]
    lines += [
        f"  {name:<14}{show_bytes(size):>12}" for part, name in PARTS.items() if (size := chosen.estimated_bytes[part])
    ]
    if chosen.fits:
        lines += [f"  {'speed class':<14}{chosen.speed:>12}"]
        lines += [f"  hymt serve --model {chosen.model} --precision {chosen.precision}"]
    return "\n".join(lines)
