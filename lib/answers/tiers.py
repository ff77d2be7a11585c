"""Sizes of memory as people buy it, and which models lie wholly in each."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lib.answers.machine import rig_of
from lib.answers.sized import formats_for, request_of, sized_rows
from lib.catalog import Catalog
from lib.sizing import table as sizing
from lib.sizing.demand import demand
from lib.sizing.pools import GIB, Pool, PoolSet, card_pool
from lib.view import View

TIERS = (8, 16, 24, 48, 96, 192)
"""Sizes of memory, in GB as cards are sold, each of 2^30 bytes."""
USUAL_TIER = 24

Fits = dict[int, dict[str, tuple[str, float]]]
"""Tier to model to the most exact format that fits and the GB (10^9 bytes) it takes."""


def tier_pool(tier: int, reserve_gib: float) -> Pool:
    """The memory of one card sold with `tier` GB: what its driver and a desktop of `reserve_gib` GiB leave is usable."""
    return card_pool(f"{tier} GB", tier * GIB, None, desktop_bytes=round(reserve_gib * GIB))


def fitting(catalog: Catalog, view: View) -> Fits:
    """Which open models lie wholly in each size of memory, in the view's format, context, cache and slots.

    Models made for a shorter context than the view's do not count; nor does the licence here.
    """
    return _fitting(catalog, formats_for(view), view.ctx, view.kv, view.slots, view.fa, view.reserve)


@lru_cache(maxsize=128)
def _fitting(
    catalog: Catalog, formats: tuple[str, ...], ctx: int, kv: str, slots: int, fa: str, reserve: float
) -> Fits:
    request = request_of(View.model_validate({"ctx": ctx, "kv": kv, "slots": slots, "fa": fa}))
    rows = sized_rows(catalog, formats)
    able = np.array([long_enough(catalog, model, ctx) for model in rows.models], bool)
    need = demand(rows.table, request) if rows.models else None
    fits: Fits = {}
    for tier in TIERS:
        held = fits.setdefault(tier, {})
        if need is None:
            continue
        places = sizing.place_all(rows.table, PoolSet((tier_pool(tier, reserve),)), request, need=need)
        taken = (places.weights_bytes + places.kv_bytes + places.compute_bytes)[:, 0] / 1e9
        # Rows of a model stand together, most exact first.
        for i in rows.firsts((places.fit == sizing.FITS.index("gpu")) & able):
            held[rows.models[i]] = rows.formats[i], float(taken[i])
    return fits


def long_enough(catalog: Catalog, key: str, ctx: int) -> bool:
    """Whether a model is open and made for a context of `ctx` tokens; one that states no longest context counts."""
    model = catalog.models[key]
    return model.open_weights and (model.context_tokens is None or model.context_tokens >= ctx)


def tier_of(catalog: Catalog, view: View) -> int:
    """The size of memory the sentence speaks of: the largest not above what the machine has for models."""
    if view.by == "budget" or not catalog.devices:
        return USUAL_TIER
    have = memory_bytes(catalog, view)
    return max((tier for tier in TIERS if tier * GIB <= have), default=TIERS[0])


def memory_bytes(catalog: Catalog, view: View) -> int:
    """The memory the machine has for models: all of its cards together; of a memory shared with the system its part."""
    rig = rig_of(catalog, view)
    return rig.limit_bytes if rig.pools.unified or not rig.pools.gpus else sum(p.total_bytes for p in rig.pools.gpus)


def label_of(tier: int) -> str:
    """A size of memory as tables and charts print it."""
    return f"{tier} GB"
