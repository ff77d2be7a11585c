"""Which can I run? Every model, in the format that suits the machine, sized, timed and ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.budget import affordable
from lib.answers.frontier import frontier
from lib.answers.machine import MOST_CARDS, Rig, rig_of
from lib.answers.scores import lower_is_better, ranked_scores
from lib.answers.speed import Speeds, decode
from lib.architecture import Architecture
from lib.catalog import Catalog
from lib.catalog.schema import Model
from lib.fit import FIT_WORDS, NOT_HERE, TOO_SHORT, TOO_SLOW, UNKNOWN_FIT, UNKNOWN_SPEED, UNPAID
from lib.sizing import table as sizing
from lib.sizing.demand import Demand
from lib.sizing.formats import format_of
from lib.sizing.pools import card_pool
from lib.sizing.weights import Weights, parameters, weights
from lib.view import SHARED, View

BEST_FORMATS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS")
"""What `best` chooses from, most exact first. Fewer than four bits are never chosen unasked: the loss grows fast there."""
USUAL_FORMAT = "Q4_K_M"
"""Taken before the more exact ones where part of the model lies in RAM, since every byte costs time there."""

COLUMNS = ("model", "name", "publisher", "fit", "fit_code", "format", "machine", "memory_gb",
           "decode_tok_per_s", "decode_low", "decode_high", "band_text", "decode_text", "max_context_tokens", "cards_needed", "licence", "commercial",
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


def formats_for(view: View) -> tuple[str, ...]:
    """The formats a model may be shown in, most exact first."""
    return BEST_FORMATS if view.quant == "best" else (view.quant,)


@dataclass(frozen=True, eq=False)
class Rows:
    """The (model, format) pairs that can be sized, as a table of `lib.sizing`."""

    models: tuple[str, ...]
    """Model id of each row."""
    formats: tuple[str, ...]
    table: sizing.SizingTable
    active_parameters: np.ndarray[Any, np.dtype[np.float64]]
    moe: np.ndarray[Any, np.dtype[np.bool_]]
    refused: Mapping[str, str]
    """Models that cannot be sized, and why."""


def weights_of(architecture: Architecture, form: str) -> Weights:
    """Bytes of a model's weights as it is published: gpt-oss keeps its experts in MXFP4 in every GGUF file."""
    return weights(architecture, form, native_experts=architecture.family == "gpt_oss" and form in BEST_FORMATS)


@lru_cache(maxsize=32)
def sized_rows(catalog: Catalog, formats: tuple[str, ...], only: tuple[str, ...] = ()) -> Rows:
    """Every model with a known architecture in every one of `formats`, model by model."""
    pairs, names, used, active, moe = [], [], [], [], []
    refused: dict[str, str] = {}
    for key, model in catalog.models.items():
        if only and key not in only:
            continue
        if model.architecture is None:
            if model.open_weights:
                refused[key] = model.note or "its shapes are not known"
            continue
        for name in formats:
            try:
                size, (_, own) = weights_of(model.architecture, name), parameters(model.architecture)
            except ValueError as error:
                refused[key] = str(error)
                continue
            pairs.append((model.architecture, size))
            names.append(key)
            used.append(name)
            active.append(model.active_parameters or own)
            moe.append(model.architecture.experts is not None)
    refused = {key: why for key, why in refused.items() if key not in set(names)}
    return Rows(
        tuple(names), tuple(used), sizing.sizing_table(pairs), np.array(active, float), np.array(moe, bool), refused
    )


def request_for(context: int, slots: int, cache: str, view: View) -> sizing.Request:
    """`context` tokens for each of `slots` in a cache of one type. A quantized V cache needs flash attention, so it turns it on."""
    flash = view.fa == "on" or cache not in ("f16", "bf16", "f32")
    return sizing.Request(context * slots, type_k=cache, type_v=cache, slots=slots, flash_attention=flash)


def request_of(view: View) -> sizing.Request:
    """How the view wants a model to be run."""
    return request_for(view.ctx, view.slots, view.kv, view)


@dataclass(frozen=True, eq=False)
class Placed:
    """Every row of a table on one machine."""

    rig: Rig
    places: sizing.Placements
    speed: Speeds


RUNTIMES = {"gguf": "llama.cpp", "mlx": "mlx", "exl2": "exllama", "exl3": "exllama"}
"""What runs a container; vLLM what is not named."""


def runtime_of(form: str) -> str:
    """The program a format's speed is predicted for."""
    return RUNTIMES.get(format_of(form).container, "vllm")


def placed(rows: Rows, rig: Rig, view: View, need: Demand | None = None) -> Placed:
    """Where each row lies on the machine and how fast it then is. `need` spares computing what the request needs again."""
    places = sizing.place_all(rows.table, rig.pools, request_of(view), need=need)
    return Placed(
        rig,
        places,
        decode(
            rows.table,
            rows.active_parameters,
            rows.moe,
            rig,
            places,
            runtime=runtime_of(rows.formats[0]) if rows.formats else "llama.cpp",
        ),
    )


