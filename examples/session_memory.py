"""What a running server keeps of many short sessions: its memory by calls, and the slope of the second half.

    hymt serve &
    python examples/session_memory.py http://127.0.0.1:7860 $! --calls 10000

Each call is a new session that asks for nothing (an empty text is refused at once): what stays is the server's own.
Needs httpx and psutil, which come with hymt.
"""

from __future__ import annotations

import argparse

import httpx
import psutil

EVERY = 250  # calls between two readings


def call(client: httpx.Client) -> None:
    event = client.post("/gradio_api/call/translate", json={"data": [" ", "en", "fr", 1]}).json()["event_id"]
    client.get(f"/gradio_api/call/translate/{event}")


def slope(readings: list[int]) -> float:
    """Bytes a call, by least squares."""
    mean_x, mean_y = (len(readings) - 1) / 2, sum(readings) / len(readings)
    across = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(readings))
    return across / sum((x - mean_x) ** 2 for x in range(len(readings))) / EVERY


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("pid", type=int, help="the server's process")
    parser.add_argument("--calls", type=int, default=10_000)
    options = parser.parse_args()
    server, readings = psutil.Process(options.pid), []
    with httpx.Client(base_url=options.url, timeout=120) as client:
        for number in range(options.calls + 1):
            call(client)
            if number % EVERY == 0:
                readings.append(server.memory_info().rss)
                print(f"{number:>6} calls  {readings[-1] / 2**20:8.1f} MiB", flush=True)
    print(f"The second half: {slope(readings[len(readings) // 2 :]):.0f} bytes a call")


if __name__ == "__main__":
    main()
