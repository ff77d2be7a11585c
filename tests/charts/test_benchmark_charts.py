"""The pictures of the page Benchmarks: complete without rows, readable in both themes, labels that never touch."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.answers.benchmark_scores import HOSTED, OPEN
from lib.answers.benchmarks import benchmarks_page
from lib.catalog import current
from lib.charts.benchmarks import KINDS, benchmark_dots, benchmark_scatter, scatter_labels
from lib.view import View

FACTS = current()
BOTH = tuple(KINDS)


def dots(**more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"lower": False, "interval": True, "chance_title": "guessing 25 %", "human_title": "people 70 %"}  # fmt: skip
    return benchmark_dots("Quiz (Lab)", BOTH, 400, "dark", **(given | more))


def fields(spec: object) -> set[str]:
    if isinstance(spec, dict):
        own = {spec["field"]} if isinstance(spec.get("field"), str) else set()
        return own.union(*(fields(v) for v in spec.values()))
    return set().union(*(fields(v) for v in spec)) if isinstance(spec, list) else set()


def test_the_kinds_of_the_answers_have_each_a_colour_and_a_shape() -> None:
    assert set(KINDS) == {OPEN, HOSTED}
    assert len({look.colour for look in KINDS.values()}) == len({look.shape for look in KINDS.values()}) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_specs_are_plain_data_without_rows(theme: Any) -> None:
    specs = [
        benchmark_dots("Quiz", BOTH, 400, theme, lower=True, interval=True, chance_title="g", human_title="p"),
        benchmark_scatter("One", "Two", BOTH, theme, x_lower=False, y_lower=True, chance=True),
    ]
    for spec in specs:
        assert json.loads(json.dumps(spec)) == spec and "datasets" not in spec
        assert not any("values" in layer.get("data", {}) for layer in spec["layer"])


def test_levels_are_drawn_only_where_they_are_known() -> None:
    assert {"chance_at", "human_at"} <= fields(dots())
    assert not {"chance_at", "human_at"} & fields(dots(chance_title="", human_title=""))
    assert "human_at" in fields(dots(chance_title=""))
    one, both = (benchmark_scatter("A", "B", BOTH, "light", x_lower=False, y_lower=False, chance=c) for c in (False, True))  # fmt: skip
    assert "chance_x_at" not in fields(one) and {"chance_x_at", "chance_y_at"} <= fields(both)


def test_each_level_has_an_aggregate_of_its_own() -> None:
    """Two aggregates of one name are merged, and people would stand where guessing does."""
    names = [t["as"] for layer in dots()["layer"] for step in layer.get("transform", []) for t in step.get("aggregate", [])]  # fmt: skip
    sources = [t["field"] for layer in dots()["layer"] for step in layer.get("transform", []) for t in step.get("aggregate", [])]  # fmt: skip
    assert len(set(zip(names, sources, strict=True))) == len(set(names)) == len(set(sources)) == 2


def test_the_axis_says_when_lower_is_better() -> None:
    assert "lower is better" in json.dumps(dots(lower=True)) and "lower is better" not in json.dumps(dots())


def test_names_of_dots_have_room_and_the_best_to_download_has_one() -> None:
    page = benchmarks_page(FACTS, View(rank="gpqa-diamond.epoch", hosted=True))
    drawn = page.dots
    named = drawn[drawn["label"] != ""]
    assert 15 <= len(named) <= 16 < len(drawn)
    assert (named["offset"].diff().dropna() >= 12).all()  # the size of the letters
    assert named.loc[named["kind"] == OPEN, "name"].iloc[0] == drawn.loc[drawn["best"], "name"].iloc[0]
    few = benchmarks_page(FACTS, View(rank="otis-mock-aime.epoch")).dots
    assert len(few) <= 40 and (few["label"] == few["name"]).all()


def test_names_in_a_scatter_never_touch() -> None:
    spread = np.random.default_rng(5)
    x, y = (pd.Series(spread.uniform(20, 90, 60)) for _ in range(2))
    side = scatter_labels(x, y, pd.Series(True, index=x.index))
    assert side.ne("").sum() > 5
    at = (x - x.min()) / (x.max() - x.min())
    end = at.where(side == "left", at + 0.2)
    high = (y - y.min()) / (y.max() - y.min())
    for a, b in combinations(side.index[side != ""], 2):
        assert abs(end[a] - end[b]) > 0.2 - 1e-9 or abs(high[a] - high[b]) > 0.05 - 1e-9


def test_the_notable_ones_of_a_scatter_are_few_and_hold_the_best_to_download() -> None:
    pairs = benchmarks_page(FACTS, View(rank="gpqa-diamond.epoch", against="chatbot-arena-elo.lmarena-2025-12-style", hosted=True)).scatter  # fmt: skip
    own = pairs[pairs["kind"] == OPEN]
    assert pairs["notable"].sum() <= 13 < len(pairs)
    assert pairs.loc[own["standing"].idxmin(), "notable"] and pairs.loc[pairs["apart"].abs().idxmax(), "notable"]
