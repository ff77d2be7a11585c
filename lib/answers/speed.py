"""Tokens a second of every row of a table on one machine, with the band around each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from lib.answers.machine import Rig
from lib.catalog.load import FOLDER
from lib.sizing.table import Placements
from lib.speed.calibration import Calibration
from lib.speed.decode import PoolRead, decode_seconds

Numbers = np.ndarray[Any, np.dtype[np.float64]]


class TimedRows(Protocol):
    active_parameters: Numbers
    moe: np.ndarray[Any, np.dtype[np.bool_]]


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """The fitted constants the repo ships."""
    return Calibration.load(FOLDER / "calibration" / "speed.toml")


@dataclass(frozen=True, eq=False)
class Speeds:
    decode_tok_per_s: Numbers
    low: Numbers
    high: Numbers


def decode(rows: TimedRows, rig: Rig, places: Placements, *, kv_share: float = 0.0) -> Speeds:
    """Generation speed in tokens a second with `kv_share` of the context filled (0: a conversation's start).

    NaN where the memory's bandwidth is not known. The band is the one 80 % of measurements of
    sources never fitted fell in.
    """
    if any(f.bandwidth_gb_per_s is None for f in rig.facts) or len(rig.facts) != places.bytes_read.shape[1]:
        unknown = np.full(len(places.fit), np.nan)
        return Speeds(unknown, unknown, unknown)
    reads = [
        PoolRead(device=facts, weight_bytes=places.bytes_read[:, i], layers=places.items[:, i], kv_bytes=places.kv_bytes[:, i] * kv_share)
        for i, facts in enumerate(rig.facts)
    ]
    speed = 1.0 / decode_seconds(reads, calibration=calibration(), active_parameters=rows.active_parameters, moe=rows.moe)
    return Speeds(speed, speed * 0.74, speed * 1.15)
