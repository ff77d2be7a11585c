"""One model over contexts and types of the KV cache: what it takes in each, and how long a context fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.budget import affordable
from lib.answers.machine import Rig, rig_of
from lib.answers.machines import wanted_model
from lib.answers.models import rank_models
from lib.answers.sized import USUAL_FORMAT, request_for, weights_of
from lib.architecture import Architecture
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
TRIED_AT_ONCE = 16
"""Contexts looked at in one step of the search: sixteen cost hardly more than one."""
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
    return Taken(table.layers_bytes, need.kv_bytes[need.kv_of], compute, on)


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
    rows = []
    for cache in dict.fromkeys((*CACHE_TYPES, view.kv)):
        request = request_for(contexts[0], view.slots, cache, view)
        taken = in_one_place(table, rig, request, np.array(contexts) * view.slots)
        for context, total, fit, *parts in zip(
            contexts, taken.total / 1e9, taken.places.fit, taken.weights / 1e9, taken.kv / 1e9, taken.compute / 1e9, strict=True
        ):  # fmt: skip
            rows.append((context, cache, *parts, kept, FIT_WORDS[sizing.FITS[fit]], total))
    rows.sort(key=lambda row: row[0])
    return pd.DataFrame(rows, columns=["context", "cache", *PARTS, "fit", "total_gb"])


def gb_text(gb: float) -> str:
    """GB of 10⁹ bytes with as many digits as small models need."""
    return f"{gb:,.1f} GB" if gb >= 10 else f"{gb:,.2f} GB"


def bars_of(sizes: pd.DataFrame, limit_gb: float) -> pd.DataFrame:
    """One row a part of a bar: context, at, cache, part, gb, order, end_gb, text, fit, limit_gb, drawn."""
    rows: list[tuple[object, ...]] = []
    for context, group in sizes.groupby("context"):
        drawn = not rows or (group[list(PARTS)].sum(axis=1) <= DRAWN_UP_TO * limit_gb).all()
        for bar in group.to_dict("records"):
            end = sum(bar[part] for part in PARTS)
            for order, part in enumerate(PARTS):
                text = f"{bar['cache']} · {gb_text(bar['total_gb'])}" if order == 0 else ""
                rows.append((context, f"{context:,}", bar["cache"], part, bar[part], order, end, text, bar["fit"], limit_gb, drawn))  # fmt: skip
    columns = ["context", "at", "cache", "part", "gb", "order", "end_gb", "text", "fit", "limit_gb", "drawn"]
    return pd.DataFrame(rows, columns=columns)


def longest_contexts(catalog: Catalog, about: Subject, rig: Rig, view: View, longest: int | None) -> pd.DataFrame:
    """Longest context of each slot, by cache type and number of slots: all in GPU memory, and anywhere."""
    a, cards = about.model.architecture, replace(rig.pools, ram=None)
    assert a is not None
    rows = []
    for cache in dict.fromkeys((*CACHE_TYPES, view.kv)):
        for slots in SLOTS:
            request = request_for(CELL_STEP, slots, cache, view)
            inside = _most(a, about.form, cards, request, longest) if cards.gpus else np.nan
            rows.append(
                (cache, slots, inside, _most(a, about.form, rig.pools, request, longest), cache_cost(catalog, cache))
            )
    return pd.DataFrame(rows, columns=["cache", "slots", "gpu_tokens", "any_tokens", "loss"])


@lru_cache(maxsize=4096)
def _most(a: Architecture, form: str, pools: PoolSet, request: sizing.Request, longest: int | None) -> float:
    """Most tokens for each slot, in whole steps of the cache, up to the model's longest; NaN where none fit or that is not known."""
    table = sizing.sizing_table([(a, weights_of(a, form))] * TRIED_AT_ONCE)
    low, high = 0, (longest or 0) // CELL_STEP
    while low < high:
        tried = np.linspace(low + 1, high, TRIED_AT_ONCE).round().astype(np.int64)
        fits = sizing.place_all(table, pools, request, tried * CELL_STEP * request.slots).fit > 0
        low, high = int(tried[fits].max(initial=low)), int(tried[~fits].min(initial=high + 1)) - 1
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
