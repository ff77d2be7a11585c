"""Crowded charts: what is left out has something of its kind beside it, and nothing that matters is left out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.charts.thin import standing_for_all

POINTS = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def points(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    kinds = rng.choice(["fits", "does not"], count)
    return 10 ** rng.uniform(-1, 3, count), rng.normal(50, 20, count), kinds, rng.random(count) < 0.01


@settings(max_examples=10)
@given(POINTS)
def test_few_points_are_all_drawn(rng: np.random.Generator) -> None:
    assert standing_for_all(*points(rng, 200)).all()


@settings(max_examples=20)
@given(POINTS)
def test_of_many_only_so_many_are_drawn_and_none_that_must_be_is_missing(rng: np.random.Generator) -> None:
    x, y, kinds, always = points(rng, 3_000)
    drawn = standing_for_all(x, y, kinds, always, most=300)
    assert drawn[always].all()
    assert 0 < (drawn & ~always).sum() <= 300


@settings(max_examples=10)
@given(POINTS)
def test_whatever_is_not_drawn_has_one_of_its_kind_near(rng: np.random.Generator) -> None:
    x, y, kinds, always = points(rng, 1_000)
    drawn = standing_for_all(x, y, kinds, always, most=200)
    across = (np.log(x) - np.log(x).min()) / np.ptp(np.log(x))
    up = (y - y.min()) / np.ptp(y)
    for i in np.flatnonzero(~drawn):
        same = drawn & (kinds == kinds[i])
        assert np.min(np.hypot(across[same] - across[i], up[same] - up[i])) < 0.25


def test_points_all_in_one_place_are_one_point() -> None:
    same = np.full(5_000, 3.0)
    assert standing_for_all(same, same, ["fits"] * 5_000, np.zeros(5_000, bool)).sum() == 1
