"""Every model in the format and on the machine that suit it best, whatever a list is then filtered and ordered by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.budget import affordable
from lib.answers.framed import framed
from lib.answers.held import RUNNING, Held, held
from lib.answers.machine import Rig, rig_of
from lib.answers.measured import measured_speeds
from lib.answers.placed import cards_needed
from lib.answers.sized import USUAL_FORMAT, Rows, formats_for, request_of, sized_rows
from lib.catalog import Catalog
from lib.sizing import table as sizing
from lib.sizing.demand import Demand, demand
from lib.view import SHARED, View

Ints = np.ndarray[Any, np.dtype[np.intp]]
Columns = Mapping[str, np.ndarray[Any, Any]]
"""Arrays of one length, by name: as a frame each step would cost more than what it computes."""


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
    part: Rows, of: Held, request: sizing.Request, memo: dict[str, np.ndarray[Any, np.dtype[np.int64]]]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Longest context of each row where it lies now; `part` are the rows of `of`.

    Rows on cards never look at RAM, which spares most of the search.
    """
    found = np.zeros(len(of.rows), np.int64)
    for code, known in memo.items():
        at = np.flatnonzero(of.codes == code)
        new = at[known[of.rows[at]] < 0]
        if len(new):
            where = replace(of.rig.pools, ram=None) if code == "gpu" else of.rig.pools
            now = np.full(len(new), sizing.FITS.index(code), np.int8)
            known[of.rows[new]] = sizing.max_context_all(part.table.take(new), where, request, now)
        found[at] = known[of.rows[at]]
    return found


def _table(catalog: Catalog, rows: Rows, of: Held, need: Demand, view: View) -> Columns:
    """The columns of `everywhere` on one machine."""
    part, need, rig = rows.take(of.rows), need.take(of.rows), of.rig
    request, count = request_of(view), len(of.rows)
    memo = _longest_memo(catalog, formats_for(view), rig, request.type_k, request.slots, request.flash_attention)
    context = _longest_context(part, of, request, memo) // view.slots
    runs = np.isin(of.codes, RUNNING)
    # What does not fit is told by what one large enough card would need.
    alone = sizing.size_all(part.table, request.context_tokens, need=need).total_bytes
    measured = measured_speeds(
        catalog, rig.device.id, rig.count, part.parameters_b, part.active_parameters / 1e9, part.formats
    )
    data: dict[str, Any] = {
        "model": np.array(part.models, object),
        "format": np.array(part.formats, object),
        "fit_code": of.codes,
        "machine": np.full(count, rig.name, object),
        "memory_gb": np.where(runs, of.taken_bytes, alone) / 1e9,
        "decode_tok_per_s": of.tok_per_s,
        "decode_low": of.low,
        "decode_high": of.high,
        "measured_tok_per_s": np.where(runs, measured, np.nan),
        "max_context_tokens": np.where(
            runs & (context > 0), np.maximum(context, np.minimum(view.ctx, part.table.context_tokens)), np.nan
        ),
    }
    if rig.pools.gpus and not rig.pools.unified:
        needed = cards_needed(part.table, rig, request, need)
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
    return _joined([_table(catalog, rows, one, need, asked) for one in held(rows, need, rigs, asked)])


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


def _joined(found: Sequence[Columns]) -> Columns:
    names = dict.fromkeys(name for columns in found for name in columns)
    return {name: np.concatenate([c.get(name, np.full(len(c["model"]), np.nan)) for c in found]) for name in names}
