"""What one model takes on this machine: over contexts and cache types, layer by layer, and how wrong we are."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.budget import affordable
from lib.answers.layers import layers_of, layers_text, pools_of
from lib.answers.machine import Rig, rig_of
from lib.answers.machines import USUAL_FORMAT, wanted_model
from lib.answers.memory import Explanation, explain_memory
from lib.answers.models import rank_models, weights_of
from lib.catalog import Catalog
from lib.catalog.load import FOLDER
from lib.catalog.schema import Model
from lib.fit import FIT_WORDS
from lib.quality.loss import Loss, cache_loss
from lib.sizing import placement
from lib.sizing import table as sizing
from lib.sizing.kv_cache import CELL_STEP
from lib.sizing.pools import PoolSet
from lib.view import View

CACHE_TYPES = ("f16", "q8_0", "q4_0")
SLOTS = (1, 4, 16)
SHORTEST_CONTEXT_TOKENS = 2048
DRAWN_UP_TO = 3.0
"""Contexts are drawn until one takes this many times what the machine has: beyond it the bars of interest would vanish."""


@dataclass(frozen=True, eq=False)
class MemoryPage:
    model: str
    sentence: str
    notes: tuple[str, ...]
    bars: pd.DataFrame
    """context, cache, part, gb, order, end_gb, total_gb, text, fit, limit_gb, drawn: one row a part of a bar."""
    sizes: pd.DataFrame
    """context, cache, one column a part in GB, total_gb, fit: the rows behind the bars."""
    longest: pd.DataFrame
    """cache, slots, gpu_tokens, any_tokens, loss: longest context for each slot."""
    limit_title: str
    chart_text: str
    layers: pd.DataFrame
    """layer, part, pool, gb: where each layer lies."""
    layers_text: str
    pools: pd.DataFrame
    """pool, layers, experts, weights_gb, kv_gb, compute_gb, kept_gb, spare_gb."""
    explained: Explanation
    errors: pd.DataFrame
    """What our figures and rules of thumb missed the engine's by; see `memory_errors`."""


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


@lru_cache(maxsize=256)
def memory_page(catalog: Catalog, view: View) -> MemoryPage:
    """Everything the page “Memory” draws for a view, but the ladder. Cached: treat its frames as read-only."""
    about = subject(catalog, view)
    name, errors = about.model.name, memory_errors()
    empty = pd.DataFrame()
    nothing = Explanation(name, "", empty, empty, (), "", "")
    if about.rig is None:
        why = f"No device with a known price costs ${view.budget:,} or less, so there is no machine to put {name} on."
        return MemoryPage(about.id, why, (), empty, empty, empty, "", "", empty, "", empty, nothing, errors)
    try:
        size = weights_of(about.model.architecture, about.form) if about.model.architecture else None
    except ValueError as error:
        why = f"{name} cannot be sized at {about.form}: {error}."
        return MemoryPage(about.id, why, (), empty, empty, empty, "", "", empty, "", empty, nothing, errors)
    assert about.model.architecture is not None and size is not None  # `wanted_model` names only models with shapes
    longest = about.model.context_tokens or about.model.architecture.context_tokens
    sizes = _sizes(about, view, _contexts(longest, view.ctx))
    found = placement.place(
        about.model.architecture, size, about.rig.pools, _request(view.ctx, view.slots, view.kv, view)
    )
    sentence = _sentence(about, found, view)
    notes = [
        "Every bar is the model with all of it in one place, as the engine allocates it; what driver, desktop or system keep is stated apart.",
    ]
    if longest is None:
        notes.append("How long a context it was made for is not stated, so the bars end at the context asked for.")
    elif view.ctx > longest:
        notes.append(f"It was made for {longest:,} tokens: the {view.ctx:,} asked for are beyond what it knows.")
    layers, pools = layers_of(about.model.architecture, size, found, request), pools_of(about.model.architecture, found)
    return MemoryPage(
        about.id, sentence, tuple(notes), _bars(sizes, _limit_gb(about.rig)), sizes, _longest(catalog, about, view, longest),
        f"{_room(about.rig)} {_limit_gb(about.rig):,.1f} GB", f"Stacked bars of the memory {name} takes at {about.form} by context and type of KV cache. {sentence} The same rows are in the table below.",
        layers, layers_text(pools), pools, explain_memory(catalog, view, about.id), errors,
    )  # fmt: skip


def _request(context: int, slots: int, cache: str, view: View) -> sizing.Request:
    attention = view.fa == "on" or cache not in ("f16", "bf16", "f32")
    return sizing.Request(context * slots, type_k=cache, type_v=cache, slots=slots, flash_attention=attention)


def _contexts(longest: int | None, asked: int) -> list[int]:
    """Doubling from the shortest, and the model's longest, and the one asked for."""
    end = longest or asked
    doubled = [SHORTEST_CONTEXT_TOKENS << i for i in range(end.bit_length()) if SHORTEST_CONTEXT_TOKENS << i <= end]
    return sorted({*doubled, end, min(asked, end)})


def _room(rig: Rig) -> str:
    return "GPU memory" if rig.pools.gpus and not rig.pools.unified else "memory"


def _limit_gb(rig: Rig) -> float:
    pools = rig.pools.gpus or (rig.pools.ram,)
    return sum(p.total_bytes for p in pools if p) / 1e9


