"""One model over contexts and types of the KV cache: what it takes in each, and how long a context fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.budget import affordable
from lib.answers.machine import Rig, rig_of
from lib.answers.machines import wanted_model
from lib.answers.models import USUAL_FORMAT, rank_models, weights_of
from lib.catalog import Catalog
from lib.catalog.schema import Model
from lib.fit import FIT_WORDS
from lib.quality.loss import Loss, cache_loss
from lib.sizing import table as sizing
from lib.sizing.demand import demand
from lib.sizing.kv_cache import CELL_STEP
from lib.sizing.pools import PoolSet
from lib.view import View

CACHE_TYPES = ("f16", "q8_0", "q4_0")
SLOTS = (1, 4, 16)
SHORTEST_CONTEXT_TOKENS = 2048
DRAWN_UP_TO = 3.0
"""Contexts are drawn until one takes this many times what the machine has: beyond it the bars of interest would vanish."""
PARTS = ("weights", "KV cache", "compute buffer", "kept by system")
Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Subject:
    """The model, format and machine the page is about."""

    id: str
    model: Model
    form: str
    rig: Rig | None
    """`None` where money buys no machine."""


def subject(catalog: Catalog, view: View) -> Subject:
    """The view's model in the format the front page shows it in, on the machine it is shown on there."""
    key = wanted_model(catalog, view)
    listed = rank_models(catalog, view.model_copy(update={"only": (key,), "fit": "any", "columns": ()}))
    first = listed.iloc[0] if len(listed) else None
    form = first["format"] if first is not None and isinstance(first["format"], str) else None
    if view.by == "machine":
        rig: Rig | None = rig_of(catalog, view)
    else:
        shown = first["machine"] if first is not None else None
        rig = next((r for r in affordable(catalog, view) if r.name == shown), None)
    return Subject(key, catalog.models[key], form or (USUAL_FORMAT if view.quant == "best" else view.quant), rig)


def request_for(context: int, slots: int, cache: str, view: View) -> sizing.Request:
    """`context` tokens for each of `slots` in a cache of one type. A quantized V cache needs flash attention, so it turns it on."""
    attention = view.fa == "on" or cache not in ("f16", "bf16", "f32")
    return sizing.Request(context * slots, type_k=cache, type_v=cache, slots=slots, flash_attention=attention)


@dataclass(frozen=True, eq=False)
class Taken:
    """Bytes of every row of a table with all of the model in one place; `[rows]`."""

    weights: Numbers
    kv: Numbers
    compute: Numbers
    places: sizing.Placements

    @property
    def total(self) -> Numbers:
        return self.weights + self.kv + self.compute


def in_one_place(
    table: sizing.SizingTable, rig: Rig, request: sizing.Request, contexts: Numbers | None = None
) -> Taken:
    """What each row takes with all of it in GPU memory (in RAM where there is no GPU), whether it fits or not.

    As the engine lays it out on the machine's cards where it fits them; else as on one card that is large enough.
    """
    need = demand(table, request, contexts)
    on = sizing.place_all(table, rig.pools, request, need=need)
    gpus = len(rig.pools.gpus)
    if not gpus:
        return Taken(on.weights_bytes.sum(axis=1), on.kv_bytes.sum(axis=1), on.compute_bytes.sum(axis=1), on)
    inside = on.fit == sizing.FITS.index("gpu")
    compute = np.where(inside, on.compute_bytes[:, :gpus].sum(axis=1), need.on_cards.card[need.of])
    return Taken(table.layer_sums[:, -1], need.kv_sums[need.of, -1], compute, on)


def contexts_of(longest: int | None, asked: int) -> list[int]:
    """Doubling from the shortest, and the model's longest, and the one asked for."""
    end = longest or asked
    doubled = [SHORTEST_CONTEXT_TOKENS << i for i in range(end.bit_length()) if SHORTEST_CONTEXT_TOKENS << i <= end]
    return sorted({*doubled, end, min(asked, end)})


