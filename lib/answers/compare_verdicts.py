"""Who beats whom on one benchmark: told only where the intervals allow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

from lib.answers.intervals import Interval, interval_of
from lib.answers.scores import (
    INDEX,
    grouped,
    index_domain,
    lower_is_better,
    rank_id,
    rank_title,
    ranked_scores,
    ranks,
    shown,
)
from lib.catalog import Catalog
from lib.catalog.schema import Score
from lib.quality.capability import DOMAINS

Verdict = Literal["beats", "ties", "trails", "cannot tell", "not comparable"]
VERDICTS: tuple[Verdict, ...] = ("beats", "ties", "trails", "cannot tell", "not comparable")
TURNED: Mapping[Verdict, Verdict] = {"beats": "trails", "trails": "beats"}

DOUBTED = ("wrong", "unconfirmed", "mixed", "superseded")


@dataclass(frozen=True)
class Standing:
    """What one model reached on one line."""

    value: float
    interval: Interval
    doubt: str = ""
    """What checking found against the value; then it decides nothing."""
    score: Score | None = None
    """`None` for a place on the index."""


@dataclass(frozen=True)
class Line:
    """One benchmark under one protocol, or one domain of the index, and what the models asked about have there."""

    rank: str
    title: str
    protocol: str
    comparable: bool
    lower: bool
    worst: float
    best: float
    """The worst and the best of all models of the catalog."""
    standings: Mapping[str, Standing]
    """By model id, in the order asked for."""

    def verdict(self, one: str, other: str) -> Verdict | None:
        """How `one` does against `other`; `None` where either has no value here."""
        if one not in self.standings or other not in self.standings:
            return None
        return verdict(self.standings[one], self.standings[other], self.lower) if self.comparable else "not comparable"

    def ahead(self) -> tuple[str, ...]:
        """The models that none of the others beats, where every pair of them can be told; else nothing."""
        told = {(a, b): self.verdict(a, b) for a, b in combinations(self.standings, 2)}
        if any(v not in ("beats", "ties", "trails") for v in told.values()):
            return ()
        beaten = {b if v == "beats" else a for (a, b), v in told.items() if v != "ties"}
        return tuple(m for m in self.standings if m not in beaten)


def verdict(one: Standing, other: Standing, lower: bool) -> Verdict:
    """A difference is told only when the intervals do not overlap; without both intervals nothing is.

    Stricter than a test of the difference at 95 %: of equal models with intervals of one width, about one pair in
    180 would be told apart (the difference must exceed 2 × 1.96 standard errors, 2.77 of its own).
    """
    a, b = one.interval, other.interval
    if one.doubt or other.doubt or a.low is None or a.high is None or b.low is None or b.high is None:
        return "cannot tell"
    if a.low > b.high:
        return "trails" if lower else "beats"
    if a.high < b.low:
        return "beats" if lower else "trails"
    return "ties"


def lines(catalog: Catalog, models: Sequence[str], fewest: int = 2) -> tuple[Line, ...]:
    """Every line on which at least `fewest` of the models have a value: the index, then comparable benchmarks, then the others.

    Within these the ones most of them share come first, then those with the most models of the catalog.
    """
    order = {rank: i for i, rank in enumerate(ranks(catalog))}
    found = [line for domain in DOMAINS if (line := _index_line(catalog, domain, models)) is not None]
    for (benchmark, protocol), by_model in grouped(catalog).items():
        if sum(m in by_model for m in models) >= fewest:
            found.append(_benchmark_line(catalog, benchmark, protocol, models))
    found = [line for line in found if len(line.standings) >= fewest]
    found.sort(
        key=lambda f: (
            index_domain(f.rank) is None,
            not f.comparable,
            -len(f.standings) if index_domain(f.rank) is None else 0,
            order.get(f.rank, len(order)),
            f.rank,
        )
    )
    return tuple(found)


def _index_line(catalog: Catalog, domain: str, models: Sequence[str]) -> Line | None:
    rank = f"{INDEX}.{domain}"
    every = ranked_scores(catalog, rank)
    if not every:
        return None
    standings = {
        m: Standing(every[m].value, Interval(every[m].low, every[m].high, "the index's own interval"))
        for m in models
        if m in every
    }
    values = [found.value for found in every.values()]
    return Line(rank, rank_title(catalog, rank), "our index", True, False, min(values), max(values), standings)


@lru_cache(maxsize=512)
def _range(catalog: Catalog, rank: str) -> tuple[float, float]:
    values = [found.value for found in ranked_scores(catalog, rank).values()]
    worst, best = min(values, default=0.0), max(values, default=0.0)
    return (best, worst) if lower_is_better(catalog, rank) else (worst, best)


def _benchmark_line(catalog: Catalog, benchmark: str, protocol: str, models: Sequence[str]) -> Line:
    about, how = catalog.benchmarks[benchmark], catalog.protocols[protocol]
    by_model = grouped(catalog)[benchmark, protocol]
    rank = rank_id(benchmark, protocol)
    standings = {}
    for model in models:
        score = shown(by_model.get(model, ()))
        if score is not None:
            doubt = score.verdict if score.verdict in DOUBTED else ""
            standings[model] = Standing(score.value, interval_of(score, about), doubt, score)
    worst, best = _range(catalog, rank)
    return Line(rank, about.name, how.name, how.comparable, not about.higher_is_better, worst, best, standings)
