"""All benchmarks at a glance: a row each way a benchmark was run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import pandas as pd

from lib.answers.benchmark_scores import level_text, saturation
from lib.answers.scores import Ranked, grouped, rank_id, ranked_scores
from lib.catalog import Catalog
from lib.catalog.schema import Benchmark

NA = "n/a"
COLUMNS = (
    "rank", "benchmark", "protocol", "category", "measures", "models", "comparable", "range", "lowest", "highest", "guessing",
    "people", "questions", "saturated", "best_open", "best_open_score", "best_hosted", "best_hosted_score", "contamination", "said", "url",
)  # fmt: skip


def scale_text(benchmark: Benchmark) -> str:
    """The worst and the best possible value and which end is good."""
    low, high = (None if v is None else f"{v:,g}" for v in (benchmark.minimum, benchmark.maximum))
    if low is None and high is None:
        ends = "no fixed ends"
    elif low is None or high is None:
        ends = f"up to {high}" if low is None else f"from {low}"
    else:
        ends = f"{low} to {high}"
    unit = {"percent": " %", "elo": " (rating)", "index": " (index)", "points": " points"}[benchmark.unit]
    return f"{ends}{unit}" + ("" if benchmark.higher_is_better else ", lower is better")


def saturated_text(found: bool | None) -> str:
    """What the rule of `saturation` found."""
    return NA if found is None else "yes" if found else "no"


def _best(catalog: Catalog, scores: Mapping[str, Ranked], benchmark: Benchmark, open_weights: bool) -> tuple[str | None, float | None]:  # fmt: skip
    """Name and value of the best model whose weights are open, or are not."""
    own = [(s.value, m) for m, s in scores.items() if catalog.models[m].open_weights == open_weights]
    if not own:
        return None, None
    value, model = min(own, key=lambda row: (-row[0] if benchmark.higher_is_better else row[0], row[1]))
    return catalog.models[model].name, value


@lru_cache(maxsize=4)
def all_benchmarks(catalog: Catalog) -> pd.DataFrame:
    """A row each benchmark and protocol: `COLUMNS`. Comparable ones first, then by how many models have a score.

    Unknown is `None`. `saturated` is computed by the rule of `saturation`; `said` is what somebody says of it.
    """
    rows = []
    for benchmark_id, protocol_id in grouped(catalog):
        benchmark, protocol = catalog.benchmarks[benchmark_id], catalog.protocols[protocol_id]
        key = rank_id(benchmark_id, protocol_id)
        scores = ranked_scores(catalog, key)
        if not scores:
            continue
        values = [found.value for found in scores.values()]
        best_open, open_value = _best(catalog, scores, benchmark, open_weights=True)
        best_hosted, hosted_value = _best(catalog, scores, benchmark, open_weights=False)
        rows.append({
            "rank": key, "benchmark": benchmark.name, "protocol": protocol.name, "category": benchmark.category, "measures": benchmark.measures,
            "models": len(scores), "comparable": "yes" if protocol.comparable else "mixed", "range": scale_text(benchmark),
            "lowest": min(values), "highest": max(values), "guessing": benchmark.chance, "people": benchmark.human,
            "questions": benchmark.items, "saturated": saturated_text(saturation(values, benchmark)),
            "best_open": best_open, "best_open_score": open_value, "best_hosted": best_hosted, "best_hosted_score": hosted_value,
            "contamination": benchmark.contamination, "said": benchmark.saturated, "url": benchmark.url,
        })  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = dict.fromkeys(("guessing", "people", "questions", "best_open_score", "best_hosted_score"), "float64")
    order = table.assign(mixed=table["comparable"] == "mixed", fewer=-table["models"])
    return (
        order.sort_values(["mixed", "fewer", "rank"], ignore_index=True)
        .drop(columns=["mixed", "fewer"])
        .astype(numbers)
    )


def printed(value: float | None, unit: str) -> str:
    """A level as printed; "n/a" where it is not known."""
    return NA if value is None else level_text(value, unit)