def sizes_by_context(about: Subject, rig: Rig, view: View, contexts: Sequence[int]) -> pd.DataFrame:
    """context, cache, a column a part in GB, fit, total_gb (without what the system keeps)."""
    a = about.model.architecture
    assert a is not None  # `wanted_model` names only models with shapes
    table = sizing.sizing_table([(a, weights_of(a, about.form))] * len(contexts))
    kept = sum(p.reserved_bytes for p in rig.pools.gpus or (rig.pools.ram,) if p) / 1e9
    frames = []
    for cache in dict.fromkeys((*CACHE_TYPES, view.kv)):
        request = request_for(contexts[0], view.slots, cache, view)
        taken = in_one_place(table, rig, request, np.array(contexts) * view.slots)
        parts = dict(zip(PARTS, (taken.weights / 1e9, taken.kv / 1e9, taken.compute / 1e9, kept), strict=True))
        words = [FIT_WORDS[c] for c in np.array(sizing.FITS)[taken.places.fit]]
        frames.append(
            pd.DataFrame({"context": contexts, "cache": cache, **parts, "fit": words, "total_gb": taken.total / 1e9})
        )
    frame = pd.concat(frames, ignore_index=True)
    return frame.sort_values(["context", "cache"], key=_cache_order, kind="stable").reset_index(drop=True)


def _cache_order(column: pd.Series[Any]) -> pd.Series[Any]:
    order = {name: i for i, name in enumerate(CACHE_TYPES)}
    return column.map(lambda c: order.get(c, len(order))) if column.name == "cache" else column


def bars_of(sizes: pd.DataFrame, limit_gb: float) -> pd.DataFrame:
    """One row a part of a bar: context, at, cache, part, gb, order, end_gb, text, fit, limit_gb, drawn."""
    long = sizes.melt(["context", "cache", "fit", "total_gb"], list(PARTS), "part", "gb")
    long["order"] = long["part"].map({p: i for i, p in enumerate(PARTS)})
    long["end_gb"] = long.groupby(["context", "cache"])["gb"].transform("sum")
    least = long.groupby("context")["end_gb"].transform("max")
    drawn = (least <= DRAWN_UP_TO * limit_gb) | (long["context"] == long["context"].min())
    text = [f"{c} · {e:,.1f} GB · {f}" if o == 0 else "" for c, e, f, o in zip(long["cache"], long["end_gb"], long["fit"], long["order"], strict=True)]  # fmt: skip
    return long.assign(text=text, limit_gb=limit_gb, drawn=drawn, at=[f"{c:,}" for c in long["context"]])


def longest_contexts(catalog: Catalog, about: Subject, rig: Rig, view: View, longest: int | None) -> pd.DataFrame:
    """Longest context of each slot, by cache type and number of slots: all in GPU memory, and anywhere."""
    a = about.model.architecture
    assert a is not None
    table = sizing.sizing_table([(a, weights_of(a, about.form))])
    rows = []
    for cache in dict.fromkeys((*CACHE_TYPES, view.kv)):
        costs = cache_cost(catalog, cache)
        for slots in SLOTS:
            request = request_for(CELL_STEP, slots, cache, view)
            cards = _most(table, replace(rig.pools, ram=None), request, longest) if rig.pools.gpus else np.nan
            rows.append((cache, slots, cards, _most(table, rig.pools, request, longest), costs))
    return pd.DataFrame(rows, columns=["cache", "slots", "gpu_tokens", "any_tokens", "loss"])


def _most(table: sizing.SizingTable, pools: PoolSet, request: sizing.Request, longest: int | None) -> float:
    """Most tokens for each slot, in whole steps of the cache, up to the model's longest; NaN where none fit or that is not known."""
    low, high = 0, (longest or 0) // CELL_STEP
    while low < high:
        middle = (low + high + 1) // 2
        found = sizing.place_all(table, pools, request, np.array([middle * CELL_STEP * request.slots]))
        low, high = (middle, high) if found.fit[0] > 0 else (low, middle - 1)
    return low * CELL_STEP or np.nan


def cache_cost(catalog: Catalog, cache: str) -> str:
    """What a cache type cost where it was measured, in words."""
    if cache in ("f16", "bf16", "f32"):
        return "the reference"
    found = cache_loss(catalog.quantization_loss.values(), cache, "perplexity")
    if found is None:
        return "not measured"
    return f"perplexity {rise_text(found)} ({', '.join(found.measured_on)})"


def rise_text(found: Loss) -> str:
    """A band of perplexity rises in per cent, in words: `+1.2 to +4.8 %`."""
    low, high = (_percent(v) for v in (found.low, found.high))
    return f"{low} %" if low == high else f"{low} to {high} %"


def _percent(share: float) -> str:
    number = 100 * share
    return f"{number:+.0f}" if abs(number) >= 10 else f"{number:+.1f}" if abs(number) >= 1 else f"{number:+.2f}"
