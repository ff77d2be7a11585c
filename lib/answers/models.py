"""Which can I run? Every model, in the format that suits the machine, sized, timed and ranked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.everywhere import asked_of, everywhere_columns
from lib.answers.framed import framed
from lib.answers.frontier import frontier_at
from lib.answers.licences import allowed
from lib.answers.placed import band_text, speed_in
from lib.answers.scores import lower_is_better, ranked_scores
from lib.catalog import Catalog
from lib.catalog.schema import Model
from lib.fit import FIT_WORDS, NOT_HERE, TOO_SHORT, TOO_SLOW, UNKNOWN_FIT, UNKNOWN_SPEED, UNPAID
from lib.speed.words import speed_word
from lib.view import View

Columns = Mapping[str, np.ndarray[Any, Any]]
Ints = np.ndarray[Any, np.dtype[np.intp]]

COLUMNS = ("model", "name", "publisher", "fit", "fit_code", "format", "machine", "memory_gb",
           "decode_tok_per_s", "decode_low", "decode_high", "band_text", "decode_text", "feels_like", "measured_tok_per_s", "max_context_tokens", "cards_needed", "licence", "commercial",
           "openness", "released", "context_tokens", "runs", "parameters_b", "active_b", "score", "score_low", "score_high", "on_frontier")  # fmt: skip


DRAWN = [
    "model",
    "name",
    "memory_gb",
    "score",
    "score_low",
    "score_high",
    "fit",
    "format",
    "decode_text",
    "on_frontier",
]
"""The columns the picture needs."""


@lru_cache(maxsize=256)
def _wanted(catalog: Catalog, view: View) -> Ints:
    """Positions among the catalog's models of those the filters leave."""
    since = view.since.isoformat() if view.since else None
    until = view.until.isoformat() if view.until else None

    def wanted(key: str, model: Model) -> bool:
        licence = catalog.licences.get(model.licence)
        size = model.parameters / 1e9 if model.parameters else None
        return (
            (model.open_weights or view.hosted)
            and (not view.only or key in view.only)
            and (not view.publisher or model.publisher in view.publisher)
            and (view.licence == "any" or (licence is not None and allowed(licence, view.licence)))
            and (view.pmin is None or (size is not None and size >= view.pmin))
            and (view.pmax is None or (size is not None and size <= view.pmax))
            and (since is None or (model.released is not None and model.released >= since[: len(model.released)]))
            and (until is None or (model.released is not None and model.released <= until))
        )  # fmt: skip

    return np.flatnonzero([wanted(key, model) for key, model in catalog.models.items()])


FILTERS = ("hosted", "only", "publisher", "licence", "pmin", "pmax", "since", "until")


@lru_cache(maxsize=4)
def _facts(catalog: Catalog) -> Columns:
    """What is known of every model, wherever it runs: one array a column."""
    licences = [catalog.licences.get(m.licence) for m in catalog.models.values()]
    models = list(catalog.models.values())
    by_id = np.argsort(np.argsort(list(catalog.models)))

    def texts(values: Iterable[str | None]) -> np.ndarray[Any, Any]:
        return np.array(list(values), object)

    return {
        "model": texts(catalog.models),
        "by_id": by_id,
        "name": texts(m.name for m in models),
        "publisher": texts(m.publisher for m in models),
        "licence": texts(known.name if known else m.licence for m, known in zip(models, licences, strict=True)),
        "commercial": texts(known.commercial if known else "unknown" for known in licences),
        "openness": texts(known.openness if known else "unknown" for known in licences),
        "released": texts(m.released for m in models),
        "parameters_b": np.array([m.parameters or np.nan for m in models]) / 1e9,
        "active_b": np.array([m.active_parameters or np.nan for m in models]) / 1e9,
        "open_weights": np.array([m.open_weights for m in models], bool),
        "context_tokens": np.array([m.context_tokens or np.nan for m in models], float),
    }


@lru_cache(maxsize=64)
def _scores(catalog: Catalog, rank: str) -> Columns:
    """Score of every model under a rank id and the ends of its interval; NaN where unknown."""
    found = ranked_scores(catalog, rank)
    return {
        column: np.array([np.nan if (s := found.get(k)) is None or (v := getattr(s, part)) is None else v for k in catalog.models], float)
        for column, part in (("score", "value"), ("score_low", "low"), ("score_high", "high"))
    }  # fmt: skip


@lru_cache(maxsize=256)
def rank_models(catalog: Catalog, view: View) -> pd.DataFrame:
    """`ranked_columns` as a frame. Cached: read-only."""
    return framed(ranked_columns(catalog, view))


