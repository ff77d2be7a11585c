"""Who is in the running for a task: every tuned model with an index that runs here, quick enough, in the format that suits the pick."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.budget import affordable
from lib.answers.machine import Rig, rig_of
from lib.answers.models import rank_models
from lib.answers.picks_index import TaskIndex
from lib.answers.picks_rules import Counted
from lib.answers.placed import kv_share, placed, runtime_of
from lib.answers.prompt import prefill
from lib.answers.sized import Rows, request_for, sized_rows
from lib.answers.speed import at_once
from lib.catalog import Catalog
from lib.fit import FIT_WORDS
from lib.sizing.table import FITS, place_all
from lib.speed.prefill import first_token_seconds
from lib.view import View
from lib.view.view import MOST_SPEED_TOK_PER_S

RUNS = ("gpu", "offload", "cpu")


def rig_named(catalog: Catalog, view: View, name: str) -> Rig:
    """The machine a row of the list is about: with an amount of money one of those it buys, else the visitor's."""
    if view.by == "budget":
        for rig in affordable(catalog, view):
            if rig.name == name:
                return rig
    return rig_of(catalog, view)


def pool(catalog: Catalog, made: Counted, index: TaskIndex, target_tok_per_s: float) -> pd.DataFrame:
    """Everything that runs here for the task, in formats chosen to reach a speed where one does; by index, best first.

    Columns of `rank_models`, its score being the task's index, and: stands_in (whether that is the general one), pace (tokens a second of one conversation), total_tok_per_s, total_low,
    total_high (of all conversations), first_s (seconds to the first word of the prompt), suits. NaN is unknown.
    """
    # Many conversations together may ask for more than any link can; what is as quick as that is quick enough.
    view = made.view.model_copy(update={"speed": min(target_tok_per_s, float(MOST_SPEED_TOK_PER_S))})
    rows = rank_models(catalog, view)
    placed_somewhere = rows["fit_code"].isin(RUNS).to_numpy()
    long_enough = ~(rows["context_tokens"].to_numpy(float) < view.ctx)
    tuned = np.array([catalog.models[m].tuning != "base" for m in rows["model"]], bool)
    rows = rows[placed_somewhere & long_enough & tuned].reset_index(drop=True)
    judged = [index.models.get(m) for m in rows["model"]]
    scores = {c: [getattr(j, part) if j else np.nan for j in judged] for c, part in (("score", "value"), ("score_low", "low"), ("score_high", "high"))}  # fmt: skip
    rows = rows.assign(**scores, stands_in=[bool(j and j.stands_in) for j in judged], **_paces(catalog, made, rows))
    known = rows["pace"].notna().to_numpy()
    quick = np.where(known, rows["pace"].to_numpy(float) >= made.view.speed, (rows["fit_code"] == "gpu").to_numpy())
    if made.rule.longest_prompt_s is not None:
        quick = quick & ~(rows["first_s"].to_numpy(float) > made.rule.longest_prompt_s)
    suits = quick.astype(bool) & rows["score"].notna().to_numpy()
    # Only formats were chosen by the speed the rows were ranked with: who misses it is not too slow for the task.
    fit = [FIT_WORDS[code] for code in rows["fit_code"]]
    return rows.assign(suits=suits, fit=fit).sort_values("score", ascending=False, kind="stable", ignore_index=True)


def _paces(catalog: Catalog, made: Counted, rows: pd.DataFrame) -> dict[str, np.ndarray[Any, Any]]:
    """The columns `pool` adds, machine by machine."""
    blank = np.full(len(rows), np.nan)
    one = rows["decode_tok_per_s"].to_numpy(float)
    found = {
        "pace": one / made.view.slots, "total_tok_per_s": one.copy(), "total_low": rows["decode_low"].to_numpy(float).copy(),
        "total_high": rows["decode_high"].to_numpy(float).copy(), "first_s": blank.copy(),
    }  # fmt: skip
    if made.view.slots == 1 and made.rule.longest_prompt_s is None:
        return found
    for (machine, form), at in rows.groupby(["machine", "format"], sort=False).indices.items():
        rig = rig_named(catalog, made.view, str(machine))
        part = _rows_of(catalog, str(form), [str(m) for m in rows["model"].to_numpy()[at]])
        if made.rule.longest_prompt_s is not None:
            found["first_s"][at] = _first_seconds(part, rig, made.view)
        if made.view.slots > 1:
            inside = (rows["fit_code"].to_numpy()[at] == "gpu").nonzero()[0]
            for name, values in _together(part, rig, made.view, inside).items():
                found[name][at[inside]] = values
    return found


def _rows_of(catalog: Catalog, form: str, models: list[str]) -> Rows:
    """The sized rows of these models in one format, in their order."""
    every = sized_rows(catalog, (form,))
    return every.take(np.array([every.first[m] for m in models], np.intp))


def _first_seconds(rows: Rows, rig: Rig, view: View) -> np.ndarray[Any, np.dtype[np.float64]]:
    on = placed(rows, rig, view)
    found = prefill(
        rows.table, rows.parameters_b * 1e9, rows.active_parameters, rows.moe, rig, on.places,
        np.full(len(rows.models), view.prompt, np.int64), tokens_before=view.depth, runtime=runtime_of(rows.formats[0]),
    )  # fmt: skip
    return np.array(
        [
            float(first_token_seconds(view.prompt, r, s)) if np.isfinite(r) and np.isfinite(s) else np.nan
            for r, s in zip(found.tok_per_s, on.speed.decode_tok_per_s, strict=True)
        ]
    )


def _together(
    rows: Rows, rig: Rig, view: View, inside: np.ndarray[Any, np.dtype[np.intp]]
) -> Mapping[str, np.ndarray[Any, Any]]:
    """Speeds of all conversations at once, of the rows wholly in GPU memory. Empty where that is not calibrated: then they take turns."""
    if not len(inside):
        return {}
    part = rows.take(inside)
    alone = view.model_copy(update={"slots": 1})
    places = place_all(part.table, rig.pools, request_for(view.ctx, 1, view.kv, view))
    if (places.fit != FITS.index("gpu")).any():
        return {}
    try:
        made = at_once(
            part.table, part.active_parameters, rig, places, np.array([view.slots], np.int64), runtime=runtime_of(part.formats[0]),
            tokens_before=view.depth, kv_share=kv_share(part.table, alone, view.depth),
        )  # fmt: skip
    except ValueError:
        return {}
    return {
        "pace": made.per_user_tok_per_s, "total_tok_per_s": made.total_tok_per_s, "total_low": made.low, "total_high": made.high,
    }  # fmt: skip
