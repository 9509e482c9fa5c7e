"""A report with figures that are easy to reckon with."""

from __future__ import annotations

from hymt.bench.report import BenchReport, BenchRow, Timing


def report() -> BenchReport:
    result = BenchReport(
        date="2026-01-01 00:00 UTC",
        machine={
            "device": "A card",
            "kind": "cuda",
            "memory": 2**33,
            "processor": "A CPU",
            "cores": 4,
            "system": "Linux",
        },
        versions={"python": "3.11.0", "hymt": "0.1.0", "torch": "2.13.0"},
        model={"name": "the 7B shape", "random_weights": True, "parameters": 7_500_000_000, "weight_bytes": {}},
        prompt_tokens=256,
        new_tokens=100,
        copy_bandwidth=3e12,
        limits={"fp16": 200.0, "int8": 400.0},
    )
    peak = {"allocated": 2**30, "reserved": 2**31, "card_used": 3 * 2**30}
    result.rows += [
        BenchRow("recipe", "common recipe", "fp16", 1, Timing(10.0, 200, 25.0, 0.05, "measured on 2 chunks"), peak),
        BenchRow("hymt", "hymt, greedy", "fp16", 1, Timing(1.25, 100, 100.0, 0.03), peak),
        BenchRow("hymt", "hymt, greedy", "int8", 16, Timing(1.0, 1600, 2000.0), peak),
        BenchRow("hymt", "hymt, greedy", "nf4", 64, error="out of memory"),
        BenchRow("long", "hymt, a text of 256 chunks", "fp16", 64, Timing(10.0, 25600), peak),
        BenchRow("swap", "swap from FP16", "int8", 1, Timing(12.0, first_token=12.5, note="14.0 GiB given back"), peak),
    ]
    return result


def cards() -> BenchReport:
    """A report of two cards, one of which could not hold what was planned."""
    result = report()
    parts = {"weights": 5, "kv_cache": 1, "workspace": 0.25, "cuda_graphs": 0.125, "cuda_context": 0.875, "total": 7.25}
    plan = {
        "model": "random-7b",
        "precision": "nf4",
        "chunk_tokens": 256,
        "slots": 8,
        "max_len": 1280,
        "estimated_bytes": {name: int(size * 2**30) for name, size in parts.items()},
        "fits": True,
        "reason": "it fits",
        "speed": "fast",
        "memory_limit": 2**33,
    }
    peak = {"allocated": 6 * 2**30, "reserved": 6 * 2**30, "card_used": 7 * 2**30}
    timing = Timing(16.0, 12800, 250.0, 0.03, load=2.0)
    result.rows = [
        BenchRow("card", "a card of 8 GiB", "nf4", 8, timing, peak, plan=plan),
        BenchRow("card", "no limit", "fp32", 8, error="out of memory", plan=plan | {"memory_limit": None}),
    ]
    return result
