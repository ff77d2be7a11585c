"""The capability index, as fitted by `python -m benchmarks.fit_capability`. Only reads; how it comes about stands in
`capability_cells` (which scores count), `capability_fit` (the curve) and `capability_index` (scale and intervals)."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from lib.catalog.load import FOLDER
from lib.quality.capability_cells import FEWEST_BENCHMARKS

DOMAINS = ("general", "code", "mathematics", "instructions", "long-context", "agents")
FILE = FOLDER / "calibration" / "capability.csv"
REPORT = FILE.with_suffix(".toml")


@dataclass(frozen=True)
class Capability:
    """A model's place on the index, in index points, with its 90 % interval."""

    value: float
    low: float
    high: float
    benchmarks: int
    """Families of benchmarks it rests on."""
    scores: int
    makers_only: bool = False
    """Whether no score is from anyone but the model's maker; the interval is wider for it."""


@dataclass(frozen=True)
class Counted:
    """A model without an index, and how much is there."""

    benchmarks: int
    scores: int


@dataclass(frozen=True)
class Agreement:
    """Of the index with ratings from votes it was not fitted to; intervals are 90 %, over models."""

    board: str
    """`<benchmark>.<protocol>`."""
    models: int
    spearman: float
    spearman_low: float
    spearman_high: float
    kendall: float
    spearman_top_30: float
    spearman_windows_of_30: tuple[float, ...]
    """Inside runs of 30 neighbours of the ratings, from the best down, each starting 15 later."""
    pairs_apart: int
    concordance: float
    """Share of pairs in the same order, of those whose rating intervals do not overlap."""


@dataclass(frozen=True)
class CapabilityReport:
    """How good the index is. Errors are in points of per cent, the rest of `makers` and `coverage` in index points."""

    input_sha256: str
    scores: int
    items: int
    benchmarks: int
    models: Mapping[str, int]
    """With an index, by domain."""
    points_per_logit: float
    anchors: Mapping[str, float]
    held_out: Mapping[str, float]
    """Root mean square error of hidden scores: `fit`, `benchmark_mean`, `model_mean`, `additive`; and the `fit_median_error`."""
    coverage: Mapping[int, float]
    """Share of 90 % intervals from so many benchmarks that hold what the model's others say."""
    makers: Mapping[str, float]
    """By how much makers' scores place models higher: `mean`, `spread` over `models`, …"""
    residuals: Mapping[str, Mapping[str, float]]
    agreement: tuple[Agreement, ...]
    """The newest ratings with the most models first."""


@lru_cache(maxsize=1)
def _rows() -> Mapping[tuple[str, str], Capability | Counted]:
    if not FILE.exists():
        return {}
    found: dict[tuple[str, str], Capability | Counted] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for r in csv.DictReader(file):
            benchmarks, scores = int(r["benchmarks"]), int(r["scores"])
            found[r["model"], r["domain"]] = (
                Capability(
                    float(r["value"]), float(r["low"]), float(r["high"]), benchmarks, scores, r["makers_only"] == "true"
                )
                if r["value"]
                else Counted(benchmarks, scores)
            )
    return found


@lru_cache(maxsize=8)
def capability(domain: str = "general") -> Mapping[str, Capability]:
    """Every model with an index in a domain, by id; `ValueError` for a domain there is not."""
    if domain not in DOMAINS:
        raise ValueError(f"domain {domain!r} is none of {', '.join(DOMAINS)}")
    return MappingProxyType({m: c for (m, d), c in _rows().items() if d == domain and isinstance(c, Capability)})


def unknown_why(model_id: str, domain: str = "general") -> str:
    """Why a model has no index in a domain, for people; empty if it has one."""
    if model_id in capability(domain):
        return ""
    row = _rows().get((model_id, domain))
    count = row.benchmarks if row else 0
    what = f"{count or 'no'} benchmark{'' if count == 1 else 's'} with usable scores"
    return f"{what}; {FEWEST_BENCHMARKS} needed"


@lru_cache(maxsize=1)
def capability_report() -> CapabilityReport:
    """How good the index is, as measured when it was fitted; `FileNotFoundError` if it never was."""
    read = tomllib.loads(REPORT.read_text(encoding="utf-8"))
    return CapabilityReport(
        input_sha256=read["input_sha256"],
        scores=read["scores"],
        items=read["items"],
        benchmarks=read["benchmarks"],
        models={d: read[f"{d.replace('-', '_')}_models"] for d in DOMAINS},
        points_per_logit=read["points_per_logit"],
        anchors=read["anchors"],
        held_out=read["held_out"],
        coverage={int(k.removeprefix("of_")): v["held"] for k, v in read["coverage"].items()},
        makers=read["makers"],
        residuals=read["residuals"],
        agreement=tuple(
            Agreement(**a | {"spearman_windows_of_30": tuple(a["spearman_windows_of_30"])}) for a in read["agreement"]
        ),
    )
