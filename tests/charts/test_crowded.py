"""Pages on a catalog larger than a chart or a table can show: what is left out is said, and nothing that matters is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib import answers, pictures
from lib.answers.benchmarks import benchmarks_page
from lib.answers.buy import buy_page
from lib.answers.picks import picks
from lib.catalog import current
from lib.charts.thin import MOST_MARKS
from lib.pictures import Picture
from lib.view import View


def many(rows: pd.DataFrame, times: int, *numbers: str) -> pd.DataFrame:
    """The same rows many times over, the copies a little apart and of no rank of their own."""
    rng = np.random.default_rng(0)
    copies = rows.loc[rows.index.repeat(times)].reset_index(drop=True)
    first = copies.index % times == 0
    for column in numbers:
        copies[column] = copies[column] * np.where(first, 1.0, rng.uniform(0.9, 1.0, len(copies)))
    for column in {"on_frontier", "mine", "chosen", "notable", "best"} & set(copies):
        copies[column] = copies[column].astype(bool) & first
    return copies


def machines_of_a_large_catalog() -> Picture | None:
    view, facts = View(), current()
    rows = many(answers.rank_machines(facts, view), 20, "x", "decode_tok_per_s")
    return pictures.machines(rows, view, answers.machines_answer(facts, view), "light")


def two_benchmarks() -> Picture | None:
    other = next(rank for rank in answers.vocabulary(current()).ranks if not rank.startswith("capability."))
    page = benchmarks_page(current(), View(against=other))
    return pictures.scatter(replace(page, scatter=many(page.scatter, 60, "x", "y")), "light")


def machines_for_sale() -> Picture | None:
    page = buy_page(current(), View())
    return pictures.prices(replace(page, drawn=many(page.drawn, 40, "usd", "worth")), "light")


def models_for_a_task() -> Picture | None:
    page = picks(current(), View())
    return pictures.candidates(replace(page, candidates=many(page.candidates, 60, "tok_per_s", "score")), "light")


@pytest.mark.parametrize(
    "drawn", [machines_of_a_large_catalog, two_benchmarks, machines_for_sale, models_for_a_task], ids=lambda f: f.__name__
)  # fmt: skip
def test_a_crowded_chart_draws_a_bounded_number_of_points_and_says_so(drawn: Callable[[], Picture | None]) -> None:
    picture = drawn()
    assert picture is not None
    assert 100 < len(picture.data) < 2 * MOST_MARKS
    assert "points stand for" in picture.thinned and picture.thinned in picture.alt


def test_one_benchmark_of_thousands_of_models_draws_the_best_and_says_so() -> None:
    page = benchmarks_page(current(), View())
    dots = pd.concat([page.dots] * 20, ignore_index=True)
    dots["offset"] = 10.0 * np.arange(1, len(dots) + 1)
    picture = pictures.benchmark(replace(page, dots=dots, height=10 * len(dots)), "light")
    assert picture is not None and len(picture.data) == MOST_MARKS
    assert picture.thinned == f"The best {MOST_MARKS:,} of {len(dots):,} models are drawn."
    assert picture.spec["height"] < 11 * (MOST_MARKS + 5)


def test_a_page_as_large_as_ours_draws_everything() -> None:
    for name, draw in pictures.PICTURES["machines"].items():
        picture = draw(current(), View(), "light")
        assert picture is not None and not picture.thinned, name