@lru_cache(maxsize=512)
def ranked_columns(catalog: Catalog, view: View) -> Columns:
    """The rows of “Which can I run?”, best first; see `COLUMNS`, and one column a rank id of `view.columns`.

    Bytes are GB of 10^9; `memory_gb` is what the model needs with all of it in GPU memory. Unknown is
    NaN. Order: all in GPU memory, then with offload or from RAM, then what does not fit, then what can
    only be rented; within each the higher score, then unknown scores by size. A model slower than
    `view.speed` counts as not running. Plain arrays, for as a frame each step would cost more than what it computes.
    Cached: read-only.
    """
    wanted = _wanted(catalog, View(**{name: getattr(view, name) for name in FILTERS}))
    rows = {c: v[wanted] for c, v in {**_facts(catalog), **_scores(catalog, view.rank)}.items()}
    rows |= {rank: _scores(catalog, rank)["score"][wanted] for rank in view.columns}
    best = everywhere_columns(catalog, asked_of(view))
    place = {model: i for i, model in enumerate(best["model"])}
    at = np.array([place.get(model, -1) for model in rows["model"]], np.intp)  # -1 is a model that could not be sized
    rows |= {c: _taken(values, at) for c, values in best.items() if c != "model"}
    rows |= {c: np.full(len(wanted), np.nan) for c in COLUMNS if c not in rows and c not in MADE_LAST}
    code = np.where(rows["open_weights"], rows["fit_code"].astype(object), "hosted")
    kind = np.array([KINDS.get(c, len(KINDS)) for c in code], np.intp)
    speed = rows["decode_tok_per_s"].astype(float)
    short = rows["context_tokens"] < view.ctx
    somewhere = kind < KINDS["none"]
    slow = ~(speed >= view.speed) if view.speed else np.zeros(len(wanted), bool)
    fit = WORDS[kind]
    fit[somewhere & slow] = TOO_SLOW
    fit[somewhere & slow & np.isnan(speed)] = UNKNOWN_SPEED
    fit[(kind <= KINDS["none"]) & short] = TOO_SHORT
    rows |= {"fit_code": code, "fit": fit, "runs": somewhere & ~slow & ~short, "group": GROUPS[kind]}
    if view.fit != "any":
        keep = (kind == KINDS["hosted"]) | (rows["runs"] & ((view.fit == "runs") | (kind == KINDS["gpu"])))
        rows = {c: v[keep] for c, v in rows.items()}
    return _ordered(rows, view, lower_is_better(catalog, view.rank))


KINDS = {code: i for i, code in enumerate(("gpu", "cpu", "offload", "none", "elsewhere", "unpaid", "hosted"))}
"""Codes of a fit as numbers; those of models that run come first, and the one after all is that nothing is known."""
_SAID: dict[str, str] = {**{str(k): w for k, w in FIT_WORDS.items()}, "elsewhere": NOT_HERE, "unpaid": UNPAID}
WORDS = np.array([*map(_SAID.__getitem__, KINDS), UNKNOWN_FIT], object)
MADE_LAST = ("fit", "runs", "on_frontier", "decode_text", "band_text", "feels_like")
GROUPS = np.array([0, 1, 1, 3, 3, 3, 5, 4])
"""Order of the list by kind; 2 are those too slow or too short, 4 those that cannot be sized."""


def _ordered(rows: Columns, view: View, lower: bool) -> Columns:
    runs, group = rows["runs"], rows["group"]
    if view.fit == "runs" or view.speed:  # what is quick enough is not worse for lying partly in RAM
        group[group == 1] = 0
    group[~runs & (group < 2)] = 2
    worth = rows["score"] if lower else -rows["score"]  # NaN sorts last either way
    order = np.lexsort((rows["by_id"], -rows["parameters_b"], worth, group))
    memory = np.where(runs | (group == 3), rows["memory_gb"].astype(float), np.nan)
    speeds = [rows[c].astype(float) for c in ("decode_tok_per_s", "decode_low", "decode_high")]
    speed, low, high = (s.tolist() for s in speeds)
    bands = [*map(band_text, low, high)]
    made = {
        **rows,
        "on_frontier": frontier_at(memory, -worth),
        "decode_text": np.array([*map(speed_in, bands, speed, high)], object),
        "feels_like": speed_word(speeds[0]).astype(object),
        "band_text": np.array(bands, object),
    }
    return {c: made[c][order] for c in (*COLUMNS, *view.columns)}


def _taken(values: np.ndarray[Any, Any], at: np.ndarray[Any, np.dtype[np.intp]]) -> np.ndarray[Any, Any]:
    """The values at these positions; unknown (NaN) at -1."""
    if not len(values):
        return np.full(len(at), np.nan)
    found: np.ndarray[Any, Any] = values[np.maximum(at, 0)]
    if (at < 0).any():
        found = found.astype(object if found.dtype == object else float)
        found[at < 0] = np.nan
    return found
