"""How long a thousand mixed cases take: `python -m benchmarks.cases_speed [count]`.

The cases are drawn from the catalog: any model with known shapes, any device, formats its usual runtime reads.
Prints the first, the best and the median of five runs beside how long loading the catalog took.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from typing import Any

from lib.answers.speed_cases import answer_cases
from lib.answers.vocabulary import usable
from lib.catalog import Catalog, current

RUNS = 5
GGUF = ("Q4_K_M", "Q8_0", "IQ4_XS", "Q6_K", "Q5_K_M", "F16", "Q3_K_M", "q4_0")


def mixed(facts: Catalog, count: int, seed: int) -> list[dict[str, Any]]:
    """`count` cases, the same for the same seed."""
    chance = random.Random(seed)
    models = [key for key, m in facts.models.items() if m.architecture]
    devices = [d for d in facts.devices.values() if usable(d)]
    cases: list[dict[str, Any]] = []
    for _ in range(count):
        device = chance.choice(devices)
        card = device.kind in ("gpu", "accelerator")
        case: dict[str, Any] = {"model": chance.choice(models), "devices": {device.id: chance.choice((1, 1, 1, 2, 4)) if card else 1}}  # fmt: skip
        if device.vendor == "Apple" and chance.random() < 0.4:
            case |= {"runtime": "mlx", "quantization": chance.choice(("4bit", "8bit", "MLX-6bit"))}
        elif device.vendor == "NVIDIA" and card and chance.random() < 0.2:
            case |= {"runtime": "vllm", "quantization": chance.choice(("AWQ", "FP8", "bf16"))}
        else:
            case |= {"runtime": chance.choice(("llama.cpp", "ollama")), "quantization": chance.choice(GGUF)}
        case |= {"depth": chance.choice((0, 0, 512, 4096, 16384, 32768)), "kv_type": chance.choice(("f16", "f16", "q8_0"))}  # fmt: skip
        case |= {"build_date": chance.choice((None, "2024-03", "2025-06", "2026-02"))}
        cases.append(case)
    return cases


def main(count: int = 1000) -> None:
    """Print the times."""
    start = time.perf_counter()
    facts = current()
    answer_cases(facts, mixed(facts, 10, 99))
    print(f"loading the catalog and ten cases: {time.perf_counter() - start:.2f} s")
    taken, busy = [], []
    for run in range(RUNS):
        cases = mixed(facts, count, run)
        start, processor = time.perf_counter(), time.process_time()
        answers = answer_cases(facts, cases)
        taken.append(time.perf_counter() - start)
        busy.append(time.process_time() - processor)
    told = sum(1 for a in answers if a.get("decode_tok_per_s"))
    for what, seconds in (("by the clock", taken), ("of the processor", busy)):
        print(f"{count} cases {what}: first {seconds[0]:.2f} s, best {min(seconds):.2f} s, median {statistics.median(seconds):.2f} s")  # fmt: skip
    print(f"{told} of the last have a speed")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