def _choose(rows: Rows, on: Placed, view: View) -> np.ndarray[Any, np.dtype[np.intp]]:
    """One row a model: the most exact format all in GPU memory and quick enough; else the usual one with offload."""
    fit = on.places.fit
    gpu = fit == sizing.FITS.index("gpu")
    runs = gpu | (fit == sizing.FITS.index("offload")) | (fit == sizing.FITS.index("cpu"))
    quick = on.speed.decode_tok_per_s >= view.speed if view.speed else np.ones(len(fit), bool)
    usual = np.array([f == USUAL_FORMAT for f in rows.formats])
    # Rows of a model stand together, most exact first, so among equals the first is taken.
    worth = np.select(
        [gpu & quick, runs & quick & usual, runs & quick, runs & usual, runs, usual], [6, 5, 4, 3, 2, 1], 0
    )
    best: dict[str, int] = {}
    for i, model in enumerate(rows.models):
        if model not in best or worth[i] > worth[best[model]]:
            best[model] = i
    return np.fromiter(best.values(), dtype=np.intp, count=len(best))


def cards_needed(part: sizing.SizingTable, rig: Rig, request: sizing.Request) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How many of the machine's cards hold each row; the desktop keeps part of the first one only. 0: more than we count."""
    first = rig.pools.gpus[0]
    further = replace(first, usable_bytes=card_pool("", first.total_bytes, None).usable_bytes)
    return sizing.cards_needed_all(part, further, request, MOST_CARDS, first_pool=first)


NVIDIA_ONLY = ("exl2", "exl3", "nvfp4", "bnb")


def runs_on(form: str, rig: Rig) -> bool:
    """Whether a runtime for this format runs on the machine: GGUF anywhere, MLX on Apple chips, the others on cards."""
    container, vendor, cards = format_of(form).container, rig.device.vendor, rig.device.kind in ("gpu", "accelerator")
    if container == "gguf":
        return True
    if container == "mlx":
        return vendor == "Apple"
    if container in NVIDIA_ONLY:
        return vendor == "NVIDIA" and (cards or rig.device.kind == "apu")
    return vendor in ("NVIDIA", "AMD") and cards


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
    rows: Rows,
    chosen: np.ndarray[Any, np.dtype[np.intp]],
    codes: np.ndarray[Any, Any],
    rig: Rig,
    request: sizing.Request,
    memo: dict[str, np.ndarray[Any, np.dtype[np.int64]]],
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Longest context of each row where it lies now. Rows on cards never look at RAM, which spares most of the search."""
    found = np.zeros(len(chosen), np.int64)
    for code, known in memo.items():
        at = np.flatnonzero(codes == code)
        new = chosen[at][known[chosen[at]] < 0]
        if len(new):
            where = replace(rig.pools, ram=None) if code == "gpu" else rig.pools
            known[new] = sizing.max_context_all(rows.table.take(new), where, request)
        found[at] = known[chosen[at]]
    return found


def _needed_bytes(
    places: sizing.Placements,
    chosen: np.ndarray[Any, np.dtype[np.intp]],
    codes: np.ndarray[Any, Any],
    alone: np.ndarray[Any, np.dtype[np.int64]],
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Bytes a row takes: of the GPUs where all of it is there, of all memory where RAM helps, of one large enough card where nothing fits."""
    parts = (places.weights_bytes + places.kv_bytes + places.compute_bytes)[chosen]
    inside, everywhere = parts[:, :-1].sum(axis=1), parts.sum(axis=1)
    found: np.ndarray[Any, np.dtype[np.int64]] = np.select(
        [codes == "gpu", np.isin(codes, ("offload", "cpu"))], [inside, everywhere], alone
    )
    return found


def _table(
    catalog: Catalog, rows: Rows, on: Placed, chosen: np.ndarray[Any, np.dtype[np.intp]], view: View
) -> pd.DataFrame:
    request = request_of(view)
    part = rows.table.take(chosen)
    sizes = sizing.size_all(
        part,
        request.context_tokens,
        type_k=request.type_k,
        type_v=request.type_v,
        slots=request.slots,
        flash_attention=request.flash_attention,
    )
    codes = np.array(sizing.FITS, object)[on.places.fit[chosen]]
    if rows.formats and format_of(rows.formats[0]).container != "gguf":
        # Only llama.cpp leaves layers in RAM; the runtimes of other formats want all of it on the cards.
        codes[np.isin(codes, ("offload", "cpu"))] = "none"
        if not runs_on(rows.formats[0], on.rig):
            codes[:] = "elsewhere"
    memo = _longest_memo(catalog, formats_for(view), on.rig, request.type_k, request.slots, request.flash_attention)
    context = _longest_context(rows, chosen, codes, on.rig, request, memo) // view.slots
    runs = np.isin(codes, ("gpu", "offload", "cpu"))
    speed = on.speed
    data: dict[str, Any] = {
        "model": np.array([rows.models[i] for i in chosen], object),
        "format": np.array([rows.formats[i] for i in chosen], object),
        "fit_code": codes,
        "machine": on.rig.name,
        "memory_gb": _needed_bytes(on.places, chosen, codes, sizes.total_bytes) / 1e9,
        "decode_tok_per_s": np.where(runs, speed.decode_tok_per_s[chosen], np.nan),
        "decode_low": np.where(runs, speed.low[chosen], np.nan),
        "decode_high": np.where(runs, speed.high[chosen], np.nan),
        "max_context_tokens": np.where(
            runs & (context > 0), np.maximum(context, np.minimum(view.ctx, part.context_tokens)), np.nan
        ),
    }
    if on.rig.pools.gpus and not on.rig.pools.unified:
        needed = cards_needed(part, on.rig, request)
        data["cards_needed"] = np.where(needed > 0, needed, np.nan)
    return pd.DataFrame(data)


