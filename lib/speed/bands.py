"""The range around a prediction: where 80 % of measurements of its class lay, each predicted without its source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.speed.calibration import Calibration
from lib.speed.decode import Numbers, PoolRead
from lib.speed.device import DeviceFacts, assumptions, group_of

CLASSES = ("gpu", "apple", "experts", "cpu", "several")
"""A dense model on one GPU; on one Apple chip; a model with experts on either; on a CPU; on several memories."""
FEW_ROWS = 5
WIDENING = 1.5
"""The logarithm of a range is this much wider where a fact is assumed or fewer than `FEW_ROWS` measurements exist."""


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


def doubts(reads: Sequence[PoolRead], calibration: Calibration, *, runtime: str = "llama.cpp") -> tuple[str, ...]:
    """Why a range is wider than usual, in words; empty as a rule."""
    return device_doubts([r.device for r in reads], calibration, runtime=runtime)


def device_doubts(
    devices: Iterable[DeviceFacts], calibration: Calibration, *, runtime: str = "llama.cpp"
) -> tuple[str, ...]:
    """Why a range is wider than usual where these devices are read.

    Facts of a device that had to be assumed, devices hardly anybody measured, runtimes that are not calibrated.
    """
    found: dict[str, None] = {}
    for device in dict.fromkeys(devices):
        found |= dict.fromkeys(assumptions(device))
        if not device.is_processor and calibration.groups[group_of(device)].rows < FEW_ROWS:
            found["hardly anybody measured such devices: taken as others of their maker"] = None
    known = calibration.runtimes.get(runtime)
    if runtime != "llama.cpp" and known is None:
        found[f"{runtime} is not calibrated: taken as quick as llama.cpp"] = None
    elif known is not None and known.rows < FEW_ROWS:
        found[f"hardly anybody measured {runtime}"] = None
    return tuple(found)


def band(
    tok_per_s: ArrayLike,
    reads: Sequence[PoolRead],
    experts: ArrayLike,
    calibration: Calibration,
    *,
    runtime: str = "llama.cpp",
    doubted: ArrayLike | None = None,
) -> tuple[Numbers, Numbers]:
    """Lower and upper end of the 80 % range around predictions, in tokens per second.

    The range of the class, its logarithm `WIDENING` times as wide for a reason `doubts` gives and once more for a
    second. `doubted` says how many reasons there are, where that is known already or differs between predictions. Raises
    ValueError without reads, and KeyError for a calibration without the class.
    """
    names = classes(reads, experts)
    low, high = np.empty(names.shape), np.empty(names.shape)
    for name in np.unique(names):
        low[names == name], high[names == name] = calibration.bands[name].low, calibration.bands[name].high
    if doubted is None:
        doubted = len(doubts(reads, calibration, runtime=runtime))
    widening = WIDENING ** np.minimum(doubted, 2)
    predicted = np.asarray(tok_per_s, dtype=np.float64)
    return predicted * low**widening, predicted * high**widening
