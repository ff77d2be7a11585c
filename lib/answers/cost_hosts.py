"""Who rents a model out, and who rents one as capable: every price, for the visitor's mix of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.catalog import Catalog
from lib.cost.money import DAYS_PER_MONTH, MTOK, blended_usd_per_mtok
from lib.quality.capability import Capability, capability, unknown_why

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.intp]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
_NONE: Ints = np.array([], np.intp)

COLUMNS = ("model", "name", "provider", "input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok", "context_tokens", "as_of", "source", "url")  # fmt: skip
FAR_BELOW, FEWEST_OFFERS = 5.0, 4
"""A price this many times below the median of as many offers of the model is shown, but not taken for the cheapest: such
prices are of another product, out of date, or a slip."""


@lru_cache(maxsize=2)
def all_prices(catalog: Catalog) -> pd.DataFrame:
    """Every price of the catalog that asks something, one a row; see `COLUMNS`. Cached: read-only."""
    rows = [
        (p.model, catalog.models[p.model].name, p.provider, p.input_usd_per_mtok, p.output_usd_per_mtok, p.cache_read_usd_per_mtok,
         p.context_tokens, p.as_of, *catalog.cited(p.source))
        for p in catalog.prices
        if p.model in catalog.models and max(p.input_usd_per_mtok, p.output_usd_per_mtok) > 0
    ]  # fmt: skip
    numbers = {"cache_read_usd_per_mtok": float, "context_tokens": float, "input_usd_per_mtok": float, "output_usd_per_mtok": float}  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(numbers)


@dataclass(frozen=True)
class AsCapable:
    """Models not clearly below one on the general index."""

    mine: Capability | None
    models: tuple[str, ...]
    why_not: str = ""
    """Why none can be named."""


@lru_cache(maxsize=512)
def as_capable(catalog: Catalog, key: str) -> AsCapable:
    """Other models whose place on the index is not clearly below that of `key`.

    Not clearly below: its value is at least the low end of the other's 90 % interval, and its own interval reaches the
    other's value. One alone would let in a model nobody has measured well.
    """
    index = {m: c for m, c in capability("general").items() if m in catalog.models}
    mine = index.get(key)
    if mine is None:
        why = unknown_why(key) or "it has no place on the index"
        return AsCapable(None, (), f"which models are as capable is not known: {why}")
    return AsCapable(mine, tuple(m for m, c in index.items() if m != key and c.value >= mine.low and c.high >= mine.value))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Offers:
    """Prices of one mix of tokens, cheapest first."""

    same: pd.DataFrame
    """Of the model itself, one row an offer."""
    capable: pd.DataFrame
    """Of models as capable, the cheapest offer of each."""
    why_not: str
    """Why no model as capable can be named."""

    @property
    def cheapest_same(self) -> pd.Series | None:
        return _first(self.same)

    @property
    def cheapest_capable(self) -> pd.Series | None:
        return _first(self.capable)


def _first(rows: pd.DataFrame) -> pd.Series | None:
    """The cheapest that counts: its context is long enough or not stated, and its price not far below the others."""
    fits = rows[rows["counts"]] if len(rows) else rows
    return fits.iloc[0] if len(fits) else None


@dataclass(frozen=True, eq=False)
class _Mix:
    """Every price for one mix of tokens, cheapest first, whatever model, context and amount are asked for."""

    prices: pd.DataFrame
    """`COLUMNS` and `usd_per_mtok`."""
    each: Floats
    context: Floats
    far: Flags
    """Whether a price lies far below the others of its model."""
    rows_of: dict[str, Ints]
    """Rows of each model."""
    by_name: Ints
    """Place of each row's model in the order of names."""


@lru_cache(maxsize=8)
def _mix(catalog: Catalog, share_in: float) -> _Mix:
    every = all_prices(catalog)
    found = every.assign(usd_per_mtok=blended_usd_per_mtok(share_in, every["input_usd_per_mtok"], every["output_usd_per_mtok"]))  # fmt: skip
    found = found.sort_values(["usd_per_mtok", "provider", "as_of"], ascending=[True, True, False], kind="stable")
    found = found.reset_index(drop=True)
    of_model = found.groupby("model")["usd_per_mtok"]
    far = (found["usd_per_mtok"] * FAR_BELOW < of_model.transform("median")) & (of_model.transform("size") >= FEWEST_OFFERS)  # fmt: skip
    return _Mix(
        found, found["usd_per_mtok"].to_numpy(float), found["context_tokens"].to_numpy(float), far.to_numpy(bool),
        {str(model): np.sort(at) for model, at in found.groupby("model").indices.items()},
        np.unique(found["name"].to_numpy(object).astype(str), return_inverse=True)[1],
    )  # fmt: skip


def _offers(mix: _Mix, at: Ints, short: Flags, tokens: float) -> pd.DataFrame:
    """The prices at `at`, in that order, with what they come to and whether they count; see `Offers`."""
    remark = np.select([short[at], mix.far[at]], ["shorter context than asked for", "far below the other offers of this model"], "")  # fmt: skip
    each = mix.each[at] * tokens / MTOK * DAYS_PER_MONTH
    found = mix.prices.take(at).reset_index(drop=True)
    return found.assign(usd_per_month=each, remark=remark, counts=remark == "")


@lru_cache(maxsize=256)
def offers(catalog: Catalog, key: str, share_in: float, tokens: float, context: int) -> Offers:
    """What providers ask for `tokens` a day of this mix, of the model and of those as capable. Cached: read-only."""
    mix, other = _mix(catalog, share_in), as_capable(catalog, key)
    short = mix.context < context
    passed_over = short | mix.far
    best = [at[np.argmin(passed_over[at])] for m in other.models if (at := mix.rows_of.get(m, _NONE)).size]
    cheapest = np.array(best, np.intp)
    order = np.lexsort((cheapest, passed_over[cheapest], mix.by_name[cheapest], mix.each[cheapest]))
    return Offers(
        _offers(mix, mix.rows_of.get(key, _NONE), short, tokens),
        _offers(mix, cheapest[order], short, tokens),
        other.why_not,
    )
