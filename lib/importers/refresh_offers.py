"""A score as a list states it, and how lists are turned into such offers: shared by the readers of leaderboards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lib.importers.refresh_reading import Rejected, RowError, printed

Measurer = Literal["third-party", "maker", "competitor"]


@dataclass(frozen=True)
class ScoreOffer:
    """A score in the benchmark's own unit, with the conditions the list states."""

    name: str
    """The model as the list calls it."""
    benchmark: str
    value: float
    low: float | None = None
    high: float | None = None
    variant: str | None = None
    """The setting, where the list has a column for it; else the name tells."""
    conditions: str | None = None
    date: str | None = None
    measured_by: Measurer = "third-party"
    protocol: str | None = None


ScoreRows = tuple[list[ScoreOffer], list[Rejected]]
Row = tuple[str, str, Callable[[], ScoreOffer]]
"""The name of the model and the benchmark a row is about, and what reads it."""


def refused(row: Mapping[str, str], line: int, reason: str = "has not as many cells as the header") -> Row:
    """A row of a table that cannot be read at all; its first cells still tell which model it is about."""

    def read() -> ScoreOffer:
        raise RowError(reason)

    name = next((row[column] for column in ("model", "model_name", "Model version") if row.get(column)), f"line {line}")
    return name, "", read


def collect(rows: Iterable[Row]) -> ScoreRows:
    """Offers, and the rows whose reader raised RowError. Each row gives name and benchmark beside its reader.

    A row the file has twice to the letter is taken once, and the second one rejected.
    """
    offers: dict[ScoreOffer, None] = {}
    rejected: list[Rejected] = []
    for name, benchmark, read in rows:
        try:
            if (offer := read()) in offers:
                raise RowError("duplicate: the file has the row twice")
            offers[offer] = None
        except RowError as error:
            rejected.append(Rejected(str(error), printed(f"{name} {benchmark}".strip()), name, benchmark))
    return list(offers), rejected


def percent(proportion: float, what: str) -> float:
    """Per cent of a proportion. Raises RowError for more than 1: then the file counts otherwise than it used to."""
    if not 0 <= proportion <= 1:
        raise RowError(f"{what} of {proportion:g} is no proportion between 0 and 1")
    return round(proportion * 100, 4)
