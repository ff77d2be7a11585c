"""How fast each machine runs each model: one table, its rows remembered by machine."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lib.answers import reads as reading
from lib.answers.buy_candidates import Candidate, RigKey
from lib.answers.machine import Rig
from lib.answers.machines import wanted_format
from lib.answers.placed import kv_share, runs_on, runtime_of
from lib.answers.sized import Rows, request_of, sized_rows
from lib.answers.speed import calibration
from lib.catalog import Catalog
from lib.sizing import table as sizing
from lib.sizing.demand import demand
from lib.sizing.formats import format_of
from lib.sizing.packing import may_fit
from lib.sizing.pools import Rooms
from lib.speed.decode import Costs, costs, decode_seconds
from lib.view import View

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.int8]]
ASKED = ("ctx", "quant", "kv", "slots", "fa", "depth")
NOWHERE, WHOLE = sizing.FITS.index("none"), sizing.FITS.index("gpu")
TIMED_AT_ONCE = 16
"""Machines whose speeds are computed together: what they take then stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Runs:
    """Every machine with every model that can be sized, in one format."""

    models: tuple[str, ...]
    form: str
    tok_per_s: Numbers
    """`[machines, models]`; NaN where it does not run or its speed is not known."""
    fit: Codes
    """`[machines, models]`, index into `lib.sizing.table.FITS`."""


def runs(catalog: Catalog, view: View, found: Sequence[Candidate], only: tuple[str, ...] | None = None) -> Runs:
    """Speeds of all models, or of these only, on all of these machines, in the one format machines are compared in."""
    asked = View(**{name: getattr(view, name) for name in ASKED})
    form = wanted_format(asked)
    rows = sized_rows(catalog, (form,)) if only is None else _these(catalog, form, only)
    known = _remembered(catalog, asked, only, len(rows.models))
    new = {c.key: c.rig for c in found if c.key not in known}
    if new and rows.models:
        _fill(known, rows, form, asked, new)
    shape = (len(found), len(rows.models))
    speed, fit = np.full(shape, np.nan), np.zeros(shape, np.int8)
    for i, one in enumerate(found if rows.models else ()):
        speed[i], fit[i] = known[one.key]
    return Runs(rows.models, form, speed, fit)


@lru_cache(maxsize=8)
def _these(catalog: Catalog, form: str, only: tuple[str, ...]) -> Rows:
    rows, wanted = sized_rows(catalog, (form,)), set(only)
    return rows.take(np.flatnonzero([model in wanted for model in rows.models]))


MOST_BYTES = 128 << 20
"""What is remembered together, at most; the last view asked for is, whatever it takes."""
Speeds = dict[RigKey, tuple[Numbers, Codes]]
_views: OrderedDict[object, tuple[int, Speeds]] = OrderedDict()
_lock = threading.Lock()


def _remembered(catalog: Catalog, asked: View, only: tuple[str, ...] | None, models: int) -> Speeds:
    """Speeds found so far for a request, by machine. Forgets those of the views longest not asked for."""
    with _lock:
        of = (catalog, asked, only)
        _views.setdefault(of, (models * (np.dtype(float).itemsize + 1), {}))
        _views.move_to_end(of)
        while len(_views) > 1 and sum(each * len(known) for each, known in _views.values()) > MOST_BYTES:
            _views.popitem(last=False)
        return _views[of][1]


def _fill(known: Speeds, rows: Rows, form: str, asked: View, new: dict[RigKey, Rig]) -> None:
    """Place the models once for all machines with equal memories; only what a byte costs differs between them."""
    need = demand(rows.table, request_of(asked))
    alike: dict[object, list[RigKey]] = defaultdict(list)
    for key, rig in new.items():
        room = tuple((p.total_bytes, p.usable_bytes) for p in (*rig.pools.gpus, *((rig.pools.ram,) if rig.pools.ram else ())))  # fmt: skip
        alike[room, len(rig.pools.gpus), rig.pools.unified, tuple(f.is_processor for f in rig.facts)].append(key)
    gguf = format_of(form).container == "gguf"
    for keys in alike.values():
        rigs = [new[key] for key in keys]
        at = np.flatnonzero(np.any(may_fit(rows.table, Rooms.of([rigs[0].pools]), need), axis=0))
        places = sizing.place_all(
            rows.table.take(at), rigs[0].pools, request_of(asked), need=need.take(at), attempt=False
        )
        held = places.fit != NOWHERE
        at, places = at[held], places.take(np.flatnonzero(held))
        speeds = _speeds(rows.take(at), places, rigs, form, asked)
        for key, rig, found in zip(keys, rigs, speeds, strict=True):
            speed, fit = np.full(len(rows.models), np.nan), np.zeros(len(rows.models), np.int8)
            # Only llama.cpp leaves layers in RAM.
            runs = np.s_[:] if gguf else (places.fit == WHOLE) & runs_on(form, rig)
            speed[at[runs]], fit[at[runs]] = found[runs], places.fit[runs]
            known[key] = speed, fit


def _speeds(rows: Rows, places: sizing.Placements, rigs: Sequence[Rig], form: str, asked: View) -> Numbers:
    """Tokens a second of models where they lie on machines with equal memories, `[machines, models]`.

    NaN where a fact of the machine is missing that speed depends on.
    """
    speeds = np.full((len(rigs), len(places.fit)), np.nan)
    work, share = reading.work_of(rows.table, asked.depth), kv_share(rows.table, asked, asked.depth)
    every = list(enumerate(reading.reads_of(rows.table, rigs[0].facts, places, work, share)))
    read = np.sum([np.asarray(r.weight_bytes) for _, r in every], axis=0) > 0
    reads = {pool: reading.where_used(r, read) for pool, r in every if reading.is_used(r)}
    active = reading.computed_parameters(rows.table, rows.active_parameters)
    each = [_costs(rig, reads, runtime_of(form)) for rig in rigs]
    told = np.flatnonzero([bool(costs) for costs in each])
    for some in np.split(told, range(TIMED_AT_ONCE, len(told), TIMED_AT_ONCE)) if len(told) else ():
        by_pool = np.array([each[i] for i in some]).transpose(1, 2, 0)[..., None]
        speeds[some] = 1.0 / decode_seconds(
            list(reads.values()), calibration=calibration(), active_parameters=active, extra_norms=work.extra_norms[work.of],
            each=[Costs(*costs) for costs in by_pool],
        )  # fmt: skip
    return speeds


def _costs(rig: Rig, pools: Iterable[int], runtime: str) -> list[tuple[float, ...]]:
    """What things cost at each of these memories, in the order of `Costs`; empty where a fact of one of them is missing."""
    try:
        return [tuple(vars(costs(rig.facts[pool], calibration(), runtime=runtime)).values()) for pool in pools]
    except ValueError:
        return []
