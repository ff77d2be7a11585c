"""Speeds in words. The only place that says which speed feels like what."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEPS: tuple[tuple[float, str], ...] = (
    (0.0, "slower than reading"),
    (5.0, "reading"),
    (10.0, "chat"),
    (20.0, "comfortable"),
    (50.0, "agent"),
)
"""From how many tokens per second on. Silent reading is 238 words a minute (Brysbaert 2019), about 5 tokens a second
at 3/4 of a word a token; skimming is twice that; code and reasoning, which nobody reads along, want the rest."""


def speed_word(tok_per_s: ArrayLike) -> NDArray[np.str_]:
    """The word for each speed; "n/a" where it is unknown (NaN). Raises ValueError for a negative speed."""
    speed = np.asarray(tok_per_s, dtype=np.float64)
    if np.any(speed < 0):
        raise ValueError("a speed is not negative")
    starts = np.array([s for s, _ in STEPS])
    words = np.array([w for _, w in STEPS])
    found = words[np.clip(np.searchsorted(starts, np.nan_to_num(speed), side="right") - 1, 0, None)]
    return np.asarray(np.where(np.isnan(speed), "n/a", found))
