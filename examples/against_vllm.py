"""The engine on this machine's CPU against a vLLM server on the same machine, in turns, on the same sentences.

Start vLLM's CPU build with the embedded model, in a virtual environment of its own, then run this:

    vllm serve hymt/mini --served-model-name hymt-mini --max-model-len 1024 --enforce-eager --dtype bfloat16
    python examples/against_vllm.py --url http://127.0.0.1:8000 --precision fp16

Both translate the lines of a file from English to French, greedily: all at once, then one after another.
"""

from __future__ import annotations

import argparse
import json
import queue
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hymt.engine.decoding import Decoding
from hymt.engine.protocol import Request
from hymt.models.loaded import Loaded
from hymt.models.manager import ModelManager
from hymt.text.prompts import STYLES

LINES = Path(__file__).parent / "everyday.en.txt"


class Vllm:
    """An OpenAI-compatible server."""

    name = "vLLM"

    def __init__(self, url: str, model: str) -> None:
        self.url, self.model = f"{url}/v1/chat/completions", model

    def translate(self, turns: list[str]) -> int:
        """Translate all at once; returns the tokens made."""
        with ThreadPoolExecutor(len(turns)) as pool:
            return sum(pool.map(self._ask, turns))

    def _ask(self, turn: str) -> int:
        messages = [{"role": "user", "content": turn}]
        body = {"model": self.model, "messages": messages, "temperature": 0, "max_tokens": 128}
        request = urllib.request.Request(self.url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)["usage"]["completion_tokens"]


class Hymt:
    """The engine in this process."""

    name = "hymt"

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded

    def translate(self, turns: list[str]) -> int:
        updates: queue.SimpleQueue = queue.SimpleQueue()
        for turn in turns:
            prompt = self.loaded.tokenizer.prompt(turn)
            self.loaded.engine.submit(Request("lines", prompt, 128, Decoding(), updates.put))
        tokens, left = 0, len(turns)
        while left:
            update = updates.get(timeout=300)
            if update.state != "running":
                left -= 1
                tokens += len(update.tokens) + 1  # the end token, which vLLM counts too
        return tokens


def seconds(run, system) -> tuple[float, int]:
    began = time.perf_counter()
    tokens = run(system)
    return time.perf_counter() - began, tokens


def compare(systems: list, turns: list[str], rounds: int) -> None:
    """Print the best of some rounds of each system, taken in turns."""
    ways = {
        "all at once": lambda system: system.translate(turns),
        "one by one": lambda system: sum(system.translate([turn]) for turn in turns),
    }
    for way, run in ways.items():
        best = {system.name: (float("inf"), 0) for system in systems}
        for _ in range(rounds):
            for system in systems:
                best[system.name] = min(best[system.name], seconds(run, system))
        for name, (took, tokens) in best.items():
            print(f"{way:<12} {name:<5} {took:6.2f} s  {tokens} tokens  {tokens / took:5.0f} tokens/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the server's address (%(default)s)")
    parser.add_argument("--model", default="hymt-mini", help="the model's name there (%(default)s)")
    parser.add_argument("--precision", help="hymt's precision (what suits this machine)")
    parser.add_argument("--file", type=Path, default=LINES, help="lines to translate (everyday.en.txt)")
    parser.add_argument("--rounds", type=int, default=3, help="the best of this many counts (%(default)s)")
    options = parser.parse_args()
    manager = ModelManager()
    manager.swap("hymt-mini", options.precision)
    style = STYLES[manager.loaded.model.family]
    turns = [style.apply(line, "en", "fr") for line in options.file.read_text(encoding="utf-8").splitlines()]
    systems = [Vllm(options.url.rstrip("/"), options.model), Hymt(manager.loaded)]
    for system in systems:
        system.translate(turns[:2])  # what is started lazily is not counted
    print(f"hymt in {manager.loaded.precision.label} on {manager.device.name}; {len(turns)} lines")
    compare(systems, turns, options.rounds)
    manager.close()


if __name__ == "__main__":
    main()
