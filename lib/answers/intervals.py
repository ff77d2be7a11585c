"""How far a score may be from what the model would reach on endless questions."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from lib.catalog.schema import Benchmark, Score

Z_95 = 1.959964
"""Standard errors on either side of a 95 % interval of the normal distribution."""
_COUNTED = re.compile(r"\b(\d[\d,]*) (?:exercises|problems|questions|tasks|items)\b")
_ERROR = re.compile(r"\bstandard error (\d+(?:\.(\d+))?) points?\b")


@dataclass(frozen=True)
class Interval:
    """A 95 % interval in the benchmark's unit, and where it comes from; without ends, why there is none."""

    low: float | None
    high: float | None
    basis: str


def wilson(share: float, items: int) -> tuple[float, float]:
    """The 95 % interval of a share (0 to 1) of `items` questions, as shares.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927:
    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). Graded questions vary less than right-or-wrong
    ones with the same mean, so for means of grades it is wide rather than narrow. ValueError for a share
    outside 0 to 1 or no questions.
    """
    if not 0 <= share <= 1 or items < 1:
        raise ValueError(f"{share} of {items} questions is no share")
    z2 = Z_95 * Z_95 / items
    middle = share + z2 / 2
    half = Z_95 * math.sqrt(share * (1 - share) / items + z2 / (4 * items))
    # Rounding must not leave the value itself outside.
    return min((middle - half) / (1 + z2), share), max((middle + half) / (1 + z2), share)


def interval_of(score: Score, benchmark: Benchmark) -> Interval:
    """The interval of a score: its source's own, else from the standard error or the number of questions.

    A printed standard error is taken with half a step of its last digit added, since it was rounded. The number
    of questions is that of the score's conditions, else the benchmark's; it counts for percentages only.
    """
    if score.low is not None and score.high is not None:
        return Interval(score.low, score.high, "95 %, the source's own")
    said = score.conditions or ""
    if error := _ERROR.search(said):
        half = Z_95 * (float(error[1]) + 0.5 * 10 ** -len(error[2] or ""))
        least, most = benchmark.minimum, benchmark.maximum
        return Interval(
            max(score.value - half, least) if least is not None else score.value - half,
            min(score.value + half, most) if most is not None else score.value + half,
            f"95 %, from the source's standard error of {error[1]} points",
        )
    counted = _COUNTED.search(said)
    items = int(counted[1].replace(",", "")) if counted else benchmark.items
    if benchmark.unit != "percent":
        return Interval(None, None, "no interval is stated")
    if not items or not 0 <= score.value <= 100:
        return Interval(None, None, "neither an interval nor the number of questions is known")
    low, high = wilson(score.value / 100, items)
    return Interval(100 * low, 100 * high, f"95 %, ours from {items:,} questions (Wilson)")
