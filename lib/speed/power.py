"""Watts while generating, and what a token takes. Measured where it was measured, otherwise a stated share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import ArrayLike

from lib.speed.decode import Numbers

BUSY_SHARE = 0.75
"""Of a board's limit while it generates: median 0.74 of 1,042 runs on Strix Halo, 0.79 to 0.92 on two GeForce cards
with the prompt included."""
IDLE_SHARE = 0.3
"""Of a card that waits for the others in a split by layers: four RTX 3090 took half of their limits together."""


def generating_watts(board_limit_w: ArrayLike, cards: ArrayLike = 1) -> Numbers:
    """Watts of `cards` equal boards while one conversation generates, split by layers: an estimate, not a reading.

    One card works at a time. Raises ValueError for fewer than one card.
    """
    n = np.asarray(cards, dtype=np.float64)
    if np.any(n < 1):
        raise ValueError("at least one card generates")
    return np.asarray(np.asarray(board_limit_w, dtype=np.float64) * (BUSY_SHARE + IDLE_SHARE * (n - 1.0)))


def joules_per_token(watts: ArrayLike, tok_per_s: ArrayLike) -> Numbers:
    """Energy of one token: watts / tokens per second. Raises ValueError for a speed that is not positive."""
    speed = np.asarray(tok_per_s, dtype=np.float64)
    if np.any(speed <= 0):
        raise ValueError("a token is generated at a positive speed")
    return np.asarray(np.asarray(watts, dtype=np.float64) / speed)


def watt_hours_per_million_tokens(watts: ArrayLike, tok_per_s: ArrayLike) -> Numbers:
    """Energy of a million tokens in watt-hours: joules of one x 10^6 / 3,600."""
    return np.asarray(joules_per_token(watts, tok_per_s) * 1e6 / 3600.0)


def measured_watts(readings: Sequence[tuple[float, str]]) -> tuple[float, str, int]:
    """Median of watts measured on one kind of machine while it generated, what was measured, and in how many rows.

    `readings` are watts with what was measured: a sensor on the chip, the boards, the wall are never mixed, and the kind
    with the most rows counts. Raises ValueError without readings.
    """
    if not readings:
        raise ValueError("nobody measured it")
    rows = Counter(kind for _, kind in readings)
    most = min(rows, key=lambda kind: (-rows[kind], kind))
    return median(watts for watts, kind in readings if kind == most), most, rows[most]
