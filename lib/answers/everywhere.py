"""Every model in the format and on the machine that suit it best, whatever a list is then filtered and ordered by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.budget import affordable
from lib.answers.framed import framed
from lib.answers.machine import Rig, rig_of
from lib.answers.measured import measured_speeds
from lib.answers.placed import Placed, cards_needed, runs_on, timed
from lib.answers.sized import USUAL_FORMAT, Rows, formats_for, request_of, sized_rows
from lib.catalog import Catalog
from lib.sizing import table as sizing
from lib.sizing.demand import Demand, demand
from lib.sizing.formats import format_of
from lib.view import SHARED, View

Ints = np.ndarray[Any, np.dtype[np.intp]]
Columns = Mapping[str, np.ndarray[Any, Any]]
"""Arrays of one length, by name: as a frame each step would cost more than what it computes."""


RUNNING = ("gpu", "offload", "cpu")


def _choose(rows: Rows, fit: np.ndarray[Any, Any], quick: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.intp]]:
    """One row a model: the most exact format all in GPU memory and quick enough; else the usual one with offload."""
    gpu = fit == sizing.FITS.index("gpu")
    runs = gpu | (fit == sizing.FITS.index("offload")) | (fit == sizing.FITS.index("cpu"))
    usual = np.array(rows.formats, object) == USUAL_FORMAT
    # Rows of a model stand together, most exact first, so among equals the first is taken.
    worth = np.select(
        [gpu & quick, runs & quick & usual, runs & quick, runs & usual, runs, usual], [6, 5, 4, 3, 2, 1], 0
    )
    model = np.repeat(np.arange(len(rows.starts)), np.diff(rows.starts, append=len(fit)))
    top = np.flatnonzero(worth == np.maximum.reduceat(worth, rows.starts)[model])
    return top[np.searchsorted(model[top], np.arange(len(rows.starts)))]


@lru_cache(maxsize=64)
def _longest_memo(
    catalog: Catalog, formats: tuple[str, ...], rig: Rig, kv: str, slots: int, flash: bool
) -> dict[str, np.ndarray[Any, np.dtype[np.int64]]]:
    """Longest contexts found so far, by fit and row; -1 where not asked for yet.

    How long a context may grow where a row lies does not depend on the context asked for, so a change of
    context finds most of them here.
    """
    count = len(sized_rows(catalog, formats).models)
    return {code: np.full(count, -1, np.int64) for code in ("gpu", "offload", "cpu")}


def _longest_context(
    part: Rows,
    chosen: Ints,
    codes: np.ndarray[Any, Any],
    rig: Rig,
    request: sizing.Request,
    memo: dict[str, np.ndarray[Any, np.dtype[np.int64]]],
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Longest context of each row where it lies now; `chosen` is where `part` stands among all rows.

    Rows on cards never look at RAM, which spares most of the search.
    """
    found = np.zeros(len(chosen), np.int64)
    for code, known in memo.items():
        at = np.flatnonzero(codes == code)
        new = at[known[chosen[at]] < 0]
        if len(new):
            where = replace(rig.pools, ram=None) if code == "gpu" else rig.pools
            known[chosen[new]] = sizing.max_context_all(part.table.take(new), where, request)
        found[at] = known[chosen[at]]
    return found


