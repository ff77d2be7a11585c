"""What homes pay for electricity, to compare what the visitor typed in with. Where it was not read, it does not stand here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HomePrice:
    where: str
    usd_per_kwh: float
    year: int
    source: str
    """Id in the catalog of sources, `#` and the place inside it."""


HOME_PRICES = (
    HomePrice("the United States", 0.1802, 2026, "consumeraffairs-electricity-2026#average of all homes"),
    HomePrice("New England", 0.3001, 2026, "consumeraffairs-electricity-2026#higher-cost areas"),
    HomePrice("the US Pacific", 0.2488, 2026, "consumeraffairs-electricity-2026#higher-cost areas"),
)
"""Averages as forecast by the EIA in December 2025, in US dollars a kilowatt-hour."""
