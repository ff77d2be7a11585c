"""The index a task is judged by: its own domain's where a model has one, else the general one, shifted and widened for standing in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lib.answers.scores import rank_id, ranked_scores
from lib.answers.timeline import released_day
from lib.catalog import Catalog

FEWEST_BOTH = 20
"""A domain counts where at least so many models have both indexes: fewer do not say how far the general one is off."""
Z_90 = 1.644854
"""Standard errors on either side of a 90 % interval of the normal distribution."""


@dataclass(frozen=True)
class Judged:
    """A model's capability for a task in index points, with its 90 % interval."""

    value: float
    low: float
    high: float
    stands_in: bool = False
    """Whether it is the general index, for want of one in the domain."""


@dataclass(frozen=True, eq=False)
class TaskIndex:
    domain: str
    """The domain that counts: `general` where the task's own has too few models."""
    models: Mapping[str, Judged]
    both: int = 0
    """Models with both indexes, from which `shift` and `spread` come."""
    shift: float = 0.0
    """By how many points the domain's index is above the general one, on average."""
    spread: float = 0.0
    """Standard deviation of that difference over models, in points."""


@lru_cache(maxsize=16)
def task_index(catalog: Catalog, domain: str) -> TaskIndex:
    """The index for a domain. Both indexes are on one scale (the same two models hold it), so one may stand in for the other.

    A stand-in is the general index plus the mean difference; its interval adds 1.645 standard deviations of that
    difference to the general one's, as squares.
    """
    general = _judged(catalog, "general")
    own = _judged(catalog, domain) if domain != "general" else {}
    both = [(own[m].value - general[m].value) for m in own if m in general]
    if len(both) < FEWEST_BOTH:
        return TaskIndex("general", general)
    shift, spread = float(np.mean(both)), float(np.std(both, ddof=1))

    def moved(found: Judged) -> Judged:
        middle, more = found.value + shift, Z_90 * spread
        return Judged(middle, middle - math.hypot(found.value - found.low, more), middle + math.hypot(found.high - found.value, more), True)  # fmt: skip

    return TaskIndex(domain, {m: moved(g) for m, g in general.items() if m not in own} | own, len(both), shift, spread)


def _judged(catalog: Catalog, domain: str) -> dict[str, Judged]:
    scores = ranked_scores(catalog, rank_id("capability", domain))
    return {m: Judged(s.value, s.low, s.high) for m, s in scores.items() if s.low is not None and s.high is not None}


@lru_cache(maxsize=16)
def _records(catalog: Catalog, domain: str) -> tuple[tuple[str, str, float], ...]:
    """Every model that was the best there was when it came, by release: when, name, index."""
    dated = [(released_day(r), r, catalog.models[m].name, j.value) for m, j in task_index(catalog, domain).models.items() if (r := catalog.models[m].released)]  # fmt: skip
    found: list[tuple[str, str, float]] = []
    for _, released, name, value in sorted(dated, key=lambda d: (d[0], -d[3])):
        if not found or value > found[-1][2]:
            found.append((released, name, value))
    return tuple(found)


def best_there_is(catalog: Catalog, domain: str) -> tuple[str, Judged] | None:
    """Id and index of the most capable model known, to be rented or not; `None` where none has an index."""
    models = task_index(catalog, domain).models
    if not models:
        return None
    key = max(models, key=lambda m: models[m].value)
    return key, models[key]


def when_best(catalog: Catalog, domain: str, value: float) -> tuple[str, str] | None:
    """When the best model there was first reached an index, as the catalog prints the date, and its name."""
    for released, name, reached in _records(catalog, domain):
        if reached >= value:
            return released, name
    return None
