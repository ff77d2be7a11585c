"""Who rents a model out, and who rents one as capable: every price, for the visitor's mix of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.catalog import Catalog
from lib.cost.money import DAYS_PER_MONTH, MTOK, blended_usd_per_mtok
from lib.quality.capability import Capability, capability, unknown_why

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


def _priced(rows: pd.DataFrame, share_in: float, tokens: float, context: int) -> pd.DataFrame:
    each = blended_usd_per_mtok(share_in, rows["input_usd_per_mtok"].to_numpy(float), rows["output_usd_per_mtok"].to_numpy(float))  # fmt: skip
    length = rows["context_tokens"].to_numpy(float)
    found = rows.assign(usd_per_mtok=each, usd_per_month=each * tokens / MTOK * DAYS_PER_MONTH)
    of_model = found.groupby("model")["usd_per_mtok"]
    far = (found["usd_per_mtok"] * FAR_BELOW < of_model.transform("median")) & (of_model.transform("size") >= FEWEST_OFFERS)  # fmt: skip
    short = length < context
    remark = np.select([short, far.to_numpy(bool)], ["shorter context than asked for", "far below the other offers of this model"], "")  # fmt: skip
    found = found.assign(remark=remark, counts=remark == "")
    return found.sort_values(["usd_per_mtok", "provider", "as_of"], ascending=[True, True, False], kind="stable")


@lru_cache(maxsize=256)
def offers(catalog: Catalog, key: str, share_in: float, tokens: float, context: int) -> Offers:
    """What providers ask for `tokens` a day of this mix, of the model and of those as capable. Cached: read-only."""
    every = all_prices(catalog)
    other = as_capable(catalog, key)
    same = _priced(every[every["model"] == key], share_in, tokens, context).reset_index(drop=True)
    capable = _priced(every[every["model"].isin(other.models)], share_in, tokens, context)
    capable = capable.sort_values("counts", ascending=False, kind="stable").drop_duplicates("model")
    capable = capable.sort_values(["usd_per_mtok", "name"], kind="stable").reset_index(drop=True)
    return Offers(same, capable, other.why_not)
