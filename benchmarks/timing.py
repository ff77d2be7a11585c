"""Timing a job, the same way in every benchmark."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


def milliseconds(job: Callable[[int], object], times: int = 9) -> float:
    """Median time of `times` runs; `job` gets the number of the run, so that nothing need be remembered."""
    took = []
    for number in range(times):
        start = time.perf_counter()
        job(number)
        took.append((time.perf_counter() - start) * 1e3)
    return median(took)
