"""How fast each machine runs each model: one table, its rows remembered by machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from lib.sizing.demand import Demand, demand
from lib.sizing.formats import format_of
from lib.speed.decode import PoolRead, decode_tok_per_s
from lib.view import View

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.int8]]
ASKED = ("ctx", "quant", "kv", "slots", "fa", "depth")
NOWHERE = sizing.FITS.index("none")


@dataclass(frozen=True, eq=False)
class Runs:
    """Every machine with every model that can be sized, in one format."""

    models: tuple[str, ...]
    form: str
    tok_per_s: Numbers
    """`[machines, models]`; NaN where it does not run or its speed is not known."""
    fit: Codes
    """`[machines, models]`, index into `lib.sizing.table.FITS`."""


def runs(catalog: Catalog, view: View, found: Sequence[Candidate]) -> Runs:
    """Speeds of all models on all of these machines, in the one format machines are compared in."""
    asked = View(**{name: getattr(view, name) for name in ASKED})
    form = wanted_format(asked)
    rows = sized_rows(catalog, (form,))
    known = _remembered(catalog, asked)
    new = {c.key: c.rig for c in found if c.key not in known}
    if new and rows.models:
        _fill(known, rows, form, asked, new)
    shape = (len(found), len(rows.models))
    speed, fit = np.full(shape, np.nan), np.zeros(shape, np.int8)
    for i, one in enumerate(found if rows.models else ()):
        speed[i], fit[i] = known[one.key]
    return Runs(rows.models, form, speed, fit)


@lru_cache(maxsize=16)
def _remembered(catalog: Catalog, asked: View) -> dict[RigKey, tuple[Numbers, Codes]]:
    return {}


def _fill(
    known: dict[RigKey, tuple[Numbers, Codes]], rows: Rows, form: str, asked: View, new: dict[RigKey, Rig]
) -> None:
    """Place the models once for all machines with equal memories; only what a byte costs differs between them."""
    need = demand(rows.table, request_of(asked))
    share = kv_share(rows.table, asked, asked.depth)
    alike: dict[object, list[RigKey]] = defaultdict(list)
    for key, rig in new.items():
        room = tuple((p.total_bytes, p.usable_bytes) for p in (*rig.pools.gpus, *((rig.pools.ram,) if rig.pools.ram else ())))  # fmt: skip
        alike[room, len(rig.pools.gpus), rig.pools.unified, len(rig.facts)].append(key)
    for keys in alike.values():
        places, reads = _reads(rows, new[keys[0]], asked, need, share)
        for key in keys:
            known[key] = _one(rows, form, new[key], places, reads)


Reads = list[tuple[int, PoolRead]]


def _reads(rows: Rows, rig: Rig, asked: View, need: Demand, share: Numbers | float) -> tuple[sizing.Placements, Reads]:
    places = sizing.place_all(rows.table, rig.pools, request_of(asked), need=need)
    work = reading.work_of(rows.table, asked.depth)
    every = list(enumerate(reading.reads_of(rows.table, rig.facts, places, work, share)))
    read = np.sum([np.asarray(r.weight_bytes) for _, r in every], axis=0) > 0
    return places, [(i, reading.where_used(r, read)) for i, r in every if reading.is_used(r)]


def _one(rows: Rows, form: str, rig: Rig, places: sizing.Placements, reads: Reads) -> tuple[Numbers, Codes]:
    fit = places.fit.copy()
    if format_of(form).container != "gguf":  # only llama.cpp leaves layers in RAM
        fit[fit != sizing.FITS.index("gpu")] = NOWHERE
        if not runs_on(form, rig):
            fit[:] = NOWHERE
    work = reading.work_of(rows.table)
    try:
        speed = decode_tok_per_s(
            [replace(r, device=rig.facts[i]) for i, r in reads], calibration=calibration(),
            active_parameters=reading.computed_parameters(rows.table, rows.active_parameters),
            extra_norms=work.extra_norms[work.of], runtime=runtime_of(form),
        )  # fmt: skip
    except ValueError:  # a fact speed depends on is missing, or nothing is read
        speed = np.full(len(rows.models), np.nan)
    return np.where(fit == NOWHERE, np.nan, speed), fit
