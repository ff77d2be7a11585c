"""Speeds somebody measured, beside the predicted ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from lib.catalog import Catalog

Numbers = np.ndarray[Any, np.dtype[np.float64]]
SAME_SIZE, SAME_ACTIVE = 0.03, 0.1
"""How far parameters and active parameters may differ for two models to be as quick. A dense model and a mixture of
experts of one size differ tenfold in speed: both numbers have to agree."""
SHORT_DEPTH = 4096


@lru_cache(maxsize=4)
def _by_machine(catalog: Catalog) -> Mapping[tuple[str, int], tuple[Numbers, Numbers, tuple[str, ...], Numbers]]:
    """Parameters and active parameters in 10^9, format and tokens a second of each row, by device and count.

    Only single conversations at a short context, and never a row that checking found impossible.
    """
    found: dict[tuple[str, int], list[tuple[float, float, str, float]]] = defaultdict(list)
    for row in catalog.measurements.values():
        if (row.decode_tok_per_s is None or row.verdict or (row.concurrency or 1) > 1 or (row.depth or 0) > SHORT_DEPTH
                or len(set(row.device_ids)) != 1 or row.params_b is None):  # fmt: skip
            continue
        key = row.device_ids[0], row.device_count or len(row.device_ids)
        found[key].append(
            (row.params_b, row.active_params_b or row.params_b, (row.quantization or "").upper(), row.decode_tok_per_s)
        )
    return {
        key: (np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), tuple(r[2] for r in rows), np.array([r[3] for r in rows]))
        for key, rows in found.items()
    }  # fmt: skip


def measured_speeds(
    catalog: Catalog, device: str, count: int, size_b: Numbers, active_b: Numbers, formats: Sequence[str]
) -> Numbers:
    """Median tokens a second measured on `count` of a device, for each model given; NaN where nobody has measured one.

    A model is told by its parameters and active parameters in 10^9 and its format, since sources spell names each in
    their own way.
    """
    found = np.full(len(formats), np.nan)
    rows = _by_machine(catalog).get((device, count))
    if rows is None:
        return found
    size, active, forms, speed = rows
    alike = (np.abs(size - size_b[:, None]) <= SAME_SIZE * size_b[:, None]) & (
        np.abs(active - active_b[:, None]) <= SAME_ACTIVE * active_b[:, None]
    )
    alike &= np.array(forms, object) == np.array([f.upper() for f in formats], object)[:, None]
    for i in np.flatnonzero(alike.any(axis=1)):
        found[i] = np.median(speed[alike[i]])
    return found