def _sizes(about: Subject, view: View, contexts: Sequence[int]) -> pd.DataFrame:
    """Every context in every cache type: the parts in GB with all of the model in one place, and how it fits."""
    rig, a = about.rig, about.model.architecture
    assert rig is not None and a is not None
    table = sizing.sizing_table([(a, weights_of(a, about.form))] * len(contexts))
    gpus, pools = len(rig.pools.gpus), rig.pools.gpus or (rig.pools.ram,)
    kept = sum(p.reserved_bytes for p in pools if p) / 1e9
    frames = []
    for cache in dict.fromkeys((*CACHE_TYPES, view.kv)):
        request = _request(contexts[0], view.slots, cache, view)
        on = sizing.place_all(table, rig.pools, request, np.array(contexts) * view.slots)
        codes = np.array(sizing.FITS)[on.fit]
        where = slice(None, gpus) if gpus else slice(None)
        inside = (codes == "gpu") | (gpus == 0)
        alone = [
            sizing.size_all(table, c * view.slots, type_k=cache, type_v=cache, slots=view.slots, flash_attention=request.flash_attention)
            for c in contexts
        ]  # fmt: skip
        parts: dict[str, Any] = {"context": contexts, "cache": cache}
        for part, placed, one in (
            ("weights", on.weights_bytes, [int(s.weights_bytes[0]) for s in alone]),
            ("KV cache", on.kv_bytes, [int(s.kv_bytes[0]) for s in alone]),
            ("compute buffer", on.compute_bytes, [int(s.compute_bytes[0]) for s in alone]),
        ):
            parts[part] = np.where(inside, placed[:, where].sum(axis=1), one) / 1e9
        parts["kept by system"] = kept
        frames.append(pd.DataFrame(parts).assign(fit=[FIT_WORDS[c] for c in codes]))
    frame = pd.concat(frames, ignore_index=True)
    frame["total_gb"] = frame[["weights", "KV cache", "compute buffer"]].sum(axis=1)
    return frame.sort_values(["context", "cache"], key=_cache_order, kind="stable").reset_index(drop=True)


def _cache_order(column: pd.Series[Any]) -> pd.Series[Any]:
    order = {name: i for i, name in enumerate(CACHE_TYPES)}
    return column.map(lambda c: order.get(c, len(order))) if column.name == "cache" else column


def _bars(sizes: pd.DataFrame, limit_gb: float) -> pd.DataFrame:
    parts = ["weights", "KV cache", "compute buffer", "kept by system"]
    long = sizes.melt(["context", "cache", "fit", "total_gb"], parts, "part", "gb")
    long["order"] = long["part"].map({p: i for i, p in enumerate(parts)})
    long["end_gb"] = long.groupby(["context", "cache"])["gb"].transform("sum")
    least = long.groupby("context")["end_gb"].transform("max")
    drawn = (least <= DRAWN_UP_TO * limit_gb) | (long["context"] == long["context"].min())
    text = [f"{c} · {e:,.1f} GB · {f}" if o == 0 else "" for c, e, f, o in zip(long["cache"], long["end_gb"], long["fit"], long["order"], strict=True)]  # fmt: skip
    return long.assign(text=text, limit_gb=limit_gb, drawn=drawn, at=[f"{c:,}" for c in long["context"]])


def _longest(catalog: Catalog, about: Subject, view: View, longest: int | None) -> pd.DataFrame:
    """Longest context of each slot, by cache type and number of slots: all in GPU memory, and anywhere."""
    rig, a = about.rig, about.model.architecture
    assert rig is not None and a is not None
    table = sizing.sizing_table([(a, weights_of(a, about.form))])
    rows = []
    for cache in dict.fromkeys((*CACHE_TYPES, view.kv)):
        costs = _cache_cost(catalog, cache)
        for slots in SLOTS:
            request = _request(CELL_STEP, slots, cache, view)
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


def _cache_cost(catalog: Catalog, cache: str) -> str:
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


def _sentence(about: Subject, found: placement.Placement, view: View) -> str:
    rig = about.rig
    assert rig is not None
    used = [u for u in found.pools if not (found.fit == "gpu" and u.pool.kind == "ram")]
    weights = sum(u.weights_bytes for u in used)
    total = sum(u.weights_bytes + u.kv_bytes + u.compute_bytes for u in used)
    what = f"{about.model.name} at {about.form}"
    each = f" for each of {view.slots} conversations" if view.slots > 1 else ""
    share = f"weights are {100 * weights / total:.0f} % of it"
    if found.fit == "none":
        short = -sum(min(u.spare_bytes, 0) for u in found.pools)
        lack = f"is {short / 1e9:,.1f} GB short" if short else "the engine cannot make its cache in this type"
        return f"{what} takes {total / 1e9:,.1f} GB at {view.ctx:,} tokens{each} and does not fit your {rig.name}: it {lack}."
    if found.fit != "offload":
        return f"{what} takes {total / 1e9:,.1f} GB of your {rig.name} at {view.ctx:,} tokens{each}; {share}."
    ram = sum(u.weights_bytes + u.kv_bytes + u.compute_bytes for u in used if u.pool.kind == "ram")
    return f"{what} takes {total / 1e9:,.1f} GB at {view.ctx:,} tokens{each}: {(total - ram) / 1e9:,.1f} GB of your {rig.name} and {ram / 1e9:,.1f} GB of RAM; {share}."


@lru_cache(maxsize=1)
def memory_errors(path: Path = FOLDER / "calibration" / "memory_error.csv") -> pd.DataFrame:
    """The table `benchmarks/memory_error.py` writes: part, class, method, cases, exact, median_pct, p95_pct, max_pct, engine."""
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError:
        return pd.DataFrame()
    frame = pd.DataFrame(rows)
    for column in ("cases", "exact", "median_pct", "p95_pct", "max_pct"):
        frame[column] = pd.to_numeric(frame[column])
    return frame