def _needed_bytes(
    places: sizing.Placements,
    codes: np.ndarray[Any, Any],
    alone: np.ndarray[Any, np.dtype[np.int64]],
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Bytes a row takes: of the GPUs where all of it is there, of all memory where RAM helps, of one large enough card where nothing fits."""
    parts = places.weights_bytes + places.kv_bytes + places.compute_bytes
    inside, everywhere = parts[:, :-1].sum(axis=1), parts.sum(axis=1)
    found: np.ndarray[Any, np.dtype[np.int64]] = np.select(
        [codes == "gpu", np.isin(codes, ("offload", "cpu"))], [inside, everywhere], alone
    )
    return found


def _codes(rows: Rows, rig: Rig, fit: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """How each row fits, in a word: a fit of `lib.sizing`, or `elsewhere` where no runtime of its format runs here."""
    codes: np.ndarray[Any, Any] = np.array(sizing.FITS, object)[fit]
    if rows.formats and format_of(rows.formats[0]).container != "gguf":
        # Only llama.cpp leaves layers in RAM; the runtimes of other formats want all of it on the cards.
        codes[np.isin(codes, ("offload", "cpu"))] = "none"
        if not runs_on(rows.formats[0], rig):
            codes[:] = "elsewhere"
    return codes


@dataclass(frozen=True, eq=False)
class _Held:
    """Models on one machine, a row each in the format that suits it there."""

    rows: Ints
    """Index of each among all rows."""
    part: Rows
    on: Placed
    codes: np.ndarray[Any, Any]

    def take(self, at: Ints) -> _Held:
        on = Placed(self.on.rig, self.on.places.take(at), self.on.speed.take(at))
        return _Held(self.rows[at], self.part.take(at), on, self.codes[at])


def _table(catalog: Catalog, held: _Held, need: Demand, view: View) -> Columns:
    """The columns of `everywhere` on one machine; `need` is that of its rows."""
    part, on, codes = held.part, held.on, held.codes
    request, count = request_of(view), len(held.rows)
    sizes = sizing.size_all(part.table, request.context_tokens, need=need)
    memo = _longest_memo(catalog, formats_for(view), on.rig, request.type_k, request.slots, request.flash_attention)
    context = _longest_context(part, held.rows, codes, on.rig, request, memo) // view.slots
    runs = np.isin(codes, RUNNING)
    speed = on.speed
    data: dict[str, Any] = {
        "model": np.array(part.models, object),
        "format": np.array(part.formats, object),
        "fit_code": codes,
        "machine": np.full(count, on.rig.name, object),
        "memory_gb": _needed_bytes(on.places, codes, sizes.total_bytes) / 1e9,
        "decode_tok_per_s": np.where(runs, speed.decode_tok_per_s, np.nan),
        "decode_low": np.where(runs, speed.low, np.nan),
        "decode_high": np.where(runs, speed.high, np.nan),
        "measured_tok_per_s": np.where(
            runs,
            measured_speeds(
                catalog,
                on.rig.device.id,
                on.rig.count,
                part.parameters_b,
                part.active_parameters / 1e9,
                part.formats,
            ),
            np.nan,
        ),
        "max_context_tokens": np.where(
            runs & (context > 0), np.maximum(context, np.minimum(view.ctx, part.table.context_tokens)), np.nan
        ),
    }
    if on.rig.pools.gpus and not on.rig.pools.unified:
        needed = cards_needed(part.table, on.rig, request, need)
        data["cards_needed"] = np.where(needed > 0, needed, np.nan)
    return data


def asked_of(view: View) -> View:
    """The part of a view that decides where models lie, whatever the list is then filtered and ordered by."""
    return View(**{name: getattr(view, name) for name in (*SHARED, "speed") if name != "prompt"})


@lru_cache(maxsize=64)
def everywhere(catalog: Catalog, asked: View) -> pd.DataFrame:
    """`everywhere_columns` as a frame. Cached: read-only."""
    return framed(everywhere_columns(catalog, asked))


@lru_cache(maxsize=512)
def everywhere_columns(catalog: Catalog, asked: View) -> Columns:
    """Every model that can be sized, in the format and on the machine that suit it best. Cached: read-only."""
    rows = sized_rows(catalog, formats_for(asked))
    rigs = affordable(catalog, asked) if asked.by == "budget" else (rig_of(catalog, asked),)
    if not rows.models:
        return {"model": np.array([], object), "fit_code": np.array([], object)}
    if not rigs:
        return _nowhere(rows, asked)
    need = demand(rows.table, request_of(asked))
    held = _best_machine([_one_machine(rows, need, rig, asked) for rig in rigs])
    return _joined([_table(catalog, one, need.take(one.rows), asked) for one in held])


def _nowhere(rows: Rows, asked: View) -> Columns:
    """The sizes of all models where no machine can be paid: they do not depend on one."""
    request = request_of(asked)
    usual = np.array(
        [i for i, f in enumerate(rows.formats) if f == USUAL_FORMAT or len(formats_for(asked)) == 1], np.intp
    )
    sizes = sizing.size_all(
        rows.table.take(usual),
        request.context_tokens,
        type_k=request.type_k,
        type_v=request.type_v,
        slots=request.slots,
        flash_attention=request.flash_attention,
    )
    return {
        "model": np.array([rows.models[i] for i in usual], object),
        "format": np.array([rows.formats[i] for i in usual], object),
        "fit_code": np.full(len(usual), "unpaid", object),
        "machine": np.full(len(usual), "", object),
        "memory_gb": sizes.total_bytes / 1e9,
    }


def listed(catalog: Catalog, view: View, model: str) -> tuple[str, str, int]:
    """Format, machine and longest context the list shows a model with; empty and 0 where it cannot be sized."""
    found = everywhere_columns(catalog, asked_of(view))
    at = np.flatnonzero(found["model"] == model)
    if not len(at):
        return "", "", 0
    longest = found["max_context_tokens"][at[0]] if "max_context_tokens" in found else np.nan
    return str(found["format"][at[0]]), str(found["machine"][at[0]]), 0 if np.isnan(longest) else int(longest)


def _one_machine(rows: Rows, need: Demand, rig: Rig, view: View) -> _Held:
    places = sizing.place_all(rows.table, rig.pools, request_of(view), need=need)
    quick = np.ones(len(rows.models), bool)
    if view.speed:
        quick = timed(rows, rig, places, view).speed.decode_tok_per_s >= view.speed
    chosen = _choose(rows, places.fit, quick)
    part = rows.take(chosen)
    on = timed(part, rig, places.take(chosen), view)
    return _Held(chosen, part, on, _codes(rows, rig, on.places.fit))


GROUPS = {"gpu": 0, "cpu": 1, "offload": 1, "none": 2}


def _best_machine(found: Sequence[_Held]) -> list[_Held]:
    """The models shared out among the machines: each on the one it runs best on, all in GPU memory first, then the quickest.

    Every machine has the same models in the same order; of equals the first machine is taken.
    """
    if len(found) == 1:
        return list(found)
    group = np.array([[GROUPS.get(code, len(GROUPS)) for code in one.codes] for one in found])
    speed = np.array([np.where(np.isin(one.codes, RUNNING), one.on.speed.decode_tok_per_s, np.nan) for one in found])
    slow = -np.nan_to_num(speed, nan=-np.inf)
    best = np.lexsort((slow, group), axis=0)[0]
    return [one.take(at) for i, one in enumerate(found) if len(at := np.flatnonzero(best == i))]


def _joined(found: Sequence[Columns]) -> Columns:
    names = dict.fromkeys(name for columns in found for name in columns)
    return {name: np.concatenate([c.get(name, np.full(len(c["model"]), np.nan)) for c in found]) for name in names}