def _wanted(catalog: Catalog, key: str, model: Model, view: View) -> bool:
    licence = catalog.licences.get(model.licence)
    size = model.parameters / 1e9 if model.parameters else None
    return (
        (not view.only or key in view.only)
        and (not view.publisher or model.publisher in view.publisher)
        and (view.licence == "any" or (licence is not None and (licence.openness == "open-source" if view.licence == "open" else licence.commercial in ("yes", "conditions"))))
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
    best = _everywhere(catalog, _asked(view))
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
MADE_LAST = ("fit", "runs", "on_frontier", "decode_text", "band_text")
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
        band_text=[band_text(low, high) for low, high in zip(*speeds[1:], strict=True)],
    )
    return frame.iloc[order][[*COLUMNS, *view.columns]].reset_index(drop=True)


def band_text(low: float, high: float) -> str | None:
    """The band around a speed, rounded to what it supports; `None` where unknown."""
    if not np.isfinite(low):
        return None
    digits = 0 if high >= 20 else 1
    return f"{low:,.{digits}f}–{high:,.{digits}f}"


def speed_text(speed: float, low: float, high: float) -> str:
    """A predicted speed with its band, rounded to what the band supports; empty where unknown."""
    if not np.isfinite(speed):
        return ""
    return f"{speed:,.{0 if high >= 20 else 1}f} ({band_text(low, high)})"


def _taken(values: np.ndarray[Any, Any], at: np.ndarray[Any, np.dtype[np.intp]]) -> np.ndarray[Any, Any]:
    """The values at these positions; unknown (NaN) at -1."""
    if not len(values):
        return np.full(len(at), np.nan)
    found: np.ndarray[Any, Any] = values[np.maximum(at, 0)]
    if (at < 0).any():
        found = found.astype(object if found.dtype == object else float)
        found[at < 0] = np.nan
    return found


def _asked(view: View) -> View:
    """The part of a view that decides where models lie, whatever the list is then filtered and ordered by."""
    return View(**{name: getattr(view, name) for name in (*SHARED, "speed")})


@lru_cache(maxsize=512)
def _everywhere(catalog: Catalog, asked: View) -> pd.DataFrame:
    """Every model that can be sized, in the format and on the machine that suit it best. Cached: read-only."""
    rows = sized_rows(catalog, formats_for(asked))
    rigs = affordable(catalog, asked) if asked.by == "budget" else (rig_of(catalog, asked),)
    if not rows.models:
        return pd.DataFrame(columns=["model", "fit_code"])
    return _best_machine([_one_machine(catalog, rows, rig, asked) for rig in rigs]) if rigs else _nowhere(rows, asked)


def _nowhere(rows: Rows, asked: View) -> pd.DataFrame:
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
    return pd.DataFrame(
        {
            "model": np.array([rows.models[i] for i in usual], object),
            "format": np.array([rows.formats[i] for i in usual], object),
            "fit_code": "unpaid",
            "machine": "",
            "memory_gb": sizes.total_bytes / 1e9,
        }
    )


def listed(catalog: Catalog, view: View, model: str) -> tuple[str, str, int]:
    """Format, machine and longest context the list shows a model with; empty and 0 where it cannot be sized."""
    found = _everywhere(catalog, _asked(view))
    at = np.flatnonzero(found["model"].to_numpy() == model)
    if not len(at):
        return "", "", 0
    row = found.iloc[at[0]]
    longest = row.get("max_context_tokens", np.nan)
    return str(row["format"]), str(row["machine"]), 0 if np.isnan(longest) else int(longest)


def _one_machine(catalog: Catalog, rows: Rows, rig: Rig, view: View) -> pd.DataFrame:
    on = placed(rows, rig, view)
    return _table(catalog, rows, on, _choose(rows, on, view), view)


def _best_machine(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """For each model the machine it runs best on: all in GPU memory first, then the quickest."""
    if len(found) == 1:
        return found[0]
    every = pd.concat(found, ignore_index=True)
    order = every["fit_code"].map({"gpu": 0, "cpu": 1, "offload": 1, "none": 2})
    every = every.assign(order=order).sort_values(
        ["order", "decode_tok_per_s"], ascending=[True, False], na_position="last", kind="stable"
    )
    return every.drop_duplicates("model").drop(columns="order")
