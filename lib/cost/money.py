"""Money for tokens, at home and rented. Plain arithmetic; units stand in the names, NaN is unknown, infinity is never.

    home a day   = wear + idle watts x hours on x price of a kWh + tokens x (watts above idle x seconds a token) x price
    hosted a day = tokens in x price in + tokens out x price out
    break-even   = what home costs without any token / (hosted a token - home a token)

Wear is straight-line depreciation: (price - resale) / time of use. Prices of tokens are of a million, as providers
state them. The mix is the share of prompt tokens; everything else that is asked of a machine follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
MTOK = 1e6
HOUR_SECONDS = 3600.0


def wear_usd_per_day(price_usd: ArrayLike, resale_percent: ArrayLike, years: ArrayLike) -> Numbers:
    """(price - resale) / days of use. Raises ValueError for no time of use or a negative price."""
    price, time = np.asarray(price_usd, dtype=np.float64), np.asarray(years, dtype=np.float64)
    if np.any(time <= 0) or np.any(price < 0):
        raise ValueError("a machine is used for some time and has a price of nothing or more")
    return np.asarray(price * (1 - np.asarray(resale_percent, dtype=np.float64) / 100) / (time * DAYS_PER_YEAR))


def energy_usd(watts: ArrayLike, hours: ArrayLike, usd_per_kwh: ArrayLike) -> Numbers:
    """Price of running `watts` for `hours`: W x h / 1000 x USD a kWh."""
    power, time = np.asarray(watts, dtype=np.float64), np.asarray(hours, dtype=np.float64)
    return np.asarray(power * time / 1000 * np.asarray(usd_per_kwh, dtype=np.float64))


def hours_per_mtok(share_in: ArrayLike, prefill_tok_per_s: ArrayLike, decode_tok_per_s: ArrayLike) -> Numbers:
    """Hours a machine is busy with a million tokens, `share_in` of them read and the rest written one after another.

    An infinite speed takes no time. Raises ValueError for a speed that is not positive or a share outside 0 to 1.
    """
    share = np.asarray(share_in, dtype=np.float64)
    read, write = np.asarray(prefill_tok_per_s, dtype=np.float64), np.asarray(decode_tok_per_s, dtype=np.float64)
    if np.any(read <= 0) or np.any(write <= 0) or np.any(share < 0) or np.any(share > 1):
        raise ValueError("tokens are read and written at positive speeds, and a share lies from 0 to 1")
    seconds = np.where(share > 0, share / read, 0.0) + np.where(share < 1, (1 - share) / write, 0.0)
    return np.asarray(MTOK * seconds / HOUR_SECONDS)


def blended_usd_per_mtok(share_in: ArrayLike, input_usd_per_mtok: ArrayLike, output_usd_per_mtok: ArrayLike) -> Numbers:
    """Price of a million tokens of which `share_in` are prompt: share x in + (1 - share) x out."""
    share = np.asarray(share_in, dtype=np.float64)
    asked, told = np.asarray(input_usd_per_mtok, dtype=np.float64), np.asarray(output_usd_per_mtok, dtype=np.float64)
    return np.asarray(share * asked + (1 - share) * told)


@dataclass(frozen=True)
class Running:
    """What one machine costs with one model, in US dollars. NaN where a part is unknown."""

    wear_usd_per_day: float
    idle_usd_per_day: float
    """Electricity of waiting, for all the hours it is on."""
    generating_usd_per_mtok: float
    """Electricity of a million tokens above that of waiting."""
    hours_per_mtok: float
    hours_per_day: float
    """Hours a day it is on."""

    @property
    def fixed_usd_per_day(self) -> float:
        """What it costs without a single token."""
        return self.wear_usd_per_day + self.idle_usd_per_day

    @property
    def most_tokens_per_day(self) -> float:
        """Tokens it can do in the hours it is on."""
        return MTOK * self.hours_per_day / self.hours_per_mtok

    def usd_per_day(self, tokens_per_day: ArrayLike) -> Numbers:
        """Wear and electricity of a day with this many tokens, whether or not it can do them."""
        tokens = np.asarray(tokens_per_day, dtype=np.float64)
        return self.wear_usd_per_day + self.energy_usd_per_day(tokens)

    def energy_usd_per_day(self, tokens_per_day: ArrayLike) -> Numbers:
        """Electricity alone of such a day."""
        tokens = np.asarray(tokens_per_day, dtype=np.float64)
        return np.asarray(self.idle_usd_per_day + tokens / MTOK * self.generating_usd_per_mtok)

    def known_usd_per_day(self, tokens_per_day: float) -> float:
        """The sum of the parts that are known: what it costs at least."""
        parts = (self.wear_usd_per_day, self.idle_usd_per_day, tokens_per_day / MTOK * self.generating_usd_per_mtok)
        return float(np.nansum(parts))


def break_even_tokens_per_day(
    fixed_usd_per_day: ArrayLike, home_usd_per_mtok: ArrayLike, hosted_usd_per_mtok: ArrayLike
) -> Numbers:
    """Tokens a day from which on home costs less: fixed / (hosted - home of a million) x 10^6.

    Infinite where the electricity of a token alone costs as much as renting it; NaN where a part is unknown.
    """
    fixed = np.asarray(fixed_usd_per_day, dtype=np.float64)
    saved = np.asarray(hosted_usd_per_mtok, dtype=np.float64) - np.asarray(home_usd_per_mtok, dtype=np.float64)
    found = MTOK * fixed / np.where(saved > 0, saved, 1.0)
    return np.asarray(np.where(np.isnan(fixed + saved), np.nan, np.where(saved > 0, found, np.inf)))


def payback_days(spent_usd: ArrayLike, energy_usd_per_day: ArrayLike, hosted_usd_per_day: ArrayLike) -> Numbers:
    """Days after which what was spent has come back: spent / (hosted - electricity of a day).

    `spent_usd` is the price less what the machine brings when it is sold. Infinite where electricity costs as much as
    renting; NaN where a part is unknown.
    """
    spent = np.asarray(spent_usd, dtype=np.float64)
    saved = np.asarray(hosted_usd_per_day, dtype=np.float64) - np.asarray(energy_usd_per_day, dtype=np.float64)
    found = spent / np.where(saved > 0, saved, 1.0)
    return np.asarray(np.where(np.isnan(spent + saved), np.nan, np.where(saved > 0, found, np.inf)))
