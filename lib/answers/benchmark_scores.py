"""The scores of one benchmark: every model's shown score with its interval, and whether the test still separates the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from lib.answers.intervals import interval_of
from lib.answers.scores import index_domain, lower_is_better, ranked_scores
from lib.catalog import Catalog
from lib.catalog.schema import Benchmark, Score

OPEN, HOSTED = "can be downloaded", "only to rent"
"""The two kinds of model a dot stands for, as legends and tables print them."""
MEASURED_BY = {
    "third-party": "a third party",
    "maker": "its maker",
    "competitor": "another maker",
    "essay": "the essay",
    "unknown": "not stated",
}


def worth_text(value: float, unit: str) -> str:
    """A score as people write it: one decimal of a per cent, whole Elo points, three digits of anything else."""
    if unit == "percent":
        return f"{value:.1f} %"
    return f"{value:,.0f}" if unit == "elo" else f"{value:.3g}"


def level_text(value: float, unit: str) -> str:
    """A level somebody states, such as that of guessing: no more digits than stated."""
    return f"{value:g} %" if unit == "percent" else f"{value:,g}"


def unit_of(catalog: Catalog, rank: str) -> str:
    """The unit of a rank id's values; the capability index has "index"."""
    benchmark = catalog.benchmarks.get(rank.partition(".")[0])
    return benchmark.unit if benchmark else "index"


COLUMNS = ("model", "name", "value", "low", "high", "interval", "kind", "licence", "measured_by", "conditions", "remark", "date", "source", "text")  # fmt: skip


@lru_cache(maxsize=64)
def scores_of(catalog: Catalog, rank: str) -> pd.DataFrame:
    """Every model with a score under a rank id, the best first. Cached: treat it as read-only.

    Columns: model (its id), name, value with low and high (95 %; of the index 90 %), interval (what they rest on),
    kind (`OPEN` or `HOSTED`), licence (its id), measured_by, conditions, remark, date, source, text (the value as printed).
    """
    unit = unit_of(catalog, rank)
    rows = []
    for key, found in ranked_scores(catalog, rank).items():
        model = catalog.models[key]
        row = {
            "model": key, "name": model.name, "value": found.value, "kind": OPEN if model.open_weights else HOSTED,
            "licence": model.licence, "text": worth_text(found.value, unit),
        }  # fmt: skip
        if isinstance(found, Score):
            known = interval_of(found, catalog.benchmarks[found.benchmark])
            conditions = " · ".join(filter(None, (found.variant, found.conditions)))
            row |= {
                "low": known.low, "high": known.high, "interval": known.basis, "measured_by": MEASURED_BY[found.measured_by], "conditions": conditions or "not stated",
                "remark": " · ".join(filter(None, (found.verdict, found.note))), "date": found.date, "source": found.source,
            }  # fmt: skip
        else:
            counted = f"{getattr(found, 'scores', 0)} scores on {getattr(found, 'benchmarks', 0)} benchmarks"
            row |= {
                "low": found.low, "high": found.high, "interval": "bootstrap over benchmarks, 90 %", "measured_by": "computed here",
                "conditions": counted, "remark": "", "date": None, "source": "",
            }  # fmt: skip
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": float, "low": float, "high": float})
    ascending = lower_is_better(catalog, rank)
    return table.sort_values(["value", "model"], ascending=[ascending, True], ignore_index=True)


def saturation(values: Sequence[float], benchmark: Benchmark) -> bool | None:
    """Whether a test no longer separates its best third: they all lie within one standard error of the best score.

    `values` are all scores under one protocol. The standard error is that of the lowest score of the best third, as a
    share of right answers: sqrt(p (1 - p) / questions). The third must also lie nearer the best possible score than
    guessing. `None` where the number of questions is not known, the unit is no per cent, or there are fewer than nine scores.
    """
    if benchmark.unit != "percent" or not benchmark.items or benchmark.maximum is None or len(values) < 9:
        return None
    right = sorted((v if benchmark.higher_is_better else 100 - v for v in values), reverse=True)
    edge, best = right[math.ceil(len(right) / 3) - 1] / 100, right[0] / 100
    if not 0 <= edge <= best <= 1:
        return None
    floor = (benchmark.chance or 0.0) / 100 if benchmark.higher_is_better else 0.0
    return edge > (1 + floor) / 2 and best - edge <= math.sqrt(edge * (1 - edge) / benchmark.items)


def is_index(rank: str) -> bool:
    """Whether a rank id names the capability index rather than a benchmark."""
    return index_domain(rank) is not None
