"""The index as committed is what the catalog gives today, and as good as its report says."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks import capability_metrics as metrics
from benchmarks.fit_capability import agreements, input_sha256, table_of
from lib.catalog import Catalog, current
from lib.quality.capability import DOMAINS, FILE, capability, capability_report
from lib.quality.capability_cells import FEWEST_BENCHMARKS, Table
from lib.quality.capability_fit import Cells, Fit, capabilities, predicted, solve
from lib.quality.capability_index import ANCHORS, Entry, families, index, reach, scale_of, standing, student

AGAIN = "run `python -m benchmarks.fit_capability` and commit what it writes"
WIDE = 0.3
"""Index points by which another machine's arithmetic may differ."""


@cache
def today() -> tuple[Catalog, Table, Fit, list[Entry]]:
    catalog = current()
    of = table_of(catalog)
    return catalog, of, *index(of, catalog.benchmarks, DOMAINS, number=0)


def general(entries: list[Entry]) -> dict[str, float]:
    return {e.model: e.value for e in entries if e.domain == "general" and e.value is not None}


def test_the_committed_index_was_fitted_to_todays_scores() -> None:
    assert capability_report().input_sha256 == input_sha256(today()[1]), AGAIN


def test_fitting_again_gives_the_committed_values() -> None:
    fitted = {(e.model, e.domain): e for e in today()[3]}
    with FILE.open(encoding="utf-8", newline="") as file:
        committed = {(r["model"], r["domain"]): r for r in csv.DictReader(file)}
    assert fitted.keys() == committed.keys(), AGAIN
    for key, row in committed.items():
        entry = fitted[key]
        counts = (entry.benchmarks, entry.scores, str(entry.makers_only).lower())
        assert counts == (int(row["benchmarks"]), int(row["scores"]), row["makers_only"]), AGAIN
        if entry.value is None:
            assert row["value"] == row["low"] == row["high"] == "", AGAIN
        else:
            assert entry.value == pytest.approx(float(row["value"]), abs=WIDE), (key, AGAIN)


def test_votes_nobody_fitted_to_agree_as_the_report_says() -> None:
    catalog, of, _, entries = today()
    told = {a.board: a for a in capability_report().agreement}
    found = agreements(catalog, of, entries)
    assert {a.board for a in found} == told.keys()
    for a in found:
        said = told[a.board]
        assert a.models == said.models
        assert (a.spearman, a.kendall, a.spearman_top, a.concordance) == pytest.approx(
            (said.spearman, said.kendall, said.spearman_top_30, said.concordance), abs=0.01
        )
    newest = capability_report().agreement[0]
    assert newest.models >= 80
    assert newest.spearman >= 0.9
    assert newest.concordance >= 0.85


def test_hidden_scores_are_predicted_better_than_by_any_mean() -> None:
    held, said = metrics.held_out(today()[1]), capability_report().held_out
    assert 100 * held.fit == pytest.approx(said["fit"], abs=0.3)
    assert 100 * held.benchmark_mean == pytest.approx(said["benchmark_mean"], abs=0.3)
    assert held.fit < 0.7 * held.benchmark_mean
    assert held.fit < 0.9 * held.additive < held.model_mean


def test_intervals_from_four_benchmarks_hold_what_the_others_say() -> None:
    _, of, fit, _ = today()
    trials, held, _ = metrics.coverage(of, fit, 4)
    assert trials > 200
    assert 0.85 <= held <= 0.97
    assert held == pytest.approx(capability_report().coverage[4], abs=0.02)


def test_the_order_of_the_rows_does_not_matter() -> None:
    catalog, of, _, _ = today()
    scores = list(catalog.scores)
    random.Random(5).shuffle(scores)
    again = table_of(replace(catalog, version="shuffled", scores=tuple(scores)))
    assert input_sha256(again) == input_sha256(of)
    assert (again.rows, again.items) == (of.rows, of.items)
    assert np.array_equal(again.cells.share, of.cells.share)


def test_no_vote_enters() -> None:
    catalog, of, _, _ = today()
    without = tuple(s for s in catalog.scores if catalog.benchmarks[s.benchmark].category != "preference")
    assert len(without) < len(catalog.scores) - 500
    assert input_sha256(table_of(replace(catalog, version="no votes", scores=without))) == input_sha256(of)


@pytest.mark.parametrize(("hidden", "beyond"), [(0.25, 0.02), (0.5, 0.10)])
def test_hiding_the_hardest_results_lifts_no_model_out_of_its_interval(hidden: float, beyond: float) -> None:
    """The upper end of a 90 % interval is passed by chance in one case of twenty; a plain mean rises in all of them."""
    _, of, fit, _ = today()
    expected, scale = predicted(of.cells, fit), scale_of(of, fit)
    rows = {m: standing(of)[m] for m, c in capability().items() if c.benchmarks >= 8}
    kept = np.ones(len(of.cells.row), dtype=bool)
    for row in rows.values():
        cells = np.flatnonzero(of.cells.row == row)
        kept[cells[expected[cells] <= np.quantile(expected[cells], hidden)]] = False
    again = scale(capabilities(of.cells.only(kept), fit, np.zeros(of.cells.rows), 2.0).capability)
    rises = np.array([again[row] - capability()[m].value for m, row in rows.items()])
    above = np.array([again[row] > capability()[m].high for m, row in rows.items()])
    assert len(rows) >= 150
    assert abs(rises.mean()) < 1
    assert above.mean() <= beyond


