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
"""Times the median of a model's other prices for output."""
FAR_INPUT = 50.0
"""Likewise for input, which some give away."""
CHEAPEST_OPEN, CHEAPEST_CLOSED = 0.004, 0.05
"""USD for a million tokens of output. The smallest open models are sold for 0.01 and nobody sells a hosted one below 0.1."""


def plausible(catalog: Catalog) -> Iterator[Problem]:
    """A price lies above nothing, below a thousand dollars, and output costs at least a tenth of input."""
    outputs: dict[str, list[float]] = defaultdict(list)
    inputs: dict[str, list[float]] = defaultdict(list)
    for price in catalog.prices:
        outputs[price.model].append(price.output_usd_per_mtok)
        inputs[price.model].append(price.input_usd_per_mtok)
    usual = {model: median(asked) for model, asked in inputs.items()}
    for price in catalog.prices:
        place = f"prices {price.model} {price.provider} {price.provider_model}"
        asked, told = price.input_usd_per_mtok, price.output_usd_per_mtok
        given = f"{asked:g} in, {told:g} out"
        others, middle = outputs[price.model], usual[price.model]
        cheapest = CHEAPEST_OPEN if catalog.models[price.model].open_weights else CHEAPEST_CLOSED
        if max(asked, told) >= DEAREST_USD_PER_MTOK:
            yield Problem(place, given, "below 1000 USD a million tokens", "price")
        elif max(asked, told) == 0:
            yield Problem(place, given, "above 0: an offer for nothing is no price", "price")
        elif told < cheapest:
            yield Problem(place, given, "USD for a million tokens; for a thousand, or for one?", "price")
        elif told < asked * CHEAPEST_OUTPUT:
            yield Problem(place, given, "output at a tenth of the input's price at least; swapped?", "price")
        elif len(others) >= 4 and not median(others) / FAR <= told <= median(others) * FAR:
            yield Problem(place, given, f"output near the other providers' {median(others):g}", "price")
        elif len(others) >= 4 and not middle / FAR_INPUT <= asked <= middle * FAR_INPUT:
            yield Problem(place, given, f"input near the other providers' {middle:g}", "price")
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


def early(catalog: Catalog) -> Iterator[Problem]:
    """Nobody sells a model in a month before it came out."""
    for price in catalog.prices:
        released = catalog.models[price.model].released
        if released and price.as_of[:7] < released[: len(price.as_of[:7])]:
            where = f"prices {price.model} {price.provider} {price.provider_model} as_of"
            yield Problem(where, price.as_of, f"no earlier than the model, {released}", "early-price")


RULES = (plausible, twice, early)
