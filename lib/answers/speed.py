"""Tokens a second of every row of a table on one machine, with the band around each."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from lib.answers.machine import Rig
from lib.architecture import Architecture
from lib.catalog.load import FOLDER
from lib.sizing.table import Placements, SizingTable
from lib.sizing.weights import parameters
from lib.speed.bands import band, classes, doubts
from lib.speed.calibration import Calibration
from lib.speed.concurrency import Concurrent, concurrent
from lib.speed.decode import (
    LOW_BITS_PER_WEIGHT,
    PoolRead,
    costs,
    decode_tok_per_s,
    fixed_seconds,
    reading_seconds,
)
from lib.speed.work import layer_work

LOG = logging.getLogger(__name__)
Numbers = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
LOOKUP_BYTES = 1 << 20
"""One row of the input embedding is looked up in RAM for each token; nothing that small takes time."""
FAR_TOKENS = 1 << 40
"""More tokens than any window holds."""


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """The fitted constants the repo ships. Raises ValueError, in words for a visitor, where they cannot be read."""
    try:
        return Calibration.load(FOLDER / "calibration" / "speed.toml")
    except (OSError, ValueError) as error:
        LOG.exception("catalog/calibration/speed.toml")
        raise ValueError("the constants of the prediction could not be read") from error


@dataclass(frozen=True, eq=False)
class Speeds:
    """Tokens a second, NaN where unknown; `[rows]`."""

    decode_tok_per_s: Numbers
    low: Numbers
    high: Numbers
    kinds: np.ndarray[Any, np.dtype[np.object_]]
    """Class of each prediction (`lib.speed.bands.CLASSES`), which says how wrong such predictions have been."""
    unknown: str = ""
    """Why the speeds are unknown, where they are."""
    doubts: tuple[str, ...] = ()
    """Why the bands are wider than usual."""

    def take(self, rows: Ints) -> Speeds:
        """The speeds of these rows, by index."""
        part = (self.decode_tok_per_s[rows], self.low[rows], self.high[rows], self.kinds[rows])
        return Speeds(*part, self.unknown, self.doubts)


@dataclass(frozen=True, eq=False)
class Work:
    """Running sums over the layers, as in `SizingTable`: `[·, layers + 2]`; `of` and `flops_of` are each row's index."""

    of: Ints
    experts: Numbers
    linear: Numbers
    delta: Numbers
    extra_norms: Bools
    flops_of: Ints
    attention_flops: Numbers

    def take(self, rows: Ints) -> Work:
        """The work of these rows, by index."""
        return replace(self, of=self.of[rows], flops_of=self.flops_of[rows])


@lru_cache(maxsize=64)
def _shapes(architectures: tuple[Architecture, ...]) -> tuple[Numbers, Numbers, Numbers, Bools, Numbers, Numbers]:
    """Running sums of layers with experts and of linear ones; extra norms; operations a token before, and at most."""
    longest = max((a.layers for a in architectures), default=0) + 2
    sums, each = np.zeros((3, len(architectures), longest)), np.zeros((2, len(architectures), longest))
    norms = np.zeros(len(architectures), bool)
    for i, a in enumerate(architectures):
        one, many = layer_work(a, 1), layer_work(a, FAR_TOKENS)
        for j, values in enumerate((one.experts, one.linear, one.delta)):
            sums[j, i, 1 : a.layers + 1] = np.cumsum(values)
            sums[j, i, a.layers + 1 :] = sums[j, i, a.layers]
        each[:, i, 1 : a.layers + 1] = one.attention_flops, many.attention_flops
        norms[i] = one.extra_norms
    return sums[0], sums[1], sums[2], norms, each[0], each[1]


@lru_cache(maxsize=64)
def _flops(architectures: tuple[Architecture, ...], tokens_before: int) -> Numbers:
    *_, one, most = _shapes(architectures)
    return np.asarray(np.minimum(one * tokens_before, most).cumsum(axis=1))


def work_of(table: SizingTable, tokens_before: int | Ints = 0) -> Work:
    """What the layers of each row do for one token after `tokens_before` others (one number, or one a row).

    A layer attends to all tokens before, or to as many as its window holds: operations grow evenly up to a limit.
    """
    experts, linear, delta, norms, one, most = _shapes(table.architectures)
    if isinstance(tokens_before, int):
        return Work(table.of, experts, linear, delta, norms, table.of, _flops(table.architectures, tokens_before))
    flops = np.minimum(one[table.of] * tokens_before[:, None], most[table.of]).cumsum(axis=1)
    return Work(table.of, experts, linear, delta, norms, np.arange(len(table)), flops)


@lru_cache(maxsize=64)
def _parameters(architectures: tuple[Architecture, ...]) -> tuple[Numbers, Numbers]:
    """Active parameters of models with experts as their shapes give them (NaN for others); those only looked up."""
    active = [float(parameters(a)[1]) if a.experts is not None else np.nan for a in architectures]
    looked_up = [0.0 if a.tied_embeddings else float(a.vocabulary_size * a.hidden_size) for a in architectures]
    return np.array(active), np.array(looked_up)


def computed_parameters(table: SizingTable, active_parameters: Numbers) -> Numbers:
    """Parameters one token is multiplied with: the active ones without an input embedding that is only looked up.

    Makers round the active parameters of models with experts; there the shapes count.
    """
    active, looked_up = (values[table.of] for values in _parameters(table.architectures))
    active = np.where(np.isnan(active), active_parameters, active)
    return np.asarray(np.maximum(active - looked_up, 0.05 * active))


