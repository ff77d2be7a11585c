"""Prices that are a slip of a decimal point or of a column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from lib.catalog.catalog import Catalog, Problem

DEAREST_USD_PER_MTOK = 1000.0
CHEAPEST_OUTPUT = 0.1
"""Share of the input price below which output is never sold."""
FAR = 20.0
"""Times the median of a model's other prices."""


def plausible(catalog: Catalog) -> Iterator[Problem]:
    """A price lies above nothing, below a thousand dollars, and output costs at least a tenth of input."""
    outputs: dict[str, list[float]] = defaultdict(list)
    for price in catalog.prices:
        outputs[price.model].append(price.output_usd_per_mtok)
    for price in catalog.prices:
        place = f"prices {price.model} {price.provider} {price.provider_model}"
        asked, told = price.input_usd_per_mtok, price.output_usd_per_mtok
        given = f"{asked:g} in, {told:g} out"
        others = outputs[price.model]
        if max(asked, told) >= DEAREST_USD_PER_MTOK:
            yield Problem(place, given, "below 1000 USD a million tokens", "price")
        elif max(asked, told) == 0:
            yield Problem(place, given, "above 0: an offer for nothing is no price", "price")
        elif told < asked * CHEAPEST_OUTPUT:
            yield Problem(place, given, "output at a tenth of the input's price at least; swapped?", "price")
        elif len(others) >= 4 and not median(others) / FAR <= told <= median(others) * FAR:
            yield Problem(place, given, f"output near the other providers' {median(others):g}", "price")
        if (kept := price.cache_read_usd_per_mtok) and kept > asked:
            yield Problem(place, f"{kept:g} from the cache", f"at most the input's {asked:g}", "price")


def twice(catalog: Catalog) -> Iterator[Problem]:
    """One offer, two prices on one day."""
    seen = set()
    for price in catalog.prices:
        key = (price.model, price.provider, price.provider_model, price.as_of)
        if key in seen:
            yield Problem(
                f"prices {price.model} {price.provider} {price.provider_model}", price.as_of, "one row", "twice"
            )
        seen.add(key)


RULES = (plausible, twice)
