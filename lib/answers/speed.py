"""Tokens a second of every row of a table on one machine, with the band around each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.machine import Rig
from lib.architecture import Architecture
from lib.catalog.load import FOLDER
from lib.sizing.table import Placements, SizingTable
from lib.speed.bands import band, classes
from lib.speed.calibration import Calibration
from lib.speed.decode import (
    LOW_BITS_PER_WEIGHT,
    PoolRead,
    costs,
    decode_tok_per_s,
    fixed_seconds,
    reading_seconds,
)
from lib.speed.work import layer_work

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
LOOKUP_BYTES = 1 << 20
"""One row of the input embedding is looked up in RAM for each token; nothing that small takes time."""


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """The fitted constants the repo ships."""
    return Calibration.load(FOLDER / "calibration" / "speed.toml")


@dataclass(frozen=True, eq=False)
class Speeds:
    """Tokens a second, NaN where unknown; `[rows]`."""

    decode_tok_per_s: Numbers
    low: Numbers
    high: Numbers
    unknown: str = ""
    """Why the speeds are unknown, where they are."""


@dataclass(frozen=True, eq=False)
class Work:
    """Running sums over the layers of each architecture, as in `SizingTable`: `[architectures, layers + 2]`."""

    experts: Numbers
    linear: Numbers
    attention_flops: Numbers
    extra_norms: Bools


@lru_cache(maxsize=64)
def _work(architectures: tuple[Architecture, ...], tokens_before: int) -> Work:
    longest = max((a.layers for a in architectures), default=0) + 2
    sums = np.zeros((3, len(architectures), longest))
    norms = np.zeros(len(architectures), bool)
    for i, a in enumerate(architectures):
        layers = layer_work(a, tokens_before)
        for j, values in enumerate((layers.experts, layers.linear, layers.attention_flops)):
            sums[j, i, 1 : a.layers + 1] = np.cumsum(values)
            sums[j, i, a.layers + 1 :] = sums[j, i, a.layers]
        norms[i] = layers.extra_norms
    return Work(sums[0], sums[1], sums[2], norms)


def _reads(table: SizingTable, rig: Rig, places: Placements, work: Work, kv_share: float) -> list[PoolRead]:
    """What each memory gives for one token. RAM holds the first layers, then the cards in their order."""
    of, layers = table.of, table.layers
    inside = np.minimum(places.items, layers[:, None])
    order = [places.items.shape[1] - 1, *range(places.items.shape[1] - 1)]
    start: Ints = np.zeros(len(table), np.int64)
    found: dict[int, PoolRead] = {}
    for pool in order:
        if pool >= len(rig.facts):
            continue
        end = np.minimum(start + places.items[:, pool], layers)
        # The experts of the first layers may lie in RAM while their attention is on a card.
        first = np.minimum(np.maximum(start, places.cpu_expert_layers), end)
        experts = work.experts[of, end] - work.experts[of, first]
        if pool == order[0]:
            experts = work.experts[of, np.maximum(end, np.minimum(places.cpu_expert_layers, layers))]
        read = places.bytes_read[:, pool]
        found[pool] = PoolRead(
            device=rig.facts[pool],
            weight_bytes=np.where(read > LOOKUP_BYTES, read, 0),
            layers=np.where(read > LOOKUP_BYTES, inside[:, pool], 0),
            kv_bytes=places.kv_bytes[:, pool] * kv_share,
            expert_layers=experts,
            linear_layers=work.linear[of, end] - work.linear[of, start],
            attention_flops=work.attention_flops[of, end] - work.attention_flops[of, start],
        )
        start = end
    return [found[i] for i in sorted(found)]


def decode(
    table: SizingTable,
    active_parameters: Numbers,
    moe: Bools,
    rig: Rig,
    places: Placements,
    *,
    runtime: str = "llama.cpp",
    tokens_before: int = 0,
    kv_share: float = 0.0,
) -> Speeds:
    """Generation speed with `tokens_before` tokens in the context, which fill `kv_share` of the cache.

    NaN, with the reason in `unknown`, where a fact of the machine is missing that speed depends on. The
    band is the one 80 % of measurements fell in whose source was left out of the fit.
    """
    blank = np.full(len(table), np.nan)
    work = _work(table.architectures, tokens_before)
    try:
        reads = [r for r in _reads(table, rig, places, work, kv_share) if _used(r)]
        known = calibration()
        runs = np.sum([np.asarray(r.weight_bytes) for r in reads], axis=0) > 0
        safe = [_where(r, runs) for r in reads]
        speed = decode_tok_per_s(
            safe,
            calibration=known,
            active_parameters=active_parameters,
            extra_norms=work.extra_norms[table.of],
            runtime=runtime,
        )
        low, high = band(speed, safe, moe, known)
    except ValueError as error:
        return Speeds(blank, blank, blank, str(error))
    speed, low, high = (np.where(runs, values, np.nan) for values in (speed, low, high))
    return Speeds(speed, low, high)


def timing(
    table: SizingTable,
    active_parameters: Numbers,
    moe: Bools,
    rig: Rig,
    places: Placements,
    *,
    runtime: str = "llama.cpp",
) -> tuple[pd.DataFrame, str]:
    """How long each part of one token takes for the table's first row, and how wrong such predictions were.

    term, how (with the numbers), ms. Empty where the speed is not known.
    """
    known, rows = calibration(), []
    try:
        reads = [r for r in _reads(table, rig, places, _work(table.architectures, 0), 0.0) if _used(r)]
        total = sum(float(np.asarray(r.weight_bytes)[0]) for r in reads)
        low_bits = total * 8 / float(active_parameters[0]) < LOW_BITS_PER_WEIGHT
        norms = _work(table.architectures, 0).extra_norms[table.of]
        for read in reads:
            cost = costs(read.device, known, runtime=runtime)
            weight, layers = float(np.asarray(read.weight_bytes)[0]), float(np.asarray(read.layers)[0])
            if weight:
                share = float(active_parameters[0]) * weight / total
                seconds = float(np.ravel(reading_seconds(cost, read, share, low_bits))[0])
                how = f"{weight / 1e9:,.2f} GB read for each token; {read.device.bandwidth_gb_per_s:,.4g} GB/s by its data sheet, reached in part"
                rows.append((f"reading weights, {read.device.name or 'RAM'}", how, seconds * 1e3))
                fixed = float(np.ravel(fixed_seconds(cost, read, norms))[0])
                rows.append(
                    (
                        f"fixed cost, {read.device.name or 'RAM'}",
                        f"{layers:,.0f} layers at {cost.layer * 1e6:,.0f} µs or more",
                        fixed * 1e3,
                    )
                )
        whole = 1e3 / float(decode(table, active_parameters, moe, rig, places, runtime=runtime).decode_tok_per_s[0])
        if (rest := whole - sum(r[2] for r in rows)) > 0.005:
            rows.append(("handing over", "between cards, and to RAM and back", rest))
        rows.append(("one token", f"1,000 / {whole:,.1f} ms = {1e3 / whole:,.1f} tokens a second", whole))
        error = known.bands[str(classes(reads, moe)[0])]
    except (ValueError, ZeroDivisionError):
        return pd.DataFrame(columns=["term", "how", "ms"]), ""
    said = (
        f"Predictions of this kind were off by {error.median_error:.0%} at the median and by less than {error.p90_error:.0%} in nine of ten cases: "
        f"{error.rows} measurements of {error.sources} sources, each predicted by a fit that had not seen its source. "
        f"The band is where 80 % of them should lie; {error.coverage:.0%} did."
    )
    return pd.DataFrame(rows, columns=["term", "how", "ms"]), said


def _used(read: PoolRead) -> bool:
    return bool(np.any(np.asarray(read.weight_bytes) > 0))


def _where(read: PoolRead, runs: Bools) -> PoolRead:
    """Rows nothing is read for get one byte, so that one unplaced model does not stop the others."""
    return PoolRead(
        read.device,
        np.where(runs, read.weight_bytes, 1),
        read.layers,
        read.kv_bytes,
        read.expert_layers,
        read.linear_layers,
        read.attention_flops,
    )
