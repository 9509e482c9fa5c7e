"""How much memory fine-tuning takes: LoRA and QLoRA, with and without gradient checkpointing, within a limit.

    python examples/finetune_memory.py --shape 7b --gpu-memory 24
    python examples/finetune_memory.py --shape hymt-mini

Each way is `hymt finetune` in a process of its own, on random weights of the shape (or a model's own) and pairs that
fill --tokens each. On a processor the figure is the process's resident memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from hymt.bench.checkpoint import checkpoint
from hymt.finetune.data import Pair
from hymt.finetune.examples import encode
from hymt.hardware.devices import Device, detect_device
from hymt.hardware.memory import MemoryReader, show_bytes
from hymt.models.catalogue import find_model
from hymt.models.tokenizer import ChatTokenizer
from hymt.text.prompts import STYLES

WAYS = {"LoRA": ("bf16",), "QLoRA": ("int8", "nf4")}
GPU_WATCH_SECONDS = 0.2


def write_pairs(file: Path, folder: Path, count: int, tokens: int) -> None:
    """This many different pairs of as nearly `tokens` tokens, prompt and answer together, as whole words make."""
    tokenizer, style = ChatTokenizer(folder), STYLES[find_model(str(folder)).family]
    lines, words = [], tokens // 2
    for number in range(count):
        while True:
            pair = Pair(f"{number}" + " the sea" * (words // 2), f"{number}" + " la mer" * (words // 2))
            if len(encode(pair, tokenizer, style, "en", "fr")["input_ids"]) <= tokens:
                break
            words -= 1
        lines.append(json.dumps({"source": pair.source, "target": pair.target}))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measure(command: list[str], reader: MemoryReader) -> dict:
    """A run's report with the most that the driver saw of it, or why there is none."""
    gpu = reader.device.kind == "cuda"
    before = reader.read().gpu_used or 0
    most = 0
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=output, stderr=said)
        while process.poll() is None:
            most = max(most, (reader.read().gpu_used or 0) - before) if gpu else 0
            try:
                process.wait(GPU_WATCH_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        output.seek(0), said.seek(0)
        if process.returncode == 0:
            return json.loads(output.read()) | {"driver": most}
        reason = said.read().strip().splitlines()[-1]
        return {"error": "out of memory" if "not enough memory" in reason else reason}


def row(name: str, checkpointing: bool, report: dict, gpu: bool) -> str:
    cells = [name, "on" if checkpointing else "off"]
    if error := report.get("error"):
        return "| " + " | ".join([*cells, error, *([""] * (3 if gpu else 1))]) + " |"
    peak = report["peak_memory"]
    sizes = (peak["allocated"], peak["reserved"], report["driver"]) if gpu else (peak["process"],)
    return "| " + " | ".join([*cells, *map(show_bytes, sizes), f"{report['tokens_per_second']:,.0f}"]) + " |"


def head(gpu: bool) -> str:
    sizes = ["allocated", "reserved", "process (NVML)"] if gpu else ["process"]
    columns = ["method", "gradient checkpointing", *sizes, "tokens/s"]
    return "| " + " | ".join(columns) + " |\n|" + " --- |" * 2 + " ---: |" * (len(columns) - 2)


def run(options: argparse.Namespace, device: Device) -> None:
    gpu = device.kind == "cuda"
    reader = MemoryReader(device)
    say = lambda text: print(f"{text} …", file=sys.stderr, flush=True)  # noqa: E731
    with checkpoint(options.shape, device, options.tokens, say) as chosen, tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "pairs.jsonl"
        write_pairs(data, chosen.folder, options.batch_size * options.steps, options.tokens)
        print(f"{chosen.name} on {device.name}, {options.batch_size} × {options.tokens} tokens a step\n")
        print(head(gpu), flush=True)
        for method, precisions in WAYS.items():
            for precision in precisions:
                precision = precision if gpu or method == "QLoRA" else "fp32"
                for checkpointing in (False, True):
                    say(f"{method} {precision}, gradient checkpointing {'on' if checkpointing else 'off'}")
                    out = Path(scratch) / f"{method}-{precision}-{checkpointing}"
                    command = [sys.executable, "-m", "hymt", "finetune", chosen.folder, data, out, "--json"]
                    command += ["--from", "en", "--to", "fr", "--precision", precision, "--eval-share", "0"]
                    command += ["--steps", options.steps, "--batch-size", options.batch_size, "--save-every", "0"]
                    command += ["--max-tokens", options.tokens, "--rank", options.rank]
                    command += ["--gpu-memory", options.gpu_memory] if gpu and options.gpu_memory else []
                    command += ["--gradient-checkpointing"] if checkpointing else []
                    report = measure([str(part) for part in command], reader)
                    print(row(f"{method} {precision.upper()}", checkpointing, report, gpu), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="7b", help="7b or 1.8b with random weights, or a model (%(default)s)")
    parser.add_argument("--gpu-memory", type=float, help="enforced limit in GiB (the whole card)")
    parser.add_argument("--batch-size", type=int, default=4, help="pairs a step (%(default)s)")
    parser.add_argument("--tokens", type=int, default=512, help="of a pair, prompt and answer (%(default)s)")
    parser.add_argument("--steps", type=int, default=4, help="(%(default)s)")
    parser.add_argument("--rank", type=int, default=16, help="of LoRA (%(default)s)")
    run(parser.parse_args(), detect_device())


if __name__ == "__main__":
    main()
