"""What one model takes on this machine: over contexts and cache types, layer by layer, and how wrong we are."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from lib.answers.contexts import (
    Subject,
    bars_of,
    contexts_of,
    gb_text,
    longest_contexts,
    sizes_by_context,
    subject,
)
from lib.answers.layers import layers_of, layers_text, pools_of
from lib.answers.machine import Rig
from lib.answers.memory import Explanation, explain_memory
from lib.answers.sized import request_of, weights_of
from lib.catalog import Catalog
from lib.catalog.load import FOLDER
from lib.sizing import placement
from lib.view import View


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
    errors_sentence: str
    errors: pd.DataFrame
    """What our figures and rules of thumb missed the engine's by; see `memory_errors`."""


@lru_cache(maxsize=256)
def memory_page(catalog: Catalog, view: View) -> MemoryPage:
    """Everything the page “Memory” draws for a view, but the ladder. Cached: treat its frames as read-only."""
    about = subject(catalog, view)
    name, a, rig = about.model.name, about.model.architecture, about.rig
    if rig is None:
        why = f"No device with a known price costs ${view.budget:,} or less, so there is no machine to put {name} on."
        return _nothing(about, why)
    assert a is not None  # `wanted_model` names only models with shapes
    try:
        size = weights_of(a, about.form)
    except ValueError as error:
        return _nothing(about, f"{name} cannot be sized at {about.form}: {error}.")
    longest = about.model.context_tokens or a.context_tokens
    request = request_of(view)
    found = placement.place(a, size, rig.pools, request)
    sizes, pools = sizes_by_context(about, rig, view, contexts_of(longest, view.ctx)), pools_of(a, found)
    limit_gb = sum(p.total_bytes for p in rig.pools.gpus or (rig.pools.ram,) if p) / 1e9
    room = "GPU memory" if rig.pools.gpus and not rig.pools.unified else "memory"
    whole = sizes.loc[(sizes["context"] == view.ctx) & (sizes["cache"] == view.kv), "total_gb"]
    sentence = _sentence(about, rig, found, view, float(whole.iloc[0]) if len(whole) else None)
    return MemoryPage(
        about.id, sentence, _notes(about, longest, view), bars_of(sizes, limit_gb), sizes, longest_contexts(catalog, about, rig, view, longest),
        f"{room} {limit_gb:,.1f} GB", f"Stacked bars of the memory {name} takes at {about.form} by context and type of KV cache. {sentence} The same rows are in the table below.",
        layers_of(a, size, found, request), layers_text(pools), pools, explain_memory(catalog, view, about.id), errors_text(memory_errors()), memory_errors(),
    )  # fmt: skip


def _nothing(about: Subject, why: str) -> MemoryPage:
    empty = pd.DataFrame()
    explained = Explanation(about.model.name, "", {}, "", "")
    return MemoryPage(about.id, why, (), empty, empty, empty, "", "", empty, "", empty, explained, "", memory_errors())


def _notes(about: Subject, longest: int | None, view: View) -> tuple[str, ...]:
    notes = [
        "A bar is the model with all of it in one place, as the engine allocates it; what driver, desktop or system keep is a part of its own."
    ]
    if view.model and view.model != about.id:
        notes.append(f"{view.model} cannot be sized (its shapes are not public), so {about.model.name} is shown.")
    if longest is None:
        notes.append("How long a context it was made for is not stated, so the bars end at the context asked for.")
    elif view.ctx > longest:
        notes.append(f"It was made for {longest:,} tokens: the {view.ctx:,} asked for are beyond what it knows.")
    return tuple(notes)


def _sentence(about: Subject, rig: Rig, found: placement.Placement, view: View, whole_gb: float | None) -> str:
    """What the model takes and where; where it does not fit, `whole_gb`, all of it in one place, as its bar says."""
    used = [u for u in found.pools if not (found.fit == "gpu" and u.pool.kind == "ram")]
    weights = sum(u.weights_bytes for u in used)
    total = sum(u.weights_bytes + u.kv_bytes + u.compute_bytes for u in used)
    what = f"{about.model.name} at {about.form}"
    each = f" for each of {view.slots} conversations" if view.slots > 1 else ""
    share = f"weights are {100 * weights / total:.0f} % of it"
    if found.fit == "none":
        short = -sum(min(u.spare_bytes, 0) for u in found.pools)
        spread = "even with a part in RAM " if rig.pools.gpus and not rig.pools.unified else ""
        lack = (
            f"{spread}it is {gb_text(short / 1e9)} short" if short else "the engine cannot make its cache in this type"
        )
        return f"{what} takes {gb_text(whole_gb or total / 1e9)} at {view.ctx:,} tokens{each} and does not fit your {rig.name}: {lack}."
    if found.fit != "offload":
        return f"{what} takes {gb_text(total / 1e9)} of your {rig.name} at {view.ctx:,} tokens{each}; {share}."
    ram = sum(u.weights_bytes + u.kv_bytes + u.compute_bytes for u in used if u.pool.kind == "ram")
    return f"{what} takes {gb_text(total / 1e9)} at {view.ctx:,} tokens{each}: {gb_text((total - ram) / 1e9)} of your {rig.name} and {gb_text(ram / 1e9)} of RAM; {share}."


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


def errors_text(errors: pd.DataFrame) -> str:
    """Our error of the total in a sentence, beside what the rules of thumb miss by."""
    total = errors[errors["part"] == "total"] if len(errors) else errors
    if total.empty:
        return ""
    ours, rules = total.iloc[0], total.iloc[1:]
    thumbs = ", ".join(f"{r['method']}: {r['median_pct']:.0f} % and {r['max_pct']:.0f} %" for _, r in rules.iterrows())
    return (
        f"Of {ours['cases']:,} runs of {ours['engine']} with all layers on one card, our total is the engine's own in {ours['exact']:,}; "
        f"the median error is {ours['median_pct']:.2f} %, the largest {ours['max_pct']:.2f} %. "
        f"Rules of thumb on the same runs, at the median and at worst: {thumbs}. "
        "What the driver and the desktop keep is not in these figures: it varies by machine and is stated apart."
    )
