"""What the catalog costs to read and to check, beside what pydantic costs to import: `python -m benchmarks.catalog_load`.

Each figure is the fastest of several runs; ratios to the bare import hold from machine to machine, milliseconds do not.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Callable

RUNS = 5


def seconds(run: Callable[[], object]) -> float:
    """Fastest of several runs."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def process(*arguments: str) -> float:
    """A fresh interpreter, from start to end."""
    return seconds(lambda: subprocess.run([sys.executable, *arguments], check=False, capture_output=True))


def main() -> None:
    loading = importlib.import_module("lib.catalog.load")
    live = importlib.import_module("lib.catalog.live")
    rules = importlib.import_module("lib.catalog.rules")
    count = importlib.import_module("lib.sizing.weights").parameters
    bare = process("-c", "import pydantic")
    catalog = live.current()

    def look_again() -> None:
        live._looked_at = float("-inf")
        live.current()

    measured = {
        "import pydantic, fresh process": bare,
        "import lib.catalog, fresh process": process("-c", "import lib.catalog"),
        "load the catalog, fresh process": process("-c", "from lib.catalog import load; load()"),
        "check the catalog, fresh process": process("-m", "lib.catalog", "check"),
        "load, imports done": seconds(loading.load),
        "rules alone": seconds(lambda: rules.examine(catalog, count)),
        "current(), files looked at again": seconds(look_again),
        "current(), within two seconds": seconds(live.current),
    }
    for name, took in measured.items():
        print(f"{name:36} {took * 1000:9.2f} ms {took / bare:8.3f} x")


if __name__ == "__main__":
    main()