def test_a_model_at_least_as_good_everywhere_is_not_placed_below() -> None:
    _, of, _, _ = today()
    found = np.full((of.cells.rows, len(of.items)), np.nan)
    found[of.cells.row, of.cells.item] = of.cells.share
    rows = {m: r for m, r in standing(of).items() if m in capability()}
    shared_by_many = 0
    for better, a in rows.items():
        for worse, b in rows.items():
            both = ~np.isnan(found[a]) & ~np.isnan(found[b])
            if better != worse and both.sum() >= 8 and np.all(found[a][both] >= found[b][both]):
                shared_by_many += 1
                assert capability()[better].high >= capability()[worse].low, (better, worse)
    assert shared_by_many > 500


def test_too_few_benchmarks_make_no_index() -> None:
    _, of, _, entries = today()
    assert all((e.value is None) == (e.low is None) == (e.high is None) for e in entries)
    assert all(e.benchmarks >= FEWEST_BENCHMARKS for e in entries if e.value is not None)
    model = "llama-3.3-70b-instruct"
    row = standing(of)[model]
    three = np.unique(of.clusters()[of.cells.item[of.cells.row == row]])[:3]
    kept = (of.cells.row != row) | np.isin(of.clusters()[of.cells.item], three)
    sparse = replace(of, cells=of.cells.only(kept), scores=tuple(np.array(of.scores, dtype=object)[kept]))
    (entry,) = (e for e in index(sparse, today()[0].benchmarks, ("general",), number=0)[1] if e.model == model)
    assert (entry.value, entry.benchmarks) == (None, 3)


def test_the_anchors_hold_the_scale_and_are_well_measured() -> None:
    for model, value in ANCHORS.items():
        found = capability()[model]
        assert found.value == value
        assert found.low < value < found.high
        assert found.benchmarks >= 20
    assert min(c.value for c in capability().values()) >= 0


def made_up(rows: int, items: int, share_known: float, noise: float) -> tuple[Cells, np.ndarray]:
    random_numbers = np.random.default_rng(7)
    capability_, difficulty = random_numbers.normal(0, 1.2, rows), random_numbers.normal(0, 1, items)
    slope, chance = np.exp(random_numbers.normal(0, 0.3, items)), random_numbers.choice([0.0, 0.25], items)
    row, item = np.nonzero(random_numbers.random((rows, items)) < share_known)
    share = chance[item] + (1 - chance[item]) / (1 + np.exp(-slope[item] * (capability_[row] - difficulty[item])))
    cells = Cells(row, item, share + random_numbers.normal(0, noise, len(row)), np.full(len(row), 0.05), chance, rows)
    return cells, capability_


def test_the_curve_by_hand() -> None:
    """Capability at the difficulty: half of what is above chance. One logit above at slope 2: σ(2) = 0.8808."""
    cells = Cells(np.array([0, 1]), np.array([0, 1]), np.zeros(2), np.ones(2), np.array([0.25, 0.0]), 2)
    fit = Fit(np.array([1.0, 2.0]), np.array([1.0, 1.0]), np.array([0.0, np.log(2)]), np.ones(2))
    assert predicted(cells, fit) == pytest.approx([0.625, 0.8808], abs=1e-4)


def test_a_third_of_the_scores_is_enough_to_find_the_order_again() -> None:
    cells, true = made_up(60, 30, 0.35, 0.04)
    fit = solve(cells)
    assert metrics.spearman(fit.capability, true) > 0.96
    alone = capabilities(cells, fit, np.zeros(cells.rows), 2.0)
    assert alone.capability == pytest.approx(fit.capability, abs=1e-3)


def test_a_benchmark_everybody_solves_changes_no_order() -> None:
    cells, _ = made_up(60, 30, 0.6, 0.03)
    more = replace(
        cells,
        row=np.concatenate([cells.row, np.arange(60)]),
        item=np.concatenate([cells.item, np.full(60, 30)]),
        share=np.concatenate([cells.share, np.full(60, 0.99)]),
        spread=np.concatenate([cells.spread, np.full(60, 0.05)]),
        chance=np.append(cells.chance, 0.0),
    )
    assert metrics.spearman(solve(cells).capability, solve(more).capability) > 0.9999


def test_few_benchmarks_that_agree_by_luck_do_not_make_a_narrow_interval() -> None:
    """Draws all alike: 4 parts of the expected variance 0.04 and 3 of nothing, t with 7 degrees 1.895, a tenth wider."""
    below, above = reach(np.zeros((50, 1)), np.array([0.04]), np.array([4]), np.zeros(1))
    assert below == pytest.approx(above)
    assert above == pytest.approx(1.1 * 1.895 * np.sqrt(4 * 0.04 / 7), rel=0.01)


def test_student_as_printed_in_tables() -> None:
    assert student(np.array([4.0, 7.0, 10.0, 30.0])) == pytest.approx([2.132, 1.895, 1.812, 1.697], rel=0.005)


def test_rank_agreement_by_hand() -> None:
    a, b = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0])
    assert metrics.spearman(a, b) == pytest.approx(0.8)
    assert metrics.kendall(a, b) == pytest.approx(4 / 6)
    assert metrics.ranks(np.array([5.0, 5.0, 7.0])).tolist() == [1.5, 1.5, 3.0]


def test_benchmarks_of_the_same_questions_count_once() -> None:
    _, of, _, _ = today()
    one = dict(zip(of.benchmarks, of.families, strict=True))
    assert one["gpqa-diamond"] == one["gpqa"]
    assert one["mmlu-pro"] != one["mmlu"]
    assert families(of).max() <= len(set(of.families))
