"""What our capability index is, and how good it was measured to be."""

from __future__ import annotations

import pandas as pd

from lib.answers.benchmark_about import Figure
from lib.answers.benchmark_table import NA
from lib.answers.scores import INDEX_TITLES, index_domain, rank_title
from lib.catalog import Catalog
from lib.quality.capability import CapabilityReport, capability_report


def index_sentence(rank: str, scores: pd.DataFrame) -> str:
    """What the index spans, the beginning of a sentence."""
    title = INDEX_TITLES[index_domain(rank) or "general"]
    return f"Our {title} places {len(scores)} models from {scores['value'].min():.0f} to {scores['value'].max():.0f} on one scale"  # fmt: skip


def report() -> CapabilityReport | None:
    """What the fit measured of itself; `None` where it was never fitted."""
    try:
        return capability_report()
    except OSError:
        return None


def index_figures(found: CapabilityReport | None) -> tuple[Figure, ...]:
    """The index in figures: what it rests on, its error on hidden scores and its agreement with votes."""
    if found is None:
        return ()
    error = found.held_out.get("fit")
    figures = [
        Figure("scores", f"{found.scores:,}", f"On {found.benchmarks} benchmarks, run in {found.items} ways."),
        Figure("error on hidden scores", NA if error is None else f"{error:.1f} points", "Root mean square, of scores the fit had not seen; no score of the same family of benchmarks was shown to it."),
    ]  # fmt: skip
    if found.agreement:
        best = found.agreement[0]
        why = f"Spearman's rank correlation over {best.models} models with ratings it was not fitted to, 90 % interval {best.spearman_low:.2f} to {best.spearman_high:.2f}."
        figures.append(Figure("agreement with votes", f"{best.spearman:.2f}", why))
    return tuple(figures)


def index_words(catalog: Catalog, found: CapabilityReport | None) -> tuple[tuple[str, str], ...]:
    """The index in sentences: what it is, its scale, its intervals, and what was measured against what."""
    words = [
        ("what it is", "Each benchmark has a difficulty and a slope, each model a place; a score is what guessing gives plus a logistic curve of the difference (item response theory). Benchmarks of preference and ratings are left out, scores obtained in differing ways weigh less, and benchmarks that ask the same questions speak once."),
        ("interval", "90 %, by drawing the families of benchmarks again and again; wider where only a model's maker measured it."),
    ]  # fmt: skip
    if found is None:
        return (*words, ("how good it is", f"{NA}: the report of the fit is missing."))
    held = found.held_out
    anchors = " and ".join(
        f"{catalog.models[m].name if m in catalog.models else m} at {points:g}" for m, points in found.anchors.items()
    )
    words.insert(1, ("scale", f"{anchors} hold it; one point is the same step everywhere, and {found.points_per_logit:.0f} points are one logit."))  # fmt: skip
    if {"fit", "benchmark_mean", "model_mean", "additive"} <= set(held):
        words.append(("hidden scores", f"Its error is {held['fit']:.1f} points of per cent; guessing the benchmark's mean is off by {held['benchmark_mean']:.1f}, the model's mean by {held['model_mean']:.1f}, the sum of both by {held['additive']:.1f}."))  # fmt: skip
    for board in found.agreement[:1]:
        words.append(("against votes", f"The order of {board.models} models agrees to {board.spearman:.2f} (Spearman) with {rank_title(catalog, board.board)}, inside its best 30 to {board.spearman_top_30:.2f}; of the pairs whose ratings differ clearly {100 * board.concordance:.0f} % stand in the same order."))  # fmt: skip
    if "mean" in found.makers:
        words.append(("makers' own scores", f"They place their models {found.makers['mean']:.1f} index points higher on average than scores of third parties do."))  # fmt: skip
    return tuple(words)


def index_facts(words: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """The same as a table: fact, value, source, url."""
    return pd.DataFrame([{"fact": f, "value": v, "source": "computed here", "url": None} for f, v in words])
