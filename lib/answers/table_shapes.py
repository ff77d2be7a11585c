"""What a table of a page is, and how a page's own rows become one that can be read elsewhere: names with units, words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from lib.catalog import Catalog
from lib.view import View

UNITS: tuple[tuple[str, str], ...] = (
    ("_gb_per_s", "GB/s, 10⁹ bytes a second"), ("_tok_per_s", "tokens a second"), ("_usd_per_mtok", "US dollars per 10⁶ tokens"),
    ("_gbit_per_s_per_pin", "Gbit/s on each pin"), ("_tflops", "10¹² floating-point operations a second"), ("_mhz", "MHz"),
    ("_gb", "GB, 10⁹ bytes"), ("_gib", "GiB, 2³⁰ bytes"), ("_usd", "US dollars"), ("power_w", "W"), ("watts", "W"),
    ("_tokens", "tokens"), ("parameters_b", "10⁹ parameters"), ("params_b", "10⁹ parameters"), ("_bytes", "bytes"), ("_bits", "bits"),
    ("bits_per_weight", "bits"), ("_percent", "per cent"), ("_ratio", "ratio"), ("_months", "months"),
)  # fmt: skip
"""Endings of column names to the unit they stand for; the first that fits is it."""

_COUNTS = ("_tokens", "cards_needed", "_count", "benchmarks", "scores", "questions", "slots")


def unit_of(name: str) -> str:
    """The unit a column's name ends in, in words; empty where it has none."""
    return next((unit for ending, unit in UNITS if name.endswith(ending)), "")


@dataclass(frozen=True)
class Column:
    """A column as it is served: its name, its unit (empty where there is none) and what it says."""

    name: str
    unit: str
    words: str


@dataclass(frozen=True, eq=False)
class PageTable:
    """One table of a page under a view. The frame is cached: treat it as read-only."""

    sentence: str
    """The page's answer."""
    rows: pd.DataFrame
    columns: tuple[Column, ...]
    sources: tuple[str, ...]
    """Ids of the sources it rests on, by name."""

    @property
    def described(self) -> Mapping[str, str]:
        """Column to words, its unit among them."""
        return {c.name: f"{c.words} [{c.unit}]" if c.unit else c.words for c in self.columns}


@dataclass(frozen=True)
class As:
    """The name a column of a page is served under, and what it says."""

    name: str
    words: str


Spec = Mapping[str, str | As]
"""Column of the page's frame → its words, and its other name where it has one. What is not in it is not served."""


@dataclass(frozen=True)
class Table:
    """A table a page can be asked for."""

    name: str
    """Empty for the main one."""
    a_row: str
    """What one row is."""
    shape: Callable[[Catalog, View], tuple[pd.DataFrame, Spec]]
    sources_of: Callable[[Catalog, View, pd.DataFrame], list[frozenset[str]]] | None = None
    """Source ids of each row, where a row is a record of its own."""


@dataclass(frozen=True)
class PageTables:
    """The sentence at the top of a page, and its tables, the main one first."""

    sentence: Callable[[Catalog, View], str]
    tables: tuple[Table, ...]

    def named(self, name: str) -> Table:
        """The table of that name. Raises LookupError where there is none."""
        found = next((t for t in self.tables if t.name == name), None)
        if found is None:
            raise LookupError(f"no table is called {name}")
        return found


def served(frame: pd.DataFrame, spec: Spec) -> tuple[pd.DataFrame, tuple[Column, ...]]:
    """The columns of `frame` that `spec` names, under their names there; a frame without rows has all of them."""
    told = {c: given if isinstance(given, As) else As(c, given) for c, given in spec.items()}
    if frame.empty:
        frame = pd.DataFrame(columns=list(told))
    told = {c: given for c, given in told.items() if c in frame.columns}
    rows = frame[list(told)].set_axis([given.name for given in told.values()], axis=1).reset_index(drop=True)
    rows = rows.assign(**{name: _whole(rows[name]) for name in rows if name.endswith(_COUNTS)})
    return rows, tuple(Column(given.name, unit_of(given.name), given.words) for given in told.values())


def _whole(values: pd.Series) -> pd.Series:
    """Counts that are floats only because some are unknown, as integers with gaps."""
    if values.dtype != "float64" or not (values.dropna() % 1 == 0).all():
        return values
    return values.astype("Int64")
