"""The range around a prediction: where 80 % of measurements of its class lay, each predicted without its source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.speed.calibration import Calibration
from lib.speed.decode import Numbers, PoolRead
from lib.speed.device import group_of

CLASSES = ("gpu", "apple", "experts", "cpu", "several")
"""A dense model on one GPU; on one Apple chip; a model with experts on either; on a CPU; on several memories."""
FEW_ROWS = 5
WIDENING = 1.5
"""The logarithm of a range is this much wider where a group of devices has fewer than `FEW_ROWS` measurements."""


def classes(reads: Sequence[PoolRead], experts: ArrayLike) -> NDArray[np.str_]:
    """Class of each prediction, by which memories hold anything of it and whether the model has experts.

    Raises ValueError without reads.
    """
    if not reads:
        raise ValueError("a prediction reads at least one memory")
    used = [np.asarray(r.weight_bytes, dtype=np.float64) > 0 for r in reads]
    gpus = sum((u.astype(int) for u, r in zip(used, reads, strict=True) if not r.device.is_processor), np.array(0))
    cpus = sum((u.astype(int) for u, r in zip(used, reads, strict=True) if r.device.is_processor), np.array(0))
    apple = any(r.device.vendor == "Apple" and not r.device.is_processor for r in reads)
    one = np.where(np.asarray(experts, dtype=bool), "experts", "apple" if apple else "gpu")
    return np.asarray(np.where(gpus == 0, "cpu", np.where((gpus > 1) | (cpus > 0), "several", one)))


def band(
    tok_per_s: ArrayLike, reads: Sequence[PoolRead], experts: ArrayLike, calibration: Calibration
) -> tuple[Numbers, Numbers]:
    """Lower and upper end of the 80 % range around predictions, in tokens per second.

    Raises ValueError without reads, and KeyError for a calibration without the class.
    """
    names = classes(reads, experts)
    low, high = np.empty(names.shape), np.empty(names.shape)
    for name in np.unique(names):
        low[names == name], high[names == name] = calibration.bands[name].low, calibration.bands[name].high
    groups = {group_of(r.device) for r in reads if not r.device.is_processor}
    if any(calibration.groups[g].rows < FEW_ROWS for g in groups):
        low, high = low**WIDENING, high**WIDENING
    predicted = np.asarray(tok_per_s, dtype=np.float64)
    return predicted * low, predicted * high
