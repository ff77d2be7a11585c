"""Fit the capability index and write `catalog/calibration/capability.csv` and `capability.toml`.

    python -m benchmarks.fit_capability

Reads nothing but the catalog, draws nothing at random but from fixed seeds. `tests/quality/test_capability_fit.py`
repeats the fit and compares.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# One thread: the matrices are small, and threads waiting for each other cost more than they save.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks import capability_metrics as metrics
from lib.catalog import Catalog, current
from lib.quality.capability import DOMAINS
from lib.quality.capability_cells import Kind, Table, cells_of, share_of, table
from lib.quality.capability_fit import Fit
from lib.quality.capability_index import ANCHORS, Entry, index, maker_bias, scale_of, standing

FOLDER = Path(__file__).resolve().parents[1] / "catalog" / "calibration"
COLUMNS = ("model", "domain", "value", "low", "high", "benchmarks", "scores", "makers_only")
BOARDS = (
    ("chatbot-arena-elo", "lmarena-2025-12-style", "general"),
    ("chatbot-arena-elo", "lmarena-2025-12", "general"),
    ("chatbot-arena-elo", "lmarena-2025-08", "general"),
    ("chatbot-arena-elo-coding", "lmarena-2025-12", "code"),
    ("chatbot-arena-elo-math", "lmarena-2025-12", "mathematics"),
)
"""Ratings the index is compared with, never fitted to: the newest with the most models first."""
FEWEST_RATED = 20


def table_of(catalog: Catalog) -> Table:
    """What the fit reads of a catalog."""
    chance = {
        name: share_of(b.chance, b)
        for name, b in catalog.benchmarks.items()
        if b.chance is not None and b.minimum is not None and b.maximum is not None and b.higher_is_better
    }
    return table(cells_of(catalog), chance)


def input_sha256(of: Table) -> str:
    """Of everything that enters the fit, in an order of its own; the same whatever else the catalog holds."""
    c = of.cells
    lines = [f"{a}={v}" for a, v in ANCHORS.items()]
    lines += [
        "|".join(
            (*of.rows[r], of.items[i], of.families[i], f"{share:.6f}", f"{spread:.6f}", f"{c.chance[i]:.6f}", s.measured_by)
        )
        for r, i, share, spread, s in zip(c.row, c.item, c.share, c.spread, of.scores, strict=True)
    ]  # fmt: skip
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def agreements(catalog: Catalog, of: Table, entries: Sequence[Entry]) -> list[metrics.Agreement]:
    """The index beside every table of ratings that shares enough models with it."""
    kinds: Mapping[str, Kind] = {model: of.rows[row][1] for model, row in standing(of).items()}
    found = []
    for benchmark, protocol, domain in BOARDS:
        ours = {e.model: e.value for e in entries if e.domain == domain and e.value is not None}
        rated = metrics.ratings(catalog, benchmark, protocol, kinds)
        if len(ours.keys() & rated.keys()) >= FEWEST_RATED:
            found.append(metrics.agreement(ours, rated, f"{benchmark}.{protocol}"))
    return found


def csv_of(entries: Sequence[Entry]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for e in sorted(entries, key=lambda e: (DOMAINS.index(e.domain), e.model)):
        writer.writerow((e.model, e.domain, e.value, e.low, e.high, e.benchmarks, e.scores, str(e.makers_only).lower()))
    return out.getvalue()


def toml_of(catalog: Catalog, of: Table, fit: Fit, entries: Sequence[Entry]) -> str:
    """The report: what went in, how well it fits, and what it agrees with."""
    scale, bias, held = scale_of(of, fit), maker_bias(of, fit), metrics.held_out(of)
    points = scale.points
    since = [d for m, d in bias.off if catalog.models[m].released >= "2025"]
    third, competitor = (metrics.maker_against(catalog, k) for k in ("third-party", "competitor"))
    lines = [
        "# Written by `python -m benchmarks.fit_capability`; do not edit.",
        "",
        f'input_sha256 = "{input_sha256(of)}"',
        f"scores = {len(of.cells.row)}",
        f"items = {len(of.items)}",
        f"benchmarks = {len(set(of.families))}",
        *(f"{d.replace('-', '_')}_models = {sum(e.domain == d and e.value is not None for e in entries)}" for d in DOMAINS),
        f"points_per_logit = {points:.2f}",
        "",
        "# Models that hold the scale.",
        "[anchors]",
        *(f'"{m}" = {v:.0f}' for m, v in ANCHORS.items()),
        "",
        "# Root mean square error of hidden scores, in points of per cent; no score of the same benchmark family was seen.",
        "[held_out]",
        f"scores = {held.cells}",
        *(
            f"{name} = {100 * value:.1f}"
            for name, value in (
                ("fit", held.fit), ("fit_median_error", held.median_error), ("benchmark_mean", held.benchmark_mean),
                ("model_mean", held.model_mean), ("additive", held.additive),
            )
        ),
        "",
        "# How often a 90 % interval from so many benchmarks of a model holds what its others say.",
        "[coverage]",
    ]  # fmt: skip
    for k in (4, 6, 8):
        trials, share, half = metrics.coverage(of, fit, k)
        lines.append(f"of_{k} = {{ trials = {trials}, held = {share:.3f}, half_width = {points * half:.1f} }}")
    lines += [
        "",
        "# By how much makers' scores alone place their models higher than third parties' alone, in index points, over",
        "# models with four benchmarks of each; and their single scores above others' of the same thing, in points of per cent.",
        "[makers]",
        f"models = {bias.models}",
        f"mean = {points * bias.mean:.1f}",
        f"spread = {points * bias.spread:.1f}",
        f"models_since_2025 = {len(since)}",
        f"mean_since_2025 = {points * sum(since) / max(len(since), 1):.1f}",
        f"added_spread = {points * bias.excess**0.5:.1f}",
        f"above_third_party = {100 * third[1]:.1f}",
        f"above_third_party_pairs = {third[0]}",
        f"above_competitor = {100 * competitor[1]:.1f}",
        f"above_competitor_pairs = {competitor[0]}",
        "",
        "# Distance of the scores from the curves, by who measured: points of per cent.",
        "[residuals]",
        *(
            f"{k} = {{ scores = {n}, mean = {100 * mean:.1f}, spread = {100 * spread:.1f} }}"
            for k, (n, mean, spread) in metrics.residuals(of, fit, catalog).items()
        ),
    ]
    for a in agreements(catalog, of, entries):
        lines += [
            "",
            "[[agreement]]",
            f'board = "{a.board}"',
            f"models = {a.models}",
            f"spearman = {a.spearman:.3f}",
            f"spearman_low = {a.spearman_low:.3f}",
            f"spearman_high = {a.spearman_high:.3f}",
            f"kendall = {a.kendall:.3f}",
            f"spearman_top_30 = {a.spearman_top:.3f}",
            f"spearman_windows_of_30 = [{', '.join(f'{w:.2f}' for w in a.windows)}]",
            f"pairs_apart = {a.pairs}",
            f"concordance = {a.concordance:.3f}",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    started = time.monotonic()
    catalog = current()
    of = table_of(catalog)
    fit, entries = index(of, catalog.benchmarks, DOMAINS)
    (FOLDER / "capability.csv").write_text(csv_of(entries), encoding="utf-8")
    (FOLDER / "capability.toml").write_text(toml_of(catalog, of, fit, entries), encoding="utf-8")
    print(
        f"{sum(e.domain == 'general' and e.value is not None for e in entries)} models, {time.monotonic() - started:.0f} s"
    )


if __name__ == "__main__":
    main()
