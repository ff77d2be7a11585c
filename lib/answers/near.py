"""The measured row most like a case, for thousands of cases: its columns are read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lib.catalog import Catalog
from lib.catalog.schema import Measurement
from lib.speed.measured import runtime_id

Numbers = np.ndarray[Any, np.dtype[np.float64]]
NOW = 2026
FARTHEST = 1.5
"""Rows less alike than this are no help; halving the file's size counts ln 2, another format 0.3."""
Machine = tuple[tuple[str, ...], int]


@dataclass(frozen=True, eq=False)
class _Rows:
    measurements: tuple[Measurement, ...]
    bytes: Numbers
    parameters: Numbers
    active: Numbers
    formats: tuple[str, ...]
    runtimes: np.ndarray[Any, np.dtype[np.str_]]
    depth: Numbers
    age: Numbers


def _plain(text: str | None) -> str:
    return "".join(c for c in (text or "").upper() if c.isalnum())


def _rows(found: Sequence[Measurement]) -> _Rows:
    def numbers(name: str, times: float = 1.0) -> Numbers:
        return np.array([np.nan if (v := getattr(m, name)) is None else v * times for m in found], float)

    years = np.array([float((m.measured_on or "2023")[:4]) for m in found])
    parameters, active = numbers("params_b", 1e9), numbers("active_params_b", 1e9)
    return _Rows(
        tuple(found), numbers("model_bytes"), parameters, np.where(np.isnan(active), parameters, active),
        tuple(_plain(m.quantization) for m in found), np.array([runtime_id(m.runtime) or "" for m in found]),
        np.nan_to_num(numbers("depth")), np.maximum(NOW - years, 0) * 0.05,
    )  # fmt: skip


@lru_cache(maxsize=2)
def _by_machine(catalog: Catalog) -> Mapping[Machine, _Rows]:
    """Rows of one conversation without a verdict against them, by devices and count of the first."""
    found: dict[Machine, list[Measurement]] = defaultdict(list)
    for m in catalog.measurements.values():
        if m.decode_tok_per_s is not None and not m.verdict and (m.concurrency or 1) == 1 and m.device_ids:
            found[tuple(sorted(m.device_ids)), m.device_count or 1].append(m)
    return {machine: _rows(rows) for machine, rows in found.items()}


def _unlike(a: Numbers, b: float) -> Numbers:
    return np.abs(np.log(a / b))


def nearest_measurement(
    catalog: Catalog,
    device_ids: Sequence[str],
    count: int,
    *,
    model_bytes: float,
    parameters: float,
    active_parameters: float,
    quantization: str,
    runtime: str,
    depth: float = 0.0,
) -> Measurement | None:
    """The row on exactly these devices that is most like the case, or `None` where none is alike enough.

    Size of the file, parameters, active ones, format, runtime, depth and age count; missing cells count as somewhat
    different.
    """
    rows = _by_machine(catalog).get((tuple(sorted(device_ids)), count))
    if rows is None:
        return None
    shape, size = _unlike(rows.parameters, parameters), _unlike(rows.bytes, model_bytes)
    unknown = np.isnan(shape)
    size = np.where(np.isnan(size), np.where(unknown, np.nan, shape + 0.15), size)
    sparse = np.where(np.isnan(rows.active), 0.5, _unlike(rows.active, active_parameters))
    asked = _plain(quantization)
    other_format = np.array([0.0 if asked in p else 0.3 for p in rows.formats])
    other_runtime = np.where(rows.runtimes == runtime, 0.0, 0.4)
    deep = np.abs(np.log2(np.maximum(rows.depth, 512.0) / max(depth, 512.0)))
    distance = size + np.where(unknown, 0.5, shape) + sparse + other_format + other_runtime + 0.1 * deep + rows.age
    distance = np.where(np.isnan(distance), np.inf, distance)
    best = int(distance.argmin())
    return rows.measurements[best] if distance[best] <= FARTHEST else None
