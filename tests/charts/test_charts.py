"""What decides a picture: which points are on the frontier, which carry a name, and that each spec is complete."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from lib.answers.frontier import frontier
from lib.charts import label_apart, machine_scatter, memory_bar, pareto, score_dots
from lib.charts.style import LOOKS
from lib.fit import FIT_WORDS, NOT_HERE, TOO_SHORT, TOO_SLOW, UNKNOWN_SPEED, UNPAID


def test_the_frontier_is_what_nothing_beats() -> None:
    cost = pd.Series([4, 8, 8, 16, 20, np.nan, 2])
    worth = pd.Series([50, 60, 70, 70, 90, 99, np.nan])
    assert frontier(cost, worth).tolist() == [True, False, True, False, True, False, False]


def test_labels_never_touch_and_the_best_is_served_first() -> None:
    x, y = pd.Series([1.0, 10, 10.1, 100]), pd.Series([1.0, 50, 50.5, 100])
    side = label_apart(x, y, pd.Series([True, True, True, True]))
    assert side.tolist() == ["right", "", "left", "left"]
    assert label_apart(x, y, pd.Series(False, index=x.index)).eq("").all()


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        return sum(
            w * (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4)
            for w, p in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
        )

    a, b = sorted((light(one), light(other)))
    return (b + 0.05) / (a + 0.05)


@pytest.mark.parametrize("page", ["#ffffff", "#12151c"])
def test_marks_stand_out_from_the_page_in_light_and_dark(page: str) -> None:
    assert all(contrast(look.colour, page) >= 3 for look in LOOKS.values())


def test_every_fit_has_its_own_colour_and_shape() -> None:
    words = [w for k, w in FIT_WORDS.items() if k != "hosted"] + [TOO_SLOW, TOO_SHORT, UNKNOWN_SPEED, NOT_HERE, UNPAID]
    assert set(LOOKS) == set(words)
    assert len({look.colour for look in LOOKS.values()}) == len({look.shape for look in LOOKS.values()}) == len(LOOKS)


def test_specs_are_plain_data_and_carry_no_rows() -> None:
    fits = tuple(FIT_WORDS.values())
    specs = [
        pareto("Quiz (Lab)", fits, "dark", interval=True, limit_title="your 24 GiB", rented_title="best to rent: X"),
        machine_scatter("price", fits, "light", least=10),
        memory_bar("light", 2),
        score_dots(("A", "B"), ("Quiz",), "dark"),
    ]
    for spec in specs:
        assert "layer" in spec and len(json.dumps(spec)) < 20_000 and "datasets" not in spec
