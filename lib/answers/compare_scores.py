"""Every score of some models with its conditions, and where sources disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

import pandas as pd

from lib.answers.intervals import interval_of
from lib.answers.scores import grouped, preference, shown
from lib.catalog import Catalog
from lib.catalog.schema import Score

MEASURED = {
    "third-party": "third party",
    "maker": "its maker",
    "competitor": "another maker",
    "essay": "the essay",
    "unknown": "not stated",
}
REMARKS = {
    "wrong": "found wrong",
    "unconfirmed": "neither confirmed nor refuted",
    "superseded": "superseded by its source",
    "mixed": "mixes checkpoints",
}
NOT_COMPARABLE = "mixed protocol"
"""The chip of numbers obtained in different ways."""
RULE = (
    "Where one model has several scores on a benchmark, the one preferred is, in this order: not refuted or superseded; "
    "under one protocol rather than collected; in the plain setting rather than a special one; measured by a third party "
    "rather than the maker; newest. It is never simply the highest."
)

SCORES = ["benchmark", "protocol", "model", "score", "interval", "interval from", "measured by", "conditions", "shown", "date", "source", "url", "remark"]  # fmt: skip
SPREADS = ["benchmark", "model", "preferred", "measured by", "spread", "differ in", "low", "high", "alike", "values"]


def chips(score: Score, comparable: bool = True) -> list[str]:
    """How a score was obtained, a word or two a chip: setting, conditions, and what speaks against it."""
    parts = [score.variant or "", *(score.conditions or "").split("; ")]
    said = [part.strip() for part in parts if part.strip()]
    marks = [] if comparable else [NOT_COMPARABLE]
    return [*marks, *([REMARKS[score.verdict]] if score.verdict else []), *said]


def interval_text(low: float | None, high: float | None) -> str:
    """An interval in as many digits as it supports; empty where unknown."""
    return "" if low is None or high is None else f"{_end(low)}–{_end(high)}"


def _end(value: float) -> str:
    size = abs(value)
    return f"{value:,.0f}" if size >= 1000 else f"{value:.1f}" if size >= 1 or not size else f"{value:.2g}"


@lru_cache(maxsize=4)
def _by_model(catalog: Catalog) -> Mapping[str, Sequence[tuple[str, str, Sequence[Score]]]]:
    """Benchmark, protocol and scores (the one to show first) of each model."""
    found: dict[str, list[tuple[str, str, Sequence[Score]]]] = defaultdict(list)
    for (benchmark, protocol), models in grouped(catalog).items():
        for model, given in models.items():
            found[model].append((benchmark, protocol, given))
    return found


def score_rows(catalog: Catalog, models: Sequence[str]) -> pd.DataFrame:
    """Every score of the models, a row each; see `SCORES`. `conditions` and `measured by` are lists, one entry a chip."""
    rows = []
    for model in models:
        for benchmark, protocol, given in _by_model(catalog).get(model, ()):
            about, how = catalog.benchmarks[benchmark], catalog.protocols[protocol]
            first = shown(given)
            for score in given:
                interval = interval_of(score, about)
                title, url = catalog.cited(score.source)
                rows.append(
                    (about.name, how.name, catalog.models[model].name, score.value, interval_text(interval.low, interval.high), interval.basis,
                     [MEASURED[score.measured_by]], chips(score, how.comparable), score is first, score.date or "", title, url, score.note or "")
                )  # fmt: skip
    frame = pd.DataFrame(rows, columns=SCORES)
    return frame.sort_values(
        ["benchmark", "protocol", "model", "shown"], ascending=[True, True, True, False], kind="stable"
    ).reset_index(drop=True)


def spreads(catalog: Catalog, models: Sequence[str]) -> pd.DataFrame:
    """Benchmarks on which one model has several scores, the most puzzling first; see `SPREADS`.

    Values found wrong or superseded are shown but not part of the spread. `values` lists every value with who
    measured it and how, one entry a chip, the preferred one first; `low` and `high` are the spread's ends.
    `alike` is the width, as a share of the highest, of those in the preferred one's setting that are no other edition
    of the benchmark: what neither explains.
    """
    rows = []
    for model in models:
        by_benchmark: dict[str, list[Score]] = defaultdict(list)
        for benchmark, _, given in _by_model(catalog).get(model, ()):
            by_benchmark[benchmark] += given
        for benchmark, every in by_benchmark.items():
            standing = [s for s in every if s.verdict not in ("wrong", "superseded")]
            if len(standing) < 2:
                continue
            ordered = sorted(every, key=lambda s: _preferred(catalog, s))
            low, high = min(s.value for s in standing), max(s.value for s in standing)
            first = ordered[0]
            alike = [
                s.value
                for s in standing
                if s.variant == first.variant
                and (s.protocol == first.protocol or not catalog.protocols[s.protocol].comparable)
            ] or [high]
            rows.append(
                (catalog.benchmarks[benchmark].name, catalog.models[model].name, ordered[0].value, [MEASURED[ordered[0].measured_by]],
                 spread_text(standing), _differ(standing), low, high, (max(alike) - min(alike)) / (max(map(abs, alike)) or 1.0), [_chip(catalog, s) for s in ordered])
            )  # fmt: skip
    rows.sort(key=lambda row: (-row[8], row[6] - row[7], row[0], row[1]))
    return pd.DataFrame(rows, columns=SPREADS)


def _differ(given: Sequence[Score]) -> list[str]:
    """In what the scores differ besides their value."""
    parts: dict[str, set[str | None]] = {
        "protocol": {s.protocol for s in given},
        "setting": {s.variant for s in given},
        "conditions": {s.conditions for s in given},
        "who measured": {s.measured_by for s in given},
        "source": {_source(s) for s in given},
        "date": {s.date for s in given},
    }
    return [name for name, values in parts.items() if len(values) > 1]


def _source(score: Score) -> str:
    return score.source.partition("#")[0]


def _preferred(catalog: Catalog, score: Score) -> tuple[object, ...]:
    rule = preference(score)
    return (rule[0], not catalog.protocols[score.protocol].comparable, *rule[1:])


def spread_text(given: Sequence[Score]) -> str:
    """How many scores of how many sources, from the lowest to the highest: `4 scores, 3 sources, 71.2–78.4`."""
    sources = len({_source(s) for s in given})
    low, high = min(s.value for s in given), max(s.value for s in given)
    ends = f"{low:,.4g}–{high:,.4g}" if high > low else f"all {low:,.4g}"
    return f"{len(given)} scores, {sources} source{'s' if sources > 1 else ''}, {ends}"


def _chip(catalog: Catalog, score: Score) -> str:
    said = [catalog.protocols[score.protocol].name, MEASURED[score.measured_by], score.variant or "", REMARKS.get(score.verdict, "")]  # fmt: skip
    return f"{score.value:,.4g} · " + " · ".join(part for part in said if part)
