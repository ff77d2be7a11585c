"""Which can I run? Every model, in the format that suits the machine, sized, timed and ranked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.everywhere import asked_of, everywhere
from lib.answers.frontier import frontier
from lib.answers.licences import allowed
from lib.answers.placed import band_text, speed_text
from lib.answers.scores import lower_is_better, ranked_scores
from lib.catalog import Catalog
from lib.catalog.schema import Model
from lib.fit import FIT_WORDS, NOT_HERE, TOO_SHORT, TOO_SLOW, UNKNOWN_FIT, UNKNOWN_SPEED, UNPAID
from lib.speed.words import speed_word
from lib.view import View

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


def _wanted(catalog: Catalog, key: str, model: Model, view: View) -> bool:
    licence = catalog.licences.get(model.licence)
    size = model.parameters / 1e9 if model.parameters else None
    return (
        (not view.only or key in view.only)
        and (not view.publisher or model.publisher in view.publisher)
        and (view.licence == "any" or (licence is not None and allowed(licence, view.licence)))
        and (view.pmin is None or (size is not None and size >= view.pmin))
        and (view.pmax is None or (size is not None and size <= view.pmax))
        and (view.since is None or (model.released is not None and model.released >= view.since.isoformat()[: len(model.released)]))
        and (view.until is None or (model.released is not None and model.released <= view.until.isoformat()))
    )  # fmt: skip


def _facts(catalog: Catalog, keys: Sequence[str], view: View) -> pd.DataFrame:
    rows = []
    for key in keys:
        model = catalog.models[key]
        licence = catalog.licences.get(model.licence)
        rows.append(
            (key, model.name, model.publisher, licence.name if licence else model.licence, licence.commercial if licence else "unknown",
             licence.openness if licence else "unknown", model.released, model.parameters / 1e9 if model.parameters else np.nan,
             model.active_parameters / 1e9 if model.active_parameters else np.nan, model.open_weights, model.context_tokens or np.nan)
        )  # fmt: skip
    frame = pd.DataFrame(
        rows,
        columns=[
            "model",
            "name",
            "publisher",
            "licence",
            "commercial",
            "openness",
            "released",
            "parameters_b",
            "active_b",
            "open_weights",
            "context_tokens",
        ],
    )
    scores = ranked_scores(catalog, view.rank)
    for column, part in (("score", "value"), ("score_low", "low"), ("score_high", "high")):
        frame[column] = pd.array(
            [getattr(scores[k], part) if k in scores else np.nan for k in keys], dtype="float64"
        ).to_numpy(na_value=np.nan)
    for rank in view.columns:
        extra = ranked_scores(catalog, rank)
        frame[rank] = [extra[k].value if k in extra else np.nan for k in keys]
    return frame


@lru_cache(maxsize=512)
def rank_models(catalog: Catalog, view: View) -> pd.DataFrame:
    """The rows of “Which can I run?”, best first; see `COLUMNS`, and one column a rank id of `view.columns`.

    Bytes are GB of 10^9; `memory_gb` is what the model needs with all of it in GPU memory. Unknown is
    NaN. Order: all in GPU memory, then with offload or from RAM, then what does not fit, then what can
    only be rented; within each the higher score, then unknown scores by size. A model slower than
    `view.speed` counts as not running. The frame is cached: treat it as read-only.
    """
    keys = [k for k, m in catalog.models.items() if (m.open_weights or view.hosted) and _wanted(catalog, k, m, view)]
    facts = _facts(catalog, keys, view)
    best = everywhere(catalog, asked_of(view))
    at = pd.Index(best["model"]).get_indexer(pd.Index(keys))
    # By position, which costs a tenth of a merge; -1 is a model that could not be sized.
    frame = facts.assign(**{c: _taken(best[c].to_numpy(), at) for c in best if c != "model"})
    frame = frame.assign(**{c: np.nan for c in COLUMNS if c not in frame and c not in MADE_LAST})
    code = np.where(frame["open_weights"], frame["fit_code"].astype(object).to_numpy(), "hosted")
    speed = frame["decode_tok_per_s"].to_numpy(float)
    short = frame["context_tokens"].to_numpy(float) < view.ctx
    somewhere = np.isin(code, ("gpu", "offload", "cpu"))
    slow = ~(speed >= view.speed) if view.speed else np.zeros(len(frame), bool)
    runs = somewhere & ~slow & ~short
    fit = np.array([WORDS.get(c, UNKNOWN_FIT) for c in code], object)
    fit[somewhere & slow] = TOO_SLOW
    fit[somewhere & slow & np.isnan(speed)] = UNKNOWN_SPEED
    fit[np.isin(code, ("gpu", "offload", "cpu", "none")) & short] = TOO_SHORT
    frame = frame.assign(fit_code=code, fit=fit, runs=runs)
    keep = (
        np.ones(len(frame), bool)
        if view.fit == "any"
        else (code == "hosted") | (runs & ((view.fit == "runs") | (code == "gpu")))
    )
    return _ordered(frame[keep], view, lower_is_better(catalog, view.rank))


WORDS: dict[str, str] = {**{str(k): w for k, w in FIT_WORDS.items()}, "elsewhere": NOT_HERE, "unpaid": UNPAID}
MADE_LAST = ("fit", "runs", "on_frontier", "decode_text", "band_text", "feels_like")
GROUPS = {"gpu": 0, "cpu": 1, "offload": 1, "none": 3, "elsewhere": 3, "unpaid": 3, "hosted": 5}
"""Order of the list by fit; 2 are those too slow or too short, 4 those that cannot be sized."""


def _ordered(frame: pd.DataFrame, view: View, lower: bool) -> pd.DataFrame:
    runs = frame["runs"].to_numpy(bool)
    group = np.array([GROUPS.get(c, 4) for c in frame["fit_code"]])
    if view.fit == "runs" or view.speed:  # what is quick enough is not worse for lying partly in RAM
        group[group == 1] = 0
    group[~runs & (group < 2)] = 2
    score = frame["score"].to_numpy(float)
    worth = score if lower else -score  # NaN sorts last either way
    order = np.lexsort((frame["model"].to_numpy(str), -frame["parameters_b"].to_numpy(float), worth, group))
    memory = frame["memory_gb"].astype(float).where(runs | (group == 3))
    speeds = [frame[c].to_numpy(float) for c in ("decode_tok_per_s", "decode_low", "decode_high")]
    frame = frame.assign(
        on_frontier=frontier(memory, pd.Series(-worth, index=frame.index)),
        decode_text=[speed_text(d, low, high) for d, low, high in zip(*speeds, strict=True)],
        feels_like=speed_word(speeds[0]),
        band_text=[band_text(low, high) for low, high in zip(*speeds[1:], strict=True)],
    )
    return frame.iloc[order][[*COLUMNS, *view.columns]].reset_index(drop=True)


def _taken(values: np.ndarray[Any, Any], at: np.ndarray[Any, np.dtype[np.intp]]) -> np.ndarray[Any, Any]:
    """The values at these positions; unknown (NaN) at -1."""
    if not len(values):
        return np.full(len(at), np.nan)
    found: np.ndarray[Any, Any] = values[np.maximum(at, 0)]
    if (at < 0).any():
        found = found.astype(object if found.dtype == object else float)
        found[at < 0] = np.nan
    return found