def reads_of(table: SizingTable, rig: Rig, places: Placements, work: Work, kv_share: Numbers | float) -> list[PoolRead]:
    """What each memory gives for one token. RAM holds the first layers, then the cards in their order."""
    of, layers, rows = work.of, table.layers, np.arange(len(table))
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
        if pool == order[0]:
            first, last = np.zeros_like(end), np.maximum(end, np.minimum(places.cpu_expert_layers, layers))
        else:
            last = end
        routed = (table.expert_sums[rows, last] - table.expert_sums[rows, first]) * table.expert_share_used
        read = places.bytes_read[:, pool]
        found[pool] = PoolRead(
            device=rig.facts[pool],
            weight_bytes=np.where(read > LOOKUP_BYTES, read, 0),
            layers=np.where(read > LOOKUP_BYTES, inside[:, pool], 0),
            kv_bytes=places.kv_bytes[:, pool] * kv_share,
            expert_layers=work.experts[of, last] - work.experts[of, first],
            linear_layers=work.linear[of, end] - work.linear[of, start],
            delta_layers=work.delta[of, end] - work.delta[of, start],
            attention_flops=work.attention_flops[work.flops_of, end] - work.attention_flops[work.flops_of, start],
            routed_bytes=routed,
        )
        start = end
    return [found[i] for i in sorted(found)]


def _together(reads: list[PoolRead]) -> list[PoolRead]:
    """The same where all cards compute every layer together: each reads an equal share of all."""
    gpus = [r for r in reads if not r.device.is_processor]
    names = (
        "weight_bytes",
        "layers",
        "kv_bytes",
        "expert_layers",
        "linear_layers",
        "delta_layers",
        "attention_flops",
        "routed_bytes",
    )
    mean = {n: np.sum([np.asarray(getattr(r, n), float) for r in gpus], axis=0) / len(gpus) for n in names}
    return [PoolRead(r.device, **mean) for r in gpus]


def decode(
    table: SizingTable,
    active_parameters: Numbers,
    moe: Bools,
    rig: Rig,
    places: Placements,
    *,
    runtime: str = "llama.cpp",
    tokens_before: int | Ints = 0,
    kv_share: Numbers | float = 0.0,
    backend: str | None = None,
    build_date: str | None = None,
    split: Literal["layer", "tensor"] = "layer",
    work: Work | None = None,
) -> Speeds:
    """Generation speed with `tokens_before` tokens in the context, which fill `kv_share` of the cache.

    `work` spares working out again what the layers do after those tokens.
    NaN, with the reason in `unknown`, where a fact of the machine is missing that speed depends on. The
    band is the one 80 % of measurements fell in whose source was left out of the fit.
    """
    blank = np.full(len(table), np.nan)
    none = np.full(len(table), "", object)
    work = work or work_of(table, tokens_before)
    try:
        reads = [r for r in reads_of(table, rig, places, work, kv_share) if is_used(r)]
        known = calibration()
        runs = np.sum([np.asarray(r.weight_bytes) for r in reads], axis=0) > 0
        safe = [where_used(r, runs) for r in (_together(reads) if split == "tensor" else reads)]
        speed = decode_tok_per_s(
            safe,
            calibration=known,
            active_parameters=computed_parameters(table, active_parameters),
            extra_norms=work.extra_norms[work.of],
            runtime=runtime,
            backend=backend,
            build_date=build_date,
            split=split,
        )
        low, high = band(speed, safe, moe, known, runtime=runtime)
        kinds = np.where(runs, classes(safe, moe), "").astype(object)
    except ValueError as error:
        return Speeds(blank, blank, blank, none, str(error))
    speed, low, high = (np.where(runs, values, np.nan) for values in (speed, low, high))
    return Speeds(speed, low, high, kinds, doubts=doubts(safe, known, runtime=runtime))


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
        reads = [r for r in reads_of(table, rig, places, work_of(table), 0.0) if is_used(r)]
        total = sum(float(np.asarray(r.weight_bytes)[0]) for r in reads)
        active = float(computed_parameters(table, active_parameters)[0])
        low_bits = total * 8 / active < LOW_BITS_PER_WEIGHT
        norms = work_of(table).extra_norms[table.of]
        for read in reads:
            cost = costs(read.device, known, runtime=runtime)
            weight, layers = float(np.asarray(read.weight_bytes)[0]), float(np.asarray(read.layers)[0])
            if weight:
                share = active * weight / total
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


def at_once(
    table: SizingTable,
    active_parameters: Numbers,
    rig: Rig,
    places: Placements,
    users: Ints,
    *,
    runtime: str = "llama.cpp",
    tokens_before: int = 0,
    kv_share: Numbers | float = 0.0,
) -> Concurrent:
    """Speeds of `users` conversations at once with the table's one row, which is placed for one of them.

    Raises ValueError for processors and where a fact of the machine is missing that speed depends on.
    """
    work = work_of(table, tokens_before)
    reads = [r for r in reads_of(table, rig, places, work, kv_share) if is_used(r)]
    return concurrent(
        reads, users, calibration=calibration(), active_parameters=computed_parameters(table, active_parameters),
        expert_share=table.expert_share_used, extra_norms=work.extra_norms[work.of], runtime=runtime,
    )  # fmt: skip


def is_used(read: PoolRead) -> bool:
    return bool(np.any(np.asarray(read.weight_bytes) > 0))


def where_used(read: PoolRead, runs: Bools) -> PoolRead:
    """Rows nothing is read for get one byte, so that one unplaced model does not stop the others."""
    return replace(read, weight_bytes=np.where(runs, read.weight_bytes, 1))
