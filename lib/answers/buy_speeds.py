"""How fast each machine runs each model: one table, its rows remembered by machine."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
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
from lib.sizing.demand import demand
from lib.sizing.formats import format_of
from lib.speed.decode import decode_tok_per_s
from lib.view import View

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.int8]]
Ints = np.ndarray[Any, np.dtype[np.intp]]
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
        alike[room, len(rig.pools.gpus), rig.pools.unified, len(rig.facts)].append(key)
    for keys in alike.values():
        places = sizing.place_all(rows.table, new[keys[0]].pools, request_of(asked), need=need, attempt=False)
        at = np.flatnonzero(places.fit != NOWHERE)
        here = _Here(rows.take(at), places.take(at), new[keys[0]], asked)
        for key in keys:
            known[key] = _one(len(places.fit), at, here, form, new[key])


class _Here:
    """Models that run on machines with equal memories, and what is read for a token of each."""

    def __init__(self, rows: Rows, places: sizing.Placements, rig: Rig, asked: View) -> None:
        work, share = reading.work_of(rows.table, asked.depth), kv_share(rows.table, asked, asked.depth)
        every = list(enumerate(reading.reads_of(rows.table, rig.facts, places, work, share)))
        read = np.sum([np.asarray(r.weight_bytes) for _, r in every], axis=0) > 0
        self.fit = places.fit
        self.reads = [(i, reading.where_used(r, read)) for i, r in every if reading.is_used(r)]
        self.active = reading.computed_parameters(rows.table, rows.active_parameters)
        self.norms = work.extra_norms[work.of]


def _one(models: int, at: Ints, here: _Here, form: str, rig: Rig) -> tuple[Numbers, Codes]:
    """Speed and fit of all models on one machine, where those `at` run."""
    speed, fit = np.full(models, np.nan), np.zeros(models, np.int8)
    runs = np.ones(len(at), bool)
    if format_of(form).container != "gguf":  # only llama.cpp leaves layers in RAM
        runs = (here.fit == sizing.FITS.index("gpu")) & runs_on(form, rig)
    fit[at[runs]] = here.fit[runs]
    try:
        found = decode_tok_per_s(
            [replace(r, device=rig.facts[i]) for i, r in here.reads], calibration=calibration(),
            active_parameters=here.active, extra_norms=here.norms, runtime=runtime_of(form),
        )  # fmt: skip
    except ValueError:  # a fact speed depends on is missing, or nothing is read
        return speed, fit
    speed[at[runs]] = found[runs]
    return speed, fit
